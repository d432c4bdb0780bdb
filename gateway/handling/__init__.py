"""All that can happen to the store: one function for each kommando, in one transaction. `utfoer` is the door."""
