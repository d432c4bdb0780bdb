"""What a plugin makes of a message, as data: so that a test can write out all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.domain.innhold import fra_json
from gateway.domain.validering import valider
from gateway.plugin import Hendelse
from gateway.vertskap.innlesning import last
from gateway.vertskap.kjoering import Pluginkjoering
from gateway.vertskap.versjoner import frosset
from tests.verden import START, lest, pluginsteder, registeret


def plugin(navn: str, **innstillinger: Any) -> Pluginkjoering:
    """The plugin as the demo register sets it up, in this process; `innstillinger` replaces settings of it."""
    (sted,) = [ett for ett in pluginsteder(registeret()) if ett.navn == navn]
    return last(replace(sted, innstillinger={**sted.innstillinger, **innstillinger}))


def hendelse(melding: dict[str, Any]) -> Hendelse:
    """The message as a plugin sees it."""
    inn = lest(melding)
    return Hendelse(kilde=inn.kilde, id=inn.id, type=inn.type, data=frosset(inn.data), mottatt=START)


def oversatt(plugin: Pluginkjoering, melding: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of the message, without the fields that say nothing, each checked as the store checks it."""
    inn = hendelse(melding)
    steg = []
    for ett in plugin.oversett(plugin.tilpass(inn, melding)).steg:
        valider(fra_json(ett))
        avslag = {"tillater": ett["tillatteAvslag"]} if ett["tillatteAvslag"] else {}
        avslutter = {"avslutter": True} if ett["avslutter"] else {}
        steg.append({ett["kommando"]: _sagt(ett["innhold"]), **avslag, **avslutter})
    return steg


def noekkel(plugin: Pluginkjoering, melding: dict[str, Any]) -> str | None:
    return plugin.noekkel(hendelse(melding), melding)


def _sagt(verdi: Any) -> Any:
    if isinstance(verdi, dict):
        return {navn: _sagt(ledd) for navn, ledd in verdi.items() if ledd not in (None, [], ())}
    if isinstance(verdi, list | tuple):
        return [_sagt(ledd) for ledd in verdi]
    return verdi
