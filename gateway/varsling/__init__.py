"""Varsling: handing varsler to their channels, and what comes of each."""
