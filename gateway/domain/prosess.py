"""The processes of the product as they tell of themselves: who is there, and whether they agree about the plugins."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

# Each tells of itself this often; who has not for a minute is gone, whatever became of it.
LIVSTEGN_HVERT = dt.timedelta(seconds=10)
REGNES_SOM_BORTE_ETTER = dt.timedelta(minutes=1)


class Rolle(StrEnum):
    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, kw_only=True, order=True)
class Pluginstand:
    """A plugin as one process has it, for one producer: its version, or what is wrong with it; the other is empty."""

    navn: str
    produsent: str
    versjon: str = ""
    feil: str = ""

    @property
    def id(self) -> str:
        return f"{self.navn}=={self.versjon}"


@dataclass(frozen=True, kw_only=True)
class Prosess:
    """`startet` and `sist_sett` are instants of real time. `versjon` is the gateway's own."""

    id: UUID
    rolle: Rolle
    vert: str
    versjon: str
    plugins: tuple[Pluginstand, ...]
    startet: dt.datetime
    sist_sett: dt.datetime

    def er_her(self, naa: dt.datetime) -> bool:
        """Whether it has told of itself lately; `naa` is real time."""
        return naa - self.sist_sett < REGNES_SOM_BORTE_ETTER


@dataclass(frozen=True, kw_only=True)
class Uenighet:
    """A plugin of which workers have different versions, or that some lack or have broken."""

    navn: str
    produsent: str
    arbeidere: tuple[tuple[str, str], ...]
    """(host, version) of each worker; the version is empty where the plugin is broken or missing."""


def uenigheter(prosesser: Iterable[Prosess]) -> list[Uenighet]:
    """The plugins about which the workers among them do not agree."""
    arbeidere = [ett for ett in prosesser if ett.rolle is Rolle.WORKER]
    versjoner: dict[tuple[str, str], dict[UUID, str]] = defaultdict(dict)
    for arbeider in arbeidere:
        for plugin in arbeider.plugins:
            versjoner[plugin.produsent, plugin.navn][arbeider.id] = plugin.versjon
    return [
        Uenighet(
            navn=navn,
            produsent=produsent,
            arbeidere=tuple(sorted((ett.vert, hos.get(ett.id, "")) for ett in arbeidere)),
        )
        for (produsent, navn), hos in sorted(versjoner.items())
        if len({hos.get(ett.id, "") for ett in arbeidere}) > 1
    ]


def roller_som_er_borte(prosesser: Iterable[Prosess], naa: dt.datetime) -> frozenset[Rolle]:
    """The roles that nobody here has, once some process has been here for as long as a silent one is let be.

    Nothing is known where no process tells of itself; `naa` is real time.
    """
    her = [ett for ett in prosesser if ett.er_her(naa)]
    if not any(naa - ett.startet >= REGNES_SOM_BORTE_ETTER for ett in her):
        return frozenset()
    return frozenset(Rolle) - {ett.rolle for ett in her}
