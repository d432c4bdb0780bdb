"""The ways in which webhooks are signed, one module each."""
