"""Sending varsler: a round claims those that are due, hands each to its channel, and writes what came of it.

The network is never called inside a transaction. A worker that dies between the sending and the writing lets another
send again, with the same idempotency id.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from gateway.domain.pause import Pauser
from gateway.domain.varsel import EksterntVarsel, Varselstatus, Varseltype
from gateway.handling.varsel import sendetidspunkt
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.plugin import MidlertidigFeil, Sendt, VarigFeil, Varselkanal, VarselTilSending
from gateway.store import logg
from gateway.store.dialekt import claim
from gateway.store.tabeller import Varsel, VarselHistorikk

logger = logging.getLogger(__name__)

OM_GANGEN = 20
# A channel gives up within 10 seconds, and what a dead worker held must be taken up within 30.
LEIE = dt.timedelta(seconds=20)
KANALENS_TID = dt.timedelta(seconds=11)
PAUSER = Pauser(foerste=dt.timedelta(seconds=2), lengste=dt.timedelta(hours=1))
KAN_ENNAA_FAA_UTFALL = (Varselstatus.NY, Varselstatus.KANSELLERT)


@dataclass(frozen=True, kw_only=True)
class Utfall:
    """What came of one try: the status, and when to try next if it is still NY."""

    hendelse: str
    status: Varselstatus
    kanal: str | None
    kode: str
    melding: str | None = None
    vent: dt.timedelta | None = None


class Varselrunde:
    """`sann_tid` is the clock of the leases, which no development clock moves."""

    def __init__(self, kjerne: Kjerne, kanaler: Sequence[Varselkanal], sann_tid: Klokke, hvem: logg.Hvem) -> None:
        self._kjerne = kjerne
        self._kanaler: Mapping[Varseltype, Varselkanal] = {type_: kanal for kanal in kanaler for type_ in kanal.typer}
        self._sann_tid = sann_tid
        self._hvem = hvem

    def kjoer(self, *, til: dt.datetime) -> int:
        """Send what is due until nothing is, or real time has reached `til`; return how many were tried."""
        antall = 0
        while self._sann_tid.naa() < til and (leid := self._lei()):
            leie_til = leid[0].leie_til
            for nummer, varsel in enumerate(leid):
                if self._sann_tid.naa() >= min(til, leie_til - KANALENS_TID):
                    self._slipp(leid[nummer:])
                    break
                self._skriv(varsel, self._send(varsel))
                antall += 1
        return antall

    def _lei(self) -> list[Varsel]:
        naa, sann = self._kjerne.klokke.naa(), self._sann_tid.naa()

        def arbeid() -> list[Varsel]:
            forfalte = (
                Varsel.select()
                .where(Varsel.neste_forsoek <= naa, Varsel.leie_til.is_null() | (Varsel.leie_til < sann))
                .order_by(Varsel.neste_forsoek)
                .limit(OM_GANGEN)
            )
            leid = list(claim(self._kjerne.database, forfalte))
            for varsel in leid:
                varsel.leie_til = sann + LEIE
            if leid:
                Varsel.update(leie_til=sann + LEIE).where(Varsel.id.in_([varsel.id for varsel in leid])).execute()
            return leid

        return self._kjerne.database.i_transaksjon(arbeid)

    def _slipp(self, varsler: Sequence[Varsel]) -> None:
        ider = [varsel.id for varsel in varsler]
        leie_til = varsler[0].leie_til
        self._kjerne.database.i_transaksjon(
            lambda: Varsel.update(leie_til=None).where(Varsel.id.in_(ider), Varsel.leie_til == leie_til).execute()
        )

    def _send(self, varsel: Varsel) -> Utfall:
        kanal = self._kanaler.get(Varseltype(varsel.type))
        if kanal is None:
            return Utfall(
                hendelse="FEILET",
                status=Varselstatus.FEILET,
                kanal=None,
                kode="KanalMangler",
                melding=f"The gateway has no channel for {varsel.type} yet; nothing was sent.",
            )
        bestilling = VarselTilSending(
            id=varsel.id,
            type=Varseltype(varsel.type),
            virksomhetsnummer=varsel.virksomhetsnummer,
            varsel=msgspec.convert(varsel.innhold, EksterntVarsel),
            forsoek=varsel.forsoek + 1,
        )
        try:
            sendt: Sendt = kanal.send(bestilling)
        except VarigFeil as feil:
            return Utfall(
                hendelse="FEILET", status=Varselstatus.FEILET, kanal=kanal.navn, kode=feil.kode, melding=feil.melding
            )
        except MidlertidigFeil as feil:
            return _igjen(varsel, kanal, feil.kode, feil.vent)
        except Exception as feil:
            logger.exception("channel raised what it should not", extra={"kanal": kanal.navn, "varsel": str(varsel.id)})
            return _igjen(varsel, kanal, type(feil).__name__, None)
        return Utfall(hendelse="SENDT", status=Varselstatus.SENDT, kanal=kanal.navn, kode=sendt.kode)

    def _skriv(self, varsel: Varsel, utfall: Utfall) -> None:
        naa = self._kjerne.klokke.naa()
        ferdig = utfall.status is not Varselstatus.NY
        # A new try keeps to the window of the first.
        neste = None if ferdig else sendetidspunkt(varsel).tidligst(naa + (utfall.vent or dt.timedelta()))

        def arbeid() -> None:
            # A cancellation that came while it was on its way does not unsend it; the outcome is what happened.
            endret = list(
                Varsel.update(
                    status=utfall.status,
                    neste_forsoek=neste,
                    leie_til=None,
                    forsoek=varsel.forsoek + 1,
                    feilkode=utfall.kode if utfall.status is Varselstatus.FEILET else None,
                    feilmelding=utfall.melding,
                )
                .where(
                    Varsel.id == varsel.id,
                    Varsel.status.in_(KAN_ENNAA_FAA_UTFALL if ferdig else (Varselstatus.NY,)),
                )
                .returning(Varsel.eier_slettet_tidspunkt)
                .execute()
            )
            if not endret:
                return
            eier_slettet = endret[0].eier_slettet_tidspunkt is not None
            if ferdig and eier_slettet:
                Varsel.delete().where(Varsel.id == varsel.id).execute()
            else:
                VarselHistorikk.insert(
                    varsel=varsel.id, tidspunkt=naa, hendelse=utfall.hendelse, kanal=utfall.kanal, kode=utfall.kode
                ).execute()
            if ferdig:
                innslag = logg.Innslag(
                    hva="VarselAvsluttet",
                    merkelapp=varsel.merkelapp,
                    notifikasjon_id=varsel.notifikasjon_id,
                    varsel_id=varsel.id,
                    innhold=None if eier_slettet else {"status": utfall.status, "kode": utfall.kode},
                )
                logg.skriv(self._kjerne.database, self._hvem, naa, [innslag])

        self._kjerne.database.i_transaksjon(arbeid)


def _igjen(varsel: Varsel, kanal: Varselkanal, kode: str, vent: dt.timedelta | None) -> Utfall:
    return Utfall(
        hendelse="FORSOEK_FEILET",
        status=Varselstatus.NY,
        kanal=kanal.navn,
        kode=kode,
        vent=vent or PAUSER.etter(varsel.forsoek + 1),
    )
