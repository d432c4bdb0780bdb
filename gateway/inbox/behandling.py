"""Handling events: a round claims keys that have something ready, and takes each key's events in order."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from peewee import Tuple, ValuesList

from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import Sletting
from gateway.domain.pause import Pauser
from gateway.domain.produsent import Aktoer
from gateway.handling.utfoer import Steg, Stegutfall, utfoer_alle
from gateway.inbox.inntak import Hendelsestilstand
from gateway.inbox.oversetter import Oppdrag, Oversettelsesfeil, Oversetter, Tidsgrense, les_steg
from gateway.kjerne import Kjerne
from gateway.klokke import Klokke
from gateway.store.database import Utilgjengelig
from gateway.store.dialekt import claim, laas
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Hendelsesobjekt

logger = logging.getLogger(__name__)

NOEKLER_OM_GANGEN = 50
# A worker that dies gives its keys back when the lease runs out: well within the promised 30 seconds. Each event
# renews it, and no event may take longer than this.
LEIE = dt.timedelta(seconds=15)
PAUSER = Pauser(foerste=dt.timedelta(seconds=1), lengste=dt.timedelta(minutes=10))
FORSOEK_VED_TIDSGRENSE = 3
FORSOEK_VED_UKJENT_FEIL = 8
VENTER_PAA_PLUGIN = dt.timedelta(seconds=30)
UFERDIG = (Hendelsestilstand.MOTTATT, Hendelsestilstand.PAA_VENT)


class MistetLeie(Exception):
    """Another worker has the key now; what this one was about to do has been rolled back."""


@dataclass
class Noekkelleie:
    """A key that this round has claimed. The moment at which the lease runs out is also its token."""

    produsent: str
    noekkel: str
    leie_til: dt.datetime

    @property
    def rad(self) -> Any:
        """The key's row, while the lease is ours."""
        return (
            (Hendelsesnoekkel.produsent == self.produsent)
            & (Hendelsesnoekkel.noekkel == self.noekkel)
            & (Hendelsesnoekkel.leie_til == self.leie_til)
        )


