"""One event that a worker is at: what it is mapped to, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from gateway.domain.hendelse import Feilklasse
from gateway.inbox.inntak import UIDENTIFISERT
from gateway.store.leie import Leie
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.oppdrag import Oppdrag
from gateway.vertskap.oversettelse import Oversettelse

# All that is written of an event when something comes of it.
SKRIVES = (
    *(Hendelse.tilstand, Hendelse.forsoek, Hendelse.neste_forsoek, Hendelse.behandlet_tidspunkt),
    *(Hendelse.avsluttet_tidspunkt, Hendelse.bevares_til, Hendelse.plugin, Hendelse.kommandoer, Hendelse.utfall),
    *(Hendelse.feilkode, Hendelse.feilmelding, Hendelse.feilklasse, Hendelse.oppslag, Hendelse.oversettelse),
    *(Hendelse.merknader, Hendelse.venter_paa, Hendelse.vent_til, Hendelse.ferdige_deler),
)
_BESIDE = ("lagre", "merknader", "hoppet_over", "venter_paa", "lest")


@dataclass(kw_only=True)
class Stykke:
    """`oversettelse` or `feil` once it is mapped; neither while it is not. `oppslag`: what its look-ups gave."""

    hendelse: Hendelse
    leie: Leie
    plugin: Erklaering | None = None
    oversettelse: Oversettelse | None = None
    oppslag: Mapping[str, Any] | None = None
    feil: Exception | None = None
    # The last of its key that is at hand: when it is done, the key is let go of.
    siste: bool = False

    @property
    def noekkel(self) -> str:
        return str(self.leie.rad.noekkel)

    @property
    def er_mistenkt(self) -> bool:
        """Whether a try of mapping it failed, as another would: it is tried alone, so that none waits for it."""
        return self.hendelse.forsoek > 0 and self.hendelse.kommandoer is None

    @property
    def i_deler(self) -> bool:
        """Whether it is in parts that take effect one by one."""
        return self.oversettelse is not None and any("del" in ett for ett in self.oversettelse.steg)

    @property
    def maa_slaas_opp(self) -> bool:
        """Whether its plugin may want something looked up that has not been."""
        har = self.plugin is not None and self.plugin.har_oppslag
        return har and self.oppslag is None and self.hendelse.kommandoer is None and self.feil is None

    @property
    def er_oversatt(self) -> bool:
        return self.oversettelse is not None or self.feil is not None

    def ta_lagret_oversettelse(self) -> None:
        """Take what a try before this mapped it to, if one did, and its plugin's settings have not been at fault."""
        if self.hendelse.kommandoer is not None and self.hendelse.feilklasse != Feilklasse.KONFIGURASJON:
            beside = {navn: verdi for navn, verdi in (self.hendelse.oversettelse or {}).items() if navn in _BESIDE}
            self.oversettelse = msgspec.convert({**beside, "steg": self.hendelse.kommandoer}, Oversettelse)


def er_uidentifisert(hendelse: Hendelse) -> bool:
    """Whether only its plugin can tell which event it is; until then it has a name of its bytes."""
    return bool(hendelse.feilkode == UIDENTIFISERT)


def oppdrag(hendelse: Hendelse, naa: dt.datetime, oppslag: Mapping[str, Any] | None = None) -> Oppdrag:
    """The event as the process of its plugin is given it."""
    return Oppdrag(
        produsent=hendelse.produsent,
        kilde=hendelse.kilde,
        id="" if er_uidentifisert(hendelse) else hendelse.ekstern_id,
        type=hendelse.type,
        mottatt=hendelse.mottatt_tidspunkt,
        format=hendelse.format,
        raa=bytes(hendelse.raa),
        tid=hendelse.tid,
        oppslag=oppslag,
        ventet_forgjeves=hendelse.venter_paa is not None and hendelse.vent_til <= naa,
    )


def beside(oversettelse: Oversettelse | None) -> dict[str, Any] | None:
    """What a mapping answered beside the kommandoer, as it is kept until it has taken effect; None for nothing."""
    if oversettelse is None:
        return None
    alt = msgspec.to_builtins(oversettelse)
    return {navn: alt[navn] for navn in _BESIDE if alt.get(navn)} or None


@dataclass(frozen=True, kw_only=True)
class Slutning:
    """What came of an event, to be written with the others in their transaction.

    `rad` has the fields that change. `stopper`: those behind it in its key wait, until `klar`, or until a person or
    another event wakes the key. `igjen`: it is taken anew at once, and those behind it after it. `merke` is how it is
    counted; what happened is in `logg`.
    """

    stykke: Stykke
    rad: Mapping[str, Any]
    merke: str
    klasse: Feilklasse | None = None
    objekter: Collection[UUID] = ()
    toemmes: bool = False
    stopper: bool = False
    igjen: bool = False
    klar: dt.datetime | None = None
    logg: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hel_rad(self) -> dict[str, Any]:
        hendelse = self.stykke.hendelse
        return {felt.name: getattr(hendelse, felt.name) for felt in (Hendelse.id, *SKRIVES)} | dict(self.rad)
