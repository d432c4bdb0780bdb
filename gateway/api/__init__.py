"""HTTP: one module a resource, its marshmallow schemas beside it; problems and correlation ids in one place each."""
