"""An inbox for the rounds that look after it."""

from tests.inbox.conftest import egne_plugins, innboks  # noqa: F401 - fixtures
