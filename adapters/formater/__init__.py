"""The formats in which sources send that are not JSON by itself, one module each."""
