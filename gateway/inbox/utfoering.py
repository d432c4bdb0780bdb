"""One event: mapped, kept as what the mapping returned, carried out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gateway.domain.bevaring import slutt
from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.kommandoer import Sletting
from gateway.domain.produsent import Aktoer
from gateway.domain.tekst import alt_escapet
from gateway.handling.utfoer import Stegutfall, utfoer_alle
from gateway.inbox.noekler import Noekler
from gateway.inbox.objekter import knytt
from gateway.inbox.steg import les_steg
from gateway.kjerne import Kjerne
from gateway.store.leie import Leie
from gateway.store.tabeller import Hendelse
from gateway.vertskap.oppdrag import Oppdrag
from gateway.vertskap.oversetter import Oversetter


class Utfoering:
    def __init__(self, kjerne: Kjerne, oversetter: Oversetter, noekler: Noekler) -> None:
        self._kjerne = kjerne
        self._oversetter = oversetter
        self._noekler = noekler

    def gjoer(self, hendelse: Hendelse, leie: Leie, plugin: str) -> None:
        """Map the event, unless a try before this did, and carry it out. Raises whatever is wrong with it."""
        if hendelse.kommandoer is None:
            steg = self._oversetter.oversett(oppdrag(hendelse))
            if alt_escapet(steg) != steg:
                hendelse.plugin, hendelse.kommandoer = plugin, steg
                raise Valideringsfeil("A kommando holds a text with NUL characters or lone surrogates.")
            self._noekler.husk_steg(hendelse, leie, plugin, steg)
        self._utfoer(hendelse, leie)

    def _utfoer(self, hendelse: Hendelse, leie: Leie) -> None:
        aktoer = Aktoer(
            produsent=self._kjerne.produsenter.hent(hendelse.produsent),
            applikasjon=hendelse.applikasjon,
            korrelasjonsid=hendelse.korrelasjonsid,
            plugin=hendelse.plugin,
        )
        naa = self._kjerne.klokke.naa()
        steg = les_steg(hendelse.kommandoer)

        def arbeid() -> None:
            self._noekler.krev_uavgjort(hendelse)
            utfall = utfoer_alle(self._kjerne, steg, aktoer, naa)
            ferdig = Hendelsestilstand.BEHANDLET
            # What it said goes with what it was about, which may be now.
            slettet = any(isinstance(ett.kommando, Sletting) for ett in steg)
            Hendelse.update(
                tilstand=ferdig,
                behandlet_tidspunkt=naa,
                **asdict(slutt(aktoer.produsent.bevaring, ferdig, plugin=hendelse.plugin, naa=naa)),
                utfall=[_utfall(ett) for ett in utfall],
                forsoek=hendelse.forsoek + 1,
                neste_forsoek=None,
                feilkode=None,
                feilmelding=None,
                **({"raa": b"", "kommandoer": None} if slettet else {}),
            ).where(Hendelse.id == hendelse.id).execute()
            knytt(hendelse, {ett.utfall.id for ett in utfall if ett.utfall})

        self._noekler.under(leie, arbeid)


def oppdrag(hendelse: Hendelse) -> Oppdrag:
    """The event as the process of its plugin is given it."""
    return Oppdrag(
        produsent=hendelse.produsent,
        kilde=hendelse.kilde,
        id=hendelse.ekstern_id,
        type=hendelse.type,
        mottatt=hendelse.mottatt_tidspunkt,
        format=hendelse.format,
        raa=bytes(hendelse.raa),
    )


def _utfall(utfall: Stegutfall) -> dict[str, Any]:
    if utfall.utfall is None:
        return {"avslag": utfall.avslag}
    av = utfall.utfall
    sagt = {
        "grupperingsid": av.grupperingsid,
        "antallEndret": av.antall_endret,
        "merknader": list(av.merknader) or None,
    }
    return {"id": str(av.id), "ny": av.ny, **{navn: verdi for navn, verdi in sagt.items() if verdi is not None}}
