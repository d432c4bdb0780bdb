"""How long an Idempotency-Key is remembered."""

from __future__ import annotations

import datetime as dt

# Longer than any retry, a long holiday's queue included. After it, the same key is a new one.
LEVETID = dt.timedelta(days=30)
