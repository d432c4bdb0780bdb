"""The rules of the product, pure: no I/O, no framework, the time comes in as an argument."""
