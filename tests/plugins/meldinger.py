"""Messages as their senders write them, put on the bench."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.plugin.testing import Pluginpakke, Proevebenk, Sendt, pakke_i
from tests.verden import ROT, registeret


def pluginen(navn: str) -> Pluginpakke:
    """A plugin that ships with the gateway, with the settings of the demo register."""
    return pakke_i(Path(ROT / "plugins" / navn), registeret())


def send(benk: Proevebenk, melding: dict[str, Any]) -> Sendt:
    """The message as its source reads it: its type and id stand in it."""
    type_, id_ = (melding[f"@{ett}"] if f"@{ett}" in melding else melding.get(ett) for ett in ("event_name", "id"))
    return benk.send(type_ or melding["type"], melding, id=str(id_ or "uten-id"))


def svar(benk: Proevebenk, melding: dict[str, Any]) -> list[Any]:
    """What the message became, as it is written in files of expectations, once it is known that it was carried out."""
    sendt = send(benk, melding)
    assert sendt.tilstand == "BEHANDLET", (sendt.feilkode, sendt.feilmelding)
    return list(sendt.svar)
