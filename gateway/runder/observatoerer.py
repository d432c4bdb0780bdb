"""The round of observers: plugins are told of what the gateway did to their producer's objects, and may answer.

It goes by the log, after commit: what was done is never held up, and cannot be undone, by who observes it. A change is
told at least once; what its answer did, it did once, since it commits with the note that the change has been told of.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from gateway.domain.logg import Loggord
from gateway.domain.pause import Pauser
from gateway.domain.produsent import Aktoer
from gateway.domain.tekst import escapet
from gateway.domain.varsel import Varselstatus
from gateway.handling.utfoer import utfoer_alle
from gateway.inbox.funn import funn_av
from gateway.inbox.lager import Lager, LagerEndret
from gateway.inbox.side_om_side import Arbeid, hver_for_seg
from gateway.inbox.steg import les_steg
from gateway.plugin.hendelser import Endring, Endringsslag
from gateway.runder.runde import TELL_TIL, Arbeidsplass, Etterslep, Fortsett, Runde, mengde
from gateway.store import observasjon
from gateway.store.database import Utilgjengelig
from gateway.store.leie import Leie, Leiebok, MistetLeie
from gateway.store.logg import Hvem
from gateway.store.tabeller import (
    OBSERVASJON_TIL_SIDE,
    OBSERVASJON_VENTER,
    Logg,
    Notifikasjon,
    Observasjon,
    Observatoer,
    Sak,
)
from gateway.store.telling import antall_og_foerste
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.feil import Stoppet
from gateway.vertskap.oversettelse import Oversettelse

logger = logging.getLogger(__name__)

RUNDE = "observatoerer"
APPLIKASJON = "observatoer"
HOOK = "etter_endring"
OM_GANGEN = 20
SE_IGJEN_SEKUNDER = 1.0
LEIE = dt.timedelta(seconds=60)
FORSOEK = 8
PAUSER = Pauser(foerste=dt.timedelta(seconds=2), lengste=dt.timedelta(minutes=10))
SLAG = {
    Loggord.FRIST_UTLOEPT: Endringsslag.OPPGAVE_UTGAATT,
    Loggord.PAAMINNELSE_SENDT: Endringsslag.PAAMINNELSE_SENDT,
    Loggord.KALENDERAVTALE_AVHOLDT: Endringsslag.KALENDERAVTALE_AVHOLDT,
    Loggord.SLETTET: Endringsslag.SLETTET,
}
OBSERVERT, TIL_SIDE, PAA_NYTT = "OBSERVERT", "TIL_SIDE", "PAA_NYTT"


@dataclass(frozen=True, kw_only=True)
class _Fortalt:
    """A change that a plugin has answered to, the lease of it, and the state that was read for the answer."""

    plugin: Erklaering
    leie: Leie
    innslag: Logg
    lager: Lager


class Observatoerrunde:
    """One round, for all producers whose plugin observes and is loaded here."""

    def __init__(self, plass: Arbeidsplass, fortsett: Fortsett) -> None:
        self._kjerne = plass.kjerne
        self._vert = plass.observatoerer
        self._fortsett = fortsett
        self._bok = Leiebok(plass.kjerne.database, Observasjon, LEIE, plass.sann_tid.naa)
        self._sett_sist: dict[str, float] = {}

    def gaa(self) -> int:
        self._avslutt_de_som_sluttet()
        return hver_for_seg(self._klare, fortsett=self._fortsett, navn=RUNDE)

    def _klare(self, opptatte: frozenset[str]) -> Iterator[tuple[str, Arbeid]]:
        for produsent, plugin in self._kjerne.plugins.lastet.items():
            er_med = plugin.har_observatoer and produsent in self._kjerne.produsenter.oppfoeringer
            if er_med and produsent not in opptatte and self._er_klar(produsent, venter_paa_andre=bool(opptatte)):
                self._sett_sist[produsent] = time.monotonic()
                yield produsent, partial(self._ta, plugin)

    def _er_klar(self, produsent: str, *, venter_paa_andre: bool) -> bool:
        """Each once; and again now and then while the round waits for somebody who hangs."""
        sist = self._sett_sist.get(produsent)
        return sist is None or (venter_paa_andre and time.monotonic() - sist > SE_IGJEN_SEKUNDER)

    def _avslutt_de_som_sluttet(self) -> None:
        with self._kjerne.database.tilkobling():
            alle = [produsent for (produsent,) in Observatoer.select(Observatoer.produsent).tuples()]
        for produsent in alle:
            plugin = self._kjerne.plugins.lastet.get(produsent)
            if plugin is not None and not plugin.har_observatoer:
                self._kjerne.database.i_transaksjon(partial(observasjon.slutt, produsent))

    def _ta(self, plugin: Erklaering) -> int:
        """Tell the producer's observer of what is new, until nothing is."""
        antall = 0
        try:
            while self._fortsett():
                lest = self._les_loggen(plugin.produsent)
                fortalt = self._fortell(plugin)
                antall += fortalt
                if not lest and not fortalt:
                    break
        except Stoppet:
            logger.info("the host is closed; what observers were not told of is told later")
        return antall

    def _les_loggen(self, produsent: str) -> int:
        merkelapper = self._kjerne.produsenter.hent(produsent).merkelapper
        return self._kjerne.database.i_transaksjon(
            lambda: observasjon.les_loggen(produsent, merkelapper, self._kjerne.klokke.naa())
        )

    def _fortell(self, plugin: Erklaering) -> int:
        leier = self._bok.ta(observasjon.klare(plugin.produsent, self._kjerne.klokke.naa(), OM_GANGEN))
        if not leier:
            return 0
        leier.sort(key=lambda leie: leie.rad.logg_id)
        with self._kjerne.database.tilkobling():
            innslag = {rad.id: rad for rad in Logg.select().where(Logg.id.in_([leie.rad.logg_id for leie in leier]))}
            endringer = {id_: _endring(rad) for id_, rad in innslag.items()}
        finnes = [leie for leie in leier if leie.rad.logg_id in innslag]
        for leie in leier:
            if leie not in finnes:  # the log has been kept for long enough, and so has this
                self._skriv(leie, self._bort(leie))
        lager = Lager(self._kjerne, plugin.produsent)
        fortelles = [endringer[leie.rad.logg_id] for leie in finnes]
        svar = self._vert.endringer(plugin.produsent, fortelles, lager, naa=self._kjerne.klokke.naa())
        for leie, ett in zip(finnes, svar, strict=True):
            self._ta_svaret(_Fortalt(plugin=plugin, leie=leie, innslag=innslag[leie.rad.logg_id], lager=lager), ett)
        return len(leier)

    def _ta_svaret(self, fortalt: _Fortalt, svar: Oversettelse | Exception) -> None:
        plugin, leie = fortalt.plugin, fortalt.leie
        try:
            if isinstance(svar, Exception):
                raise svar
            self._skriv(leie, partial(self._utfoer, fortalt, svar))
            utfall = OBSERVERT
        except MistetLeie:
            return
        except (Stoppet, Utilgjengelig):
            raise
        except LagerEndret:
            # Somebody stored what this was mapped by; it is told again at once.
            self._skriv(leie, partial(self._sett, leie, klar_tidspunkt=self._kjerne.klokke.naa()))
            utfall = PAA_NYTT
        except Exception as feil:  # noqa: BLE001 - whatever is wrong with one change is told of it, and ends no round
            utfall = self._feilet(plugin, leie, feil)
        self._kjerne.maaler.endring(plugin.produsent, plugin.id, utfall)

    def _utfoer(self, fortalt: _Fortalt, svar: Oversettelse) -> None:
        plugin, naa = fortalt.plugin, self._kjerne.klokke.naa()
        aktoer = Aktoer(
            produsent=self._kjerne.produsenter.hent(plugin.produsent),
            applikasjon=APPLIKASJON,
            korrelasjonsid=fortalt.innslag.korrelasjonsid,
            plugin=plugin.id,
        )
        fortalt.lager.hold([svar])
        fortalt.lager.krev_uendret(svar)
        utfoer_alle(self._kjerne, les_steg(list(svar.steg)), aktoer, naa)
        fortalt.lager.skriv(svar)
        self._bort(fortalt.leie)()

    def _feilet(self, plugin: Erklaering, leie: Leie, feil: Exception) -> str:
        funn = funn_av(feil)
        forsoek = leie.rad.forsoek + 1
        igjen = forsoek < min(FORSOEK, funn.forsoek)
        logger.warning(
            "an observer failed",
            extra={
                "plugin": plugin.id,
                "hook": HOOK,
                "produsent": plugin.produsent,
                "kode": funn.kode,
                "feil": funn.melding,
                "proeves_igjen": igjen,
            },
        )
        klar = self._kjerne.klokke.naa() + PAUSER.etter(forsoek) if igjen else None
        hva = {"forsoek": forsoek, "klar_tidspunkt": klar, "kode": funn.kode, "melding": escapet(funn.tekst)}
        try:
            self._skriv(leie, partial(self._sett, leie, **hva))
        except MistetLeie:
            logger.info("the lease of a change was lost to another worker")
        return PAA_NYTT if igjen else TIL_SIDE

    def _skriv(self, leie: Leie, arbeid: Arbeid | partial[None]) -> None:
        self._bok.under(leie, arbeid)

    def _sett(self, leie: Leie, **endring: object) -> None:
        Observasjon.update({"leie_til": None, **endring}).where(Observasjon.logg_id == leie.rad.logg_id).execute()

    @staticmethod
    def _bort(leie: Leie) -> Arbeid:
        return Observasjon.delete().where(Observasjon.logg_id == leie.rad.logg_id).execute  # type: ignore[no-any-return]


