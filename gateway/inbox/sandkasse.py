"""All events of a source onto another version of their plugin: what it would make of them, and what would differ.

Nothing is carried out or stored, and nobody outside is asked: look-ups answer what they did, and an event that needs
one that was never made is told so. The plugin's state is read as it is now, which is not always as it was then. A batch
is held at a time; who was interrupted goes on after the last event that was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from gateway.domain.feil import KildeFinnesIkke
from gateway.inbox.forhandsvisning import Spoerrer
from gateway.inbox.gjenspilling import Sammenlignet, sammenlign
from gateway.inbox.lager import Lager
from gateway.inbox.utvalg import Utvalg, finn
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering, Pluginsted
from gateway.vertskap.oversetter import Oversetter

OM_GANGEN = 20


@dataclass(frozen=True, kw_only=True)
class Bolk:
    """Some events in the order of arrival; `etter` is the last that was looked at."""

    funn: Sequence[Sammenlignet]
    etter: UUID | None


def produsent_for(kjerne: Kjerne, kilde: str) -> str:
    """The one producer that has events of the source. Raises KildeFinnesIkke for none, or several."""
    with kjerne.database.tilkobling():
        har = [
            produsent
            for produsent in kjerne.produsenter.oppfoeringer
            if Hendelse.select(Hendelse.id).where(Hendelse.produsent == produsent, Hendelse.kilde == kilde).exists()
        ]
    if len(har) == 1:
        return har[0]
    hvem = f"{', '.join(har)} have; say whose by --produsent" if har else "none has"
    raise KildeFinnesIkke(f"One producer must have events of the source {kilde}, and {hvem}.")


def stedet(kjerne: Kjerne, produsent: str, plugin: str) -> tuple[Pluginsted, Path | None]:
    """Where the other version is, with the producer's own settings; and the folder from which it is imported, if one.

    `plugin` is a module (`pakke.modul`), or the folder or file of one.
    """
    valgt = kjerne.produsenter.oppfoeringer[produsent].plugin
    innstillinger = valgt.innstillinger if valgt else {}
    sti = Path(plugin)
    if sti.exists():
        absolutt = sti.resolve()
        return Pluginsted(
            navn=absolutt.stem, modul=absolutt.stem, produsent=produsent, innstillinger=innstillinger
        ), absolutt.parent
    navn = plugin.rpartition(".")[2]
    return Pluginsted(navn=navn, modul=plugin, produsent=produsent, innstillinger=innstillinger), None


def spill_av(
    kjerne: Kjerne, oversetter: Oversetter, plugin: Erklaering, utvalg: Utvalg, *, etter: UUID | None = None
) -> Iterator[Bolk]:
    """What `plugin` makes of the selection's events, a batch at a time. Raises Utilgjengelig, Stoppet."""
    while True:
        with kjerne.database.tilkobling():
            side = finn(kjerne, utvalg, list(Hendelse._meta.sorted_fields), antall=OM_GANGEN, etter=etter)
        # A state for each batch: nothing of it is stored, and what is read of it is bounded.
        spoerrer = Spoerrer(
            oversetter=oversetter, lager=Lager(kjerne, plugin.produsent), har_oppslag=plugin.har_oppslag
        )
        etter = side.rader[-1].id if side.rader else side.neste
        yield Bolk(funn=sammenlign(spoerrer, plugin, side.rader, kjerne.klokke.naa()), etter=etter)
        if side.neste is None:
            return
        etter = side.neste
