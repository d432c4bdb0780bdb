"""The producer teams' plugins, one package each: a plugin sees its own domain and `gateway.plugin`, nothing else."""