def _endring(rad: Logg) -> Endring:
    """What a plugin is told, on a connection that is held."""
    slag, feilkode = SLAG.get(rad.hva), None
    if slag is None:
        innhold = rad.innhold or {}
        sendt = innhold.get("status") == Varselstatus.SENDT
        slag = Endringsslag.VARSEL_SENDT if sendt else Endringsslag.VARSEL_FEILET
        feilkode = None if sendt else innhold.get("kode")
    notifikasjon = Notifikasjon.get_or_none(Notifikasjon.id == rad.notifikasjon_id) if rad.notifikasjon_id else None
    sak = Sak.get_or_none(Sak.id == rad.sak_id) if rad.sak_id else None
    return Endring(
        id=f"endring-{rad.id}",
        slag=slag,
        tidspunkt=rad.tidspunkt,
        merkelapp=rad.merkelapp,
        sak_id=rad.sak_id,
        grupperingsid=sak.grupperingsid if sak else notifikasjon.grupperingsid if notifikasjon else None,
        notifikasjon_id=rad.notifikasjon_id,
        ekstern_id=notifikasjon.ekstern_id if notifikasjon else None,
        varsel_id=rad.varsel_id,
        feilkode=feilkode,
    )


def _forfalt(naa: dt.datetime) -> Sequence[Etterslep]:
    klar = Observasjon.klar_tidspunkt
    produsenter = [produsent for (produsent,) in Observatoer.select(Observatoer.produsent).tuples()]
    forfalt = mengde(0, None, naa)
    for produsent in produsenter:
        rader = Observasjon.select(klar).where(Observasjon.produsent == produsent, OBSERVASJON_VENTER, klar <= naa)
        forfalt += mengde(*antall_og_foerste(rader.order_by(klar).limit(TELL_TIL), klar), naa)
    satt = Observasjon.select(Observasjon.logg_id).where(OBSERVASJON_TIL_SIDE).order_by(Observasjon.logg_id)
    return [
        Etterslep(
            hva=RUNDE,
            mening="endringer som produsentenes plugins skal få vite om",
            venter=forfalt,
            forfalt=forfalt,
            til_side=mengde(satt.limit(TELL_TIL).count(), None, naa),
            mulig_sekunder=forfalt.eldste_sekunder,
        )
    ]


def _gjoer(plass: Arbeidsplass, hvem: Hvem, fortsett: Fortsett) -> int:
    del hvem  # each change has a correlation id of its own
    return Observatoerrunde(plass, fortsett).gaa()


OBSERVATOERER = Runde(
    navn=RUNDE,
    mening="Produsentenes plugins får vite hva som skjedde med det de har laget.",
    forfalt=_forfalt,
    gjoer=_gjoer,
)
