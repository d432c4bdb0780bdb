"""That the product can be run: the way to production, carried out as it is written."""
