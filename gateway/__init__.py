"""The core of the producer gateway; `gateway.plugin` is its public surface for plugins and adapters."""
