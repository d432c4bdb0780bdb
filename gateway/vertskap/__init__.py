"""The host of plugins and adapters: finding, loading, checking and calling them, under limits.

A producer's plugin is a stranger, and runs in a process of its own; here and nowhere else. An adapter belongs to the
gateway's own trust domain: it is checked in the same way, and runs in the gateway's processes.
"""
