"""Translation of the client: catalogues, numbers, dates, sentences for problems."""
