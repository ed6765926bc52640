"""The composer: commands, name completion, drafts, sending."""