class Innboksrunde:
    """`sann_tid` is the clock of the leases, which no development clock moves."""

    def __init__(self, kjerne: Kjerne, oversetter: Oversetter, sann_tid: Klokke) -> None:
        self._kjerne = kjerne
        self._oversetter = oversetter
        self._sann_tid = sann_tid

    def kjoer(self, *, til: dt.datetime) -> int:
        """Handle what is ready until nothing is, or real time has reached `til`; return how many events."""
        antall = 0
        while leier := self._leie_noekler():
            for leie in leier:
                if self._sann_tid.naa() >= til:
                    self._slipp(leie)
                else:
                    antall += self._ta_noekkel(leie, til)
            if self._sann_tid.naa() >= til:
                break
        return antall

    def _leie_noekler(self) -> list[Noekkelleie]:
        naa, sann = self._kjerne.klokke.naa(), self._sann_tid.naa()
        leie_til = sann + LEIE

        def arbeid() -> list[Noekkelleie]:
            ledige = (
                Hendelsesnoekkel.select(Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel)
                .where(
                    Hendelsesnoekkel.klar_tidspunkt <= naa,
                    Hendelsesnoekkel.leie_til.is_null() | (Hendelsesnoekkel.leie_til < sann),
                )
                .order_by(Hendelsesnoekkel.klar_tidspunkt)
                .limit(NOEKLER_OM_GANGEN)
            )
            leier = [
                Noekkelleie(produsent=rad.produsent, noekkel=rad.noekkel, leie_til=leie_til)
                for rad in claim(self._kjerne.database, ledige)
            ]
            if leier:
                Hendelsesnoekkel.update(leie_til=leie_til).where(
                    Tuple(Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel).in_(
                        ValuesList([(leie.produsent, leie.noekkel) for leie in leier])
                    )
                ).execute()
            return leier

        return self._kjerne.database.i_transaksjon(arbeid)

    def _ta_noekkel(self, leie: Noekkelleie, til: dt.datetime) -> int:
        """Take the key's events in order, until one must wait, none is left, or the time is up."""
        antall = 0
        try:
            while self._sann_tid.naa() < til:
                hendelse = self._neste(leie)
                if hendelse is None:
                    if self._er_tom(leie):
                        return antall
                    continue
                antall += 1
                if not self._behandle(hendelse, leie):
                    return antall
            self._slipp(leie)
        except MistetLeie:
            logger.info("the lease of a key was lost to another worker")
        return antall

    def _neste(self, leie: Noekkelleie) -> Hendelse | None:
        with self._kjerne.database.tilkobling():
            neste: Hendelse | None = (
                Hendelse.select()
                .where(
                    Hendelse.produsent == leie.produsent,
                    Hendelse.noekkel == leie.noekkel,
                    Hendelse.tilstand.in_(UFERDIG),
                )
                .order_by(Hendelse.loepenummer)
                .first()
            )
        return neste

    def _er_tom(self, leie: Noekkelleie) -> bool:
        """Let go of a key that has nothing left; False when something came in meanwhile."""

        def arbeid() -> bool:
            # The key's row is locked by whoever stores an event under it, so nothing can come between.
            if not list(laas(self._kjerne.database, Hendelsesnoekkel.select().where(leie.rad))):
                raise MistetLeie
            if self._neste(leie) is not None:
                return False
            Hendelsesnoekkel.update(klar_tidspunkt=None, leie_til=None).where(leie.rad).execute()
            return True

        return self._kjerne.database.i_transaksjon(arbeid)

    def _slipp(self, leie: Noekkelleie, klar: dt.datetime | None = None) -> None:
        """Give the key back; with `klar`, nobody takes it before then."""
        endring: dict[str, Any] = {"leie_til": None, **({"klar_tidspunkt": klar} if klar else {})}
        self._kjerne.database.i_transaksjon(lambda: Hendelsesnoekkel.update(endring).where(leie.rad).execute())

    # --- one event -------------------------------------------------------------------------------------------------

    def _behandle(self, hendelse: Hendelse, leie: Noekkelleie) -> bool:
        """Handle the event; whether the key's next one may follow now. Raises MistetLeie."""
        structlog.contextvars.bind_contextvars(korrelasjonsid=hendelse.korrelasjonsid, hendelse=str(hendelse.id))
        try:
            plugin = self._plugin(hendelse)
            if plugin is None:
                return self._vent(hendelse, leie, "PluginErOedelagt", "The plugin is broken; see /drift.", fast=True)
            steg = hendelse.kommandoer
            if steg is None:
                steg = self._oversetter.oversett(_oppdrag(hendelse))
            return self._utfoer(hendelse, leie, plugin, steg)
        except Avslag as avslag:
            return self._karantene(hendelse, leie, avslag.kode, avslag.detalj, felter=avslag.felter)
        except Oversettelsesfeil as feil:
            return self._karantene(hendelse, leie, "Oversettelsesfeil", str(feil), spor=feil.spor)
        except Tidsgrense as feil:
            if hendelse.forsoek + 1 >= FORSOEK_VED_TIDSGRENSE:
                return self._karantene(hendelse, leie, "Tidsgrense", str(feil))
            return self._vent(hendelse, leie, "Tidsgrense", str(feil))
        except (Utilgjengelig, MistetLeie):
            raise
        except Exception as feil:
            logger.exception("event could not be handled")
            if hendelse.forsoek + 1 >= FORSOEK_VED_UKJENT_FEIL:
                return self._karantene(hendelse, leie, "UkjentFeil", type(feil).__name__)
            return self._vent(hendelse, leie, "UkjentFeil", type(feil).__name__)
        finally:
            structlog.contextvars.unbind_contextvars("korrelasjonsid", "hendelse")

    def _plugin(self, hendelse: Hendelse) -> str | None:
        """The plugin that maps the event, with its version; None while it is broken. Raises UkjentHendelsestype."""
        lastet = self._kjerne.plugins.for_hendelse(hendelse.produsent, hendelse.type)
        return lastet.id if lastet else None

    def _utfoer(self, hendelse: Hendelse, leie: Noekkelleie, plugin: str, steg: list[dict[str, Any]]) -> bool:
        aktoer = Aktoer(
            produsent=self._kjerne.produsenter.hent(hendelse.produsent),
            applikasjon=hendelse.applikasjon,
            korrelasjonsid=hendelse.korrelasjonsid,
            plugin=plugin,
        )
        naa = self._kjerne.klokke.naa()
        leste = les_steg(steg)

        def arbeid() -> None:
            utfall = utfoer_alle(self._kjerne, leste, aktoer, naa)
            _oppdater(
                hendelse,
                tilstand=Hendelsestilstand.BEHANDLET,
                behandlet_tidspunkt=naa,
                plugin=plugin,
                kommandoer=steg,
                utfall=[_utfall(ett) for ett in utfall],
                forsoek=hendelse.forsoek + 1,
                neste_forsoek=None,
                feilkode=None,
                feilmelding=None,
            )
            _knytt(hendelse, leste, utfall)

        self._under_leie(leie, arbeid)
        return True

    def _karantene(
        self,
        hendelse: Hendelse,
        leie: Noekkelleie,
        kode: str,
        melding: str,
        *,
        felter: Mapping[str, Any] | None = None,
        spor: str = "",
    ) -> bool:
        """Keep the event for a person; the key goes on."""
        logger.warning("event goes to quarantine", extra={"kode": kode, "type": hendelse.type, "feil": melding})

        def arbeid() -> None:
            _oppdater(
                hendelse,
                tilstand=Hendelsestilstand.KARANTENE,
                forsoek=hendelse.forsoek + 1,
                neste_forsoek=None,
                feilkode=kode,
                feilmelding="\n".join(
                    filter(None, (melding, msgspec.json.encode(felter).decode() if felter else "", spor))
                ),
            )

        self._under_leie(leie, arbeid)
        return True

    def _vent(self, hendelse: Hendelse, leie: Noekkelleie, kode: str, melding: str, *, fast: bool = False) -> bool:
        """Try the event again later; those behind it in the key wait for it."""
        logger.info("event is tried again later", extra={"kode": kode, "type": hendelse.type})
        igjen = self._kjerne.klokke.naa() + (VENTER_PAA_PLUGIN if fast else PAUSER.etter(hendelse.forsoek + 1))

        def arbeid() -> None:
            Hendelse.update(tilstand=Hendelsestilstand.PAA_VENT).where(
                Hendelse.produsent == hendelse.produsent,
                Hendelse.noekkel == hendelse.noekkel,
                Hendelse.tilstand == Hendelsestilstand.MOTTATT,
            ).execute()
            _oppdater(
                hendelse,
                tilstand=Hendelsestilstand.PAA_VENT,
                forsoek=hendelse.forsoek + (0 if fast else 1),
                neste_forsoek=igjen,
                feilkode=kode,
                feilmelding=melding,
            )

        self._under_leie(leie, arbeid)
        self._slipp(leie, igjen)
        return False

    def _under_leie(self, leie: Noekkelleie, arbeid: Callable[[], object]) -> None:
        """Do `arbeid` in a transaction that renews the lease, and so holds the key's row. Raises MistetLeie."""
        ny = self._sann_tid.naa() + LEIE

        def fornyet() -> None:
            if not Hendelsesnoekkel.update(leie_til=ny).where(leie.rad).execute():
                raise MistetLeie
            arbeid()

        self._kjerne.database.i_transaksjon(fornyet)
        leie.leie_til = ny


def _oppdater(hendelse: Hendelse, **felter: Any) -> None:
    Hendelse.update(**felter).where(Hendelse.id == hendelse.id).execute()


def _knytt(hendelse: Hendelse, steg: Sequence[Steg], utfall: Sequence[Stegutfall]) -> None:
    """Note which objects the event said something of; what it said goes when they do, which may be now."""
    objekter = {ett.utfall.id for ett in utfall if ett.utfall}
    if objekter:
        Hendelsesobjekt.insert_many(
            [{"objekt_id": objekt_id, "hendelse": hendelse.id} for objekt_id in objekter]
        ).execute()
    if any(isinstance(ett.kommando, Sletting) for ett in steg):
        _oppdater(hendelse, raa=b"", kommandoer=None)


def _oppdrag(hendelse: Hendelse) -> Oppdrag:
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
    merknader = {"merknader": list(utfall.utfall.merknader)} if utfall.utfall.merknader else {}
    return {"id": str(utfall.utfall.id), "ny": utfall.utfall.ny, **merknader}
