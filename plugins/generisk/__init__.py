"""Generisk: a mapping that is configured and not written, for teams that need no code.

The types, and what becomes of each, stand in YAML under `plugin.innstillinger` of the producer: see README.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from gateway.plugin import Hendelse, Hendelsestype, HoppOver, Kontekst, Svar, hookimpl
from plugins.generisk.oppsett import Oppsett, les_oppsett

VERSJON = "1"
API = 1


@hookimpl
def hendelsestyper(innstillinger: Mapping[str, Any]) -> Sequence[Hendelsestype]:
    return _oppsett(innstillinger).hendelsestyper


@hookimpl
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    regler = _oppsett(kontekst.innstillinger).regler[hendelse.type]
    for hopp in regler.hopp_over:
        if hopp.gjelder(hendelse.data):
            return [HoppOver(hopp.grunn)]
    gjelder = [(nr, regel) for nr, regel in enumerate(regler.kommandoer) if regel.gjelder(hendelse.data)]
    return [regel.svar(hendelse.data, f"{hendelse.id}-{nr}") for nr, regel in gjelder]


def _oppsett(innstillinger: Mapping[str, Any]) -> Oppsett:
    return _lest(json.dumps(innstillinger, default=dict, sort_keys=True))


@lru_cache(maxsize=4)
def _lest(innstillinger: str) -> Oppsett:
    """Worked out once, and not for each event."""
    return les_oppsett(json.loads(innstillinger))
