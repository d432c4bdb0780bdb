"""Benchmarks of what the gateway promises, each beside a bare reference that is measured in the same run."""
