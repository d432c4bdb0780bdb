"""How the gateway is set up: the settings, the YAML files with their messages, the produsentregister, logging."""
