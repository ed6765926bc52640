"""Translation of what the client shows: catalogues, numbers, dates, server errors."""
