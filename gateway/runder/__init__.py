"""Rounds: what a round is, the list of all of them, and those that have no room of their own."""
