"""The markers of hooks, for pluggy."""

from __future__ import annotations

import pluggy

PROSJEKT = "gateway"
hookspec = pluggy.HookspecMarker(PROSJEKT)
hookimpl = pluggy.HookimplMarker(PROSJEKT)
