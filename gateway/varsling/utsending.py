"""Sending varsler: a round claims those of a type that are due, hands each to its channel, and writes what came of it.

The network is never called inside a transaction. A worker that dies between the sending and the writing lets another
send again, with the same idempotency id.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import msgspec
import peewee

from gateway.domain.logg import Loggord
from gateway.domain.varsel import EksterntVarsel, Varselstatus, Varseltype
from gateway.domain.varselforsoek import FLEST_FORSOEK, PAUSER, er_utloept, neste_sjekk, pause_naar_uklart
from gateway.handling.varsel import runde_for
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.plugin import (
    MidlertidigFeil,
    Overlatt,
    UklartUtfall,
    Utfallskanal,
    VarigFeil,
    Varselkanal,
    VarselTilSending,
)
from gateway.store import logg
from gateway.store.database import Utilgjengelig
from gateway.store.leie import Leie, Leiebok, MistetLeie
from gateway.store.tabeller import VARSEL_SENDT, VARSEL_UFERDIG, Varsel, VarselHistorikk
from gateway.store.til_side import IKKE_RADENS_FEIL, TilSide

logger = logging.getLogger(__name__)
T = TypeVar("T")

OM_GANGEN = 20
# What a dead worker held must be taken up within 30 seconds. A channel may take longer: meanwhile the lease is renewed.
LEIE = dt.timedelta(seconds=20)
FORNYES_HVERT_SEKUND = 5.0
KANALENS_SEKUNDER = 80.0
LENGSTE_KODE = 100
UTEN_KANAL = "KanalMangler"
LENGSTE_MELDING = 500
UTEN_UTFALL = (Varselstatus.NY, Varselstatus.KANSELLERT)


@dataclass(frozen=True, kw_only=True)
class Sendeutfall:
    """What came of one try. `status` is its end, or None; then `neste` says when to try, or to ask, next."""

    hendelse: str
    kode: str
    kanal: str | None = None
    status: Varselstatus | None = None
    melding: str | None = None
    neste: dt.datetime | None = None
    uklart: bool = False
    overlatt_ref: str | None = None

    @property
    def er_tatt_imot(self) -> bool:
        """Whether the receiver has it, whoever had the lease when it answered."""
        return self.status is Varselstatus.SENDT or self.overlatt_ref is not None


def til_side_for(type_: Varseltype) -> TilSide:
    """What the round of a type sets aside."""
    return TilSide(runde=runde_for(type_), id=Varsel.id, forfalt=Varsel.neste_forsoek)


def forfalte(type_: Varseltype, naa: dt.datetime) -> peewee.Select:
    """The varsler of a type that are to be tried, or asked for, now."""
    return Varsel.select().where(Varsel.type == type_, Varsel.neste_forsoek <= naa)


def uferdige(type_: Varseltype, naa: dt.datetime) -> peewee.Select:
    """Those that could first be sent by now and have not been taken by anybody, whenever they are tried next."""
    return Varsel.select().where(Varsel.type == type_, VARSEL_UFERDIG, Varsel.klar_tidspunkt <= naa)


def sendt(type_: Varseltype) -> peewee.Select:
    """Those of a type that were sent."""
    return Varsel.select().where(Varsel.type == type_, VARSEL_SENDT)


class Varselrunde:
    """`sann_tid` is the clock of the leases, which no development clock moves."""

    def __init__(
        self,
        kjerne: Kjerne,
        kanaler: Sequence[Varselkanal],
        sann_tid: Klokke,
        hvem: logg.Hvem,
        *,
        typer: Sequence[Varseltype] = tuple(Varseltype),
        kanalens_sekunder: float = KANALENS_SEKUNDER,
        fornyes_hvert_sekund: float = FORNYES_HVERT_SEKUND,
    ) -> None:
        self._kjerne = kjerne
        self._kanaler: Mapping[Varseltype, Varselkanal] = {type_: kanal for kanal in kanaler for type_ in kanal.typer}
        self._hvem = hvem
        self._typer = typer
        self._leiebok = Leiebok(kjerne.database, Varsel, LEIE, sann_tid.naa)
        self._levetid = dt.timedelta(hours=kjerne.innstillinger.varsel_levetid_timer)
        self._kanalens_sekunder = kanalens_sekunder
        self._fornyes_hvert_sekund = fornyes_hvert_sekund

    def kjoer(self, fortsett: Callable[[], bool] = lambda: True) -> int:
        """Send what is due until nothing is, or it may not go on; return how many were tried."""
        return sum(self._kjoer(type_, fortsett) for type_ in self._typer)

    def _kjoer(self, type_: Varseltype, fortsett: Callable[[], bool]) -> int:
        antall = 0
        while fortsett() and (leid := self._lei(type_)):
            for nummer, leie in enumerate(leid):
                if not fortsett():
                    self._leiebok.slipp(leid[nummer:])
                    break
                antall += self._ta(type_, leie)
        return antall

    def _lei(self, type_: Varseltype) -> list[Leie]:
        ledige = forfalte(type_, self._kjerne.klokke.naa()).select(Varsel.id).where(~til_side_for(type_).er_satt)
        return self._leiebok.ta(ledige.order_by(Varsel.neste_forsoek).limit(OM_GANGEN))

    def _ta(self, type_: Varseltype, leie: Leie) -> bool:
        """Try one varsel, or ask for it; whether it was tried. One that cannot be done is set aside."""
        proevd = False
        try:
            # Others of the batch may have taken their time: it may be another's by now, or have been cancelled.
            varsel, innhold = self._leiebok.under(leie, lambda: _les(leie.rad.id))
            if varsel.neste_forsoek is None:
                self._leiebok.slipp([leie])
                return False
            proevd = True
            self._skriv(varsel, leie, self._proev(type_, varsel, innhold, leie))
        except MistetLeie:
            logger.info("the varsel is another's by now, or is gone", extra={"varsel": str(leie.rad.id)})
            return proevd
        except IKKE_RADENS_FEIL:
            raise
        except Exception as feil:  # noqa: BLE001 - it is told by what is set aside
            self._sett_til_side(type_, leie, feil)
        return True

    def _sett_til_side(self, type_: Varseltype, leie: Leie, feil: Exception) -> None:
        naa = self._kjerne.klokke.naa()
        # The class, and not the message, which may repeat what somebody sent.
        logger.error("a varsel is set aside", extra={"varsel": str(leie.rad.id), "feil": type(feil).__name__})

        def arbeid() -> None:
            til_side_for(type_).sett(forfalte(type_, naa), leie.rad.id, feil, naa)
            self._leiebok.slipp([leie])

        self._kjerne.database.i_transaksjon(arbeid)

    # --- one try ---------------------------------------------------------------------------------------------------

    def _proev(self, type_: Varseltype, varsel: Varsel, innhold: EksterntVarsel | None, leie: Leie) -> Sendeutfall:
        kanal = self._kanaler.get(type_)
        if varsel.overlatt_ref is not None:
            return self._sjekk(kanal, varsel, leie)
        if innhold is None:
            return _feilet(None, "Uleselig", "What was ordered cannot be read; nothing was sent.")
        sendetidspunkt = innhold.bestilling.sendetidspunkt
        if kanal is None:
            return _feilet(None, UTEN_KANAL, f"The gateway has no channel for {type_} yet; nothing was sent.")
        naa = self._kjerne.klokke.naa()
        # Whatever held it up, each is tried once.
        if varsel.forsoek and er_utloept(sendetidspunkt, varsel.klar_tidspunkt, naa, self._levetid):
            return _feilet(kanal.navn, "UTLOEPT", f"It did not succeed in time; the last code was {varsel.siste_kode}.")
        if varsel.forsoek >= FLEST_FORSOEK:
            melding = f"It did not succeed in {FLEST_FORSOEK} tries; the last code was {varsel.siste_kode}."
            return _feilet(kanal.navn, "FOR_MANGE_FORSOEK", melding)
        bestilling = VarselTilSending(
            id=varsel.id,
            type=type_,
            virksomhetsnummer=varsel.virksomhetsnummer,
            varsel=innhold,
            forsoek=varsel.forsoek + 1,
        )

        def igjen(kode: str, melding: str | None, vent: dt.timedelta, *, uklart: bool = False) -> Sendeutfall:
            # A new try keeps to the window of the first.
            neste = sendetidspunkt.tidligst(self._kjerne.klokke.naa() + vent)
            return Sendeutfall(
                hendelse="FORSOEK_FEILET", kode=kode, kanal=kanal.navn, melding=melding, neste=neste, uklart=uklart
            )

        try:
            svar = self._hos_kanalen(leie, lambda: kanal.send(bestilling))
        except VarigFeil as feil:
            return _feilet(kanal.navn, feil.kode, feil.melding)
        except UklartUtfall as feil:
            vent = pause_naar_uklart((varsel.uklare or 0) + 1)
            if vent is None:
                return _feilet(kanal.navn, feil.kode, feil.melding)
            return igjen(feil.kode, feil.melding, vent, uklart=True)
        except MidlertidigFeil as feil:
            return igjen(feil.kode, feil.melding, feil.vent or PAUSER.etter(varsel.forsoek + 1))
        except Exception as feil:
            logger.exception("channel raised what it should not", extra={"kanal": kanal.navn, "varsel": str(varsel.id)})
            return igjen(type(feil).__name__, None, PAUSER.etter(varsel.forsoek + 1))
        if isinstance(svar, Overlatt):
            neste = neste_sjekk(naa, naa)
            return Sendeutfall(
                hendelse="OVERLATT", kode=svar.kode, kanal=kanal.navn, neste=neste, overlatt_ref=_lagringsbar(svar.ref)
            )
        return Sendeutfall(hendelse="SENDT", status=Varselstatus.SENDT, kanal=kanal.navn, kode=svar.kode)

    def _sjekk(self, kanal: Varselkanal | None, varsel: Varsel, leie: Leie) -> Sendeutfall:
        """Ask what became of a varsel that its receiver has taken over."""
        navn = kanal.navn if kanal else None
        kode = "UTFALL_UKJENT"
        if isinstance(kanal, Utfallskanal):
            try:
                svar = self._hos_kanalen(leie, lambda: kanal.sjekk(varsel.overlatt_ref))
                if svar is not None:
                    return Sendeutfall(hendelse="SENDT", status=Varselstatus.SENDT, kanal=navn, kode=svar.kode)
            except VarigFeil as feil:
                return _feilet(navn, feil.kode, feil.melding)
            except (MidlertidigFeil, UklartUtfall) as feil:
                kode = feil.kode
            except Exception as feil:
                logger.exception("channel raised what it should not", extra={"kanal": navn, "varsel": str(varsel.id)})
                kode = type(feil).__name__
        neste = neste_sjekk(varsel.overlatt_tidspunkt, self._kjerne.klokke.naa())
        if neste is None:
            return _feilet(navn, "UTFALL_UKJENT", "The receiver took it over, and never told what became of it.")
        return Sendeutfall(hendelse="SJEKKET", kode=kode, kanal=navn, neste=neste)

    def _hos_kanalen(self, leie: Leie, kall: Callable[[], T]) -> T:
        """Call the channel in a thread that can be left behind, and keep the lease meanwhile. Raises what it raises,
        and UklartUtfall when it takes longer than it may.
        """
        svar: Future[T] = Future()
        sammenheng = contextvars.copy_context()

        def arbeid() -> None:
            try:
                svar.set_result(sammenheng.run(kall))
            except BaseException as feil:  # noqa: BLE001 - it is raised again by `result`, in the thread that waits
                svar.set_exception(feil)

        threading.Thread(target=arbeid, name="kanal", daemon=True).start()
        frist = time.monotonic() + self._kanalens_sekunder
        while not wait([svar], timeout=min(self._fornyes_hvert_sekund, max(frist - time.monotonic(), 0))).done:
            if time.monotonic() >= frist:
                raise UklartUtfall("the channel did not give up in time")
            try:
                self._leiebok.under(leie, lambda: None)
            except (MistetLeie, Utilgjengelig) as feil:
                # What it answers is still worth knowing.
                logger.info("the lease of a varsel was not renewed", extra={"feil": type(feil).__name__})
        return svar.result()

    # --- what came of it -------------------------------------------------------------------------------------------

    def _skriv(self, varsel: Varsel, leie: Leie, utfall: Sendeutfall) -> None:
        """Raises MistetLeie when another worker has the varsel, for all but what a receiver has taken: that happened,
        and is written unless its outcome is known already.
        """
        if utfall.er_tatt_imot:
            self._kjerne.database.i_transaksjon(lambda: self._oppdater(varsel, utfall))
        else:
            self._leiebok.under(leie, lambda: self._oppdater(varsel, utfall))

    def _oppdater(self, varsel: Varsel, utfall: Sendeutfall) -> None:
        naa = self._kjerne.klokke.naa()
        ferdig = utfall.status is not None
        sjekket = varsel.overlatt_ref is not None
        kode, melding = _lagringsbar(utfall.kode, LENGSTE_KODE), _lagringsbar(utfall.melding or "", LENGSTE_MELDING)
        endring = {
            "neste_forsoek": utfall.neste,
            "leie_til": None,
            "forsoek": varsel.forsoek + (not sjekket),
            "uklare": (varsel.uklare or 0) + utfall.uklart,
            "siste_kode": kode,
        }
        if utfall.overlatt_ref is not None:
            endring |= {"overlatt_ref": utfall.overlatt_ref, "overlatt_tidspunkt": naa}
        if ferdig:
            feilet = utfall.status is Varselstatus.FEILET
            endring |= {"status": utfall.status, "avsluttet_tidspunkt": naa}
            endring |= {"feilkode": kode if feilet else None, "feilmelding": melding if feilet else None}
        # A cancellation that came while it was on its way does not unsend it; the outcome is what happened.
        uten_utfall = UTEN_UTFALL if ferdig or utfall.overlatt_ref or sjekket else (Varselstatus.NY,)
        endret = list(
            Varsel.update(endring)
            .where(Varsel.id == varsel.id, Varsel.status.in_(uten_utfall))
            .returning(Varsel.eier_slettet_tidspunkt)
            .execute()
        )
        if not endret:
            logger.info("the outcome of a varsel was known already", extra={"varsel": str(varsel.id), "kode": kode})
            return
        eier_slettet = endret[0].eier_slettet_tidspunkt is not None
        if ferdig and eier_slettet:
            Varsel.delete().where(Varsel.id == varsel.id).execute()
        elif utfall.hendelse != "SJEKKET":
            VarselHistorikk.insert(
                varsel=varsel.id, tidspunkt=naa, hendelse=utfall.hendelse, kanal=utfall.kanal, kode=kode
            ).execute()
        if ferdig:
            innslag = logg.Innslag(
                hva=Loggord.VARSEL_AVSLUTTET,
                merkelapp=varsel.merkelapp,
                notifikasjon_id=varsel.notifikasjon_id,
                varsel_id=varsel.id,
                innhold=None if eier_slettet else {"status": utfall.status, "kode": kode},
            )
            logg.skriv(self._hvem, naa, [innslag])


def _les(varsel_id: UUID) -> tuple[Varsel, EksterntVarsel | None]:
    """The varsel, and what was ordered: None when that cannot be read, which must not hide the rest."""
    felter = [felt for felt in Varsel._meta.sorted_fields if felt is not Varsel.innhold]
    varsel = Varsel.select(*felter).where(Varsel.id == varsel_id).get()
    try:
        innhold = msgspec.convert(
            Varsel.select(Varsel.innhold).where(Varsel.id == varsel_id).get().innhold, EksterntVarsel
        )
        _ = innhold.bestilling
    except (msgspec.ValidationError, ValueError):
        return varsel, None
    return varsel, innhold


def _feilet(kanal: str | None, kode: str, melding: str) -> Sendeutfall:
    return Sendeutfall(hendelse="FEILET", status=Varselstatus.FEILET, kanal=kanal, kode=kode, melding=melding)


def _lagringsbar(tekst: str, lengst: int | None = None) -> str:
    """A channel's text as both databases can keep it: without NUL and lone surrogates, and no longer than it may be."""
    return tekst.replace("\0", "\\0").encode(errors="backslashreplace").decode()[:lengst]
