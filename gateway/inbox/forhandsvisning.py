"""What would become of events: the kommandoer that their plugin makes, and what each would answer; nothing is stored.

The mapping runs in a plugin's process, under the same limits as always. The kommandoer are carried out in a transaction
that is rolled back, each event after those before it, so that what they build on one another is seen.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NoReturn
from uuid import UUID

import peewee

from gateway.domain.feil import Avslag, UkjentHendelsestype, Valideringsfeil
from gateway.domain.hendelse import Feilklasse, Hendelsestilstand
from gateway.domain.produsent import Aktoer
from gateway.domain.tekst import alt_escapet
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import Stegavslag, utfoer_alle
from gateway.inbox.format import LestHendelse
from gateway.inbox.funn import PLUGIN_ER_OEDELAGT, Funn, funn_av
from gateway.inbox.lager import Lager
from gateway.inbox.proevested import Oppslagssvarer, Proevested
from gateway.inbox.steg import les_steg
from gateway.kjerne import Kjerne
from gateway.plugin.hendelser import Oppslag
from gateway.store.dialekt import par_blant
from gateway.store.tabeller import Hendelse
from gateway.store.utilgjengelig import Utilgjengelig
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.oppdrag import Oppdrag
from gateway.vertskap.oversettelse import Lagerleser, Oversettelse
from gateway.vertskap.oversetter import Oversetter

# Rows are held while the kommandoer are carried out, so that is not done for longer than this.
HOEYST_SEKUNDER = 3.0
GAAR_VIDERE_SELV = frozenset({Feilklasse.MIDLERTIDIG, Feilklasse.KONFIGURASJON})
FLEST = 50

OPPSLAG_IKKE_SPURT = Funn(
    kode="OppslagIkkeSpurt",
    melding="The plugin needs what it looks up, and nobody was asked; ask for the look-ups too (oppslag=true).",
)
IKKE_RUKKET = Funn(kode="IkkeRukket", melding="There was no time left to carry it out; send fewer events at a time.")
ULAGRELIG = Funn(kode="Valideringsfeil", melding="A kommando holds a text with NUL characters or lone surrogates.")


@dataclass(frozen=True, kw_only=True)
class Kommandosvar:
    """A kommando as it would be kept, and what it would answer: an outcome, or a refusal; neither: not reached.

    `tillatt_avslag` is the kode of a refusal that the event allows, and that is passed over.
    """

    steg: Mapping[str, Any]
    utfall: Utfall | None = None
    avslag: Avslag | None = None
    tillatt_avslag: str | None = None


@dataclass(kw_only=True)
class Vist:
    """What would become of one event, found out step by step. `funn`: what would be wrong with it.

    `oppslag` are its look-ups, which were asked if `spurt`. Without an `oversettelse` it was not mapped.
    """

    oppdrag: Oppdrag
    oppslag: Sequence[Oppslag] = ()
    spurt: bool = False
    oversettelse: Oversettelse | None = None
    kommandoer: Sequence[Kommandosvar] = ()
    funn: Funn | None = None

    @property
    def tilstand(self) -> Hendelsestilstand | None:
        """What it would be; None where that was not found out."""
        if self.funn in (OPPSLAG_IKKE_SPURT, IKKE_RUKKET):
            return None
        if self.vent_til is not None or (self.funn is not None and self.funn.klasse in GAAR_VIDERE_SELV):
            return Hendelsestilstand.PAA_VENT
        return Hendelsestilstand.KARANTENE if self.funn else Hendelsestilstand.BEHANDLET

    @property
    def vent_til(self) -> dt.datetime | None:
        venting = self.oversettelse.venter_paa if self.oversettelse else None
        return venting.til if venting else None

    @property
    def steg(self) -> Sequence[Mapping[str, Any]] | None:
        """The kommandoer as they would be kept; None where it was not mapped."""
        return self.oversettelse.steg if self.oversettelse else None


@dataclass(frozen=True, kw_only=True)
class Spoerrer:
    """Who is asked: the plugin's process, the state, and with `oppslag` the services outside.

    `har_oppslag`: the plugin looks anything up.
    """

    oversetter: Oversetter
    lager: Lagerleser
    har_oppslag: bool
    oppslag: Oppslagssvarer | None = None


@dataclass(frozen=True, kw_only=True)
class Svar:
    """What would come of an event that was sent. `finnes`: it has been stored already, under this id."""

    vist: Vist
    plugin: str | None
    finnes: UUID | None = None


def forhandsvis_sendte(
    kjerne: Kjerne,
    proevested: Proevested,
    aktoer: Aktoer,
    sendte: Sequence[LestHendelse | Avslag],
    *,
    spoer_tjenester: bool = False,
) -> list[Svar | Avslag]:
    """What would become of events that have been read; what is no event stays what it was.

    Raises Valideringsfeil for more than FLEST, Utilgjengelig, Stoppet.
    """
    if len(sendte) > FLEST:
        raise Valideringsfeil(f"At most {FLEST} events can be previewed at a time; this is {len(sendte)}.")
    svar: list[Svar | Avslag] = [
        ett if isinstance(ett, Avslag) else _uten_plugin(kjerne, ett, aktoer) for ett in sendte
    ]
    plugin = kjerne.plugins.lastet.get(aktoer.produsent.id)
    kan_proeves = [nummer for nummer, ett in enumerate(svar) if isinstance(ett, Svar) and ett.vist.funn is None]
    if plugin is None or not kan_proeves:
        return svar
    oppdrag = [ett.vist.oppdrag for nummer in kan_proeves if isinstance(ett := svar[nummer], Svar)]
    with spoerrer_hos(kjerne, proevested, plugin, spoer_tjenester=spoer_tjenester) as spoerrer:
        viste = forhandsvis(kjerne, spoerrer, aktoer, oppdrag)
    finnes = _finnes(kjerne, aktoer.produsent.id, oppdrag)
    for nummer, vist in zip(kan_proeves, viste, strict=True):
        navn = (vist.oppdrag.kilde, vist.oppdrag.id)
        svar[nummer] = Svar(vist=vist, plugin=plugin.id, finnes=finnes.get(navn))
    return svar


def _uten_plugin(kjerne: Kjerne, lest: LestHendelse, aktoer: Aktoer) -> Svar | Avslag:
    """The event before its plugin is asked; what is wrong with it already, if anything is."""
    oppdrag = Oppdrag(
        produsent=aktoer.produsent.id,
        kilde=lest.kilde,
        id=lest.id,
        type=lest.type,
        mottatt=kjerne.klokke.naa(),
        format=lest.format,
        raa=lest.raa,
        tid=lest.tid,
    )
    try:
        plugin = kjerne.plugins.for_hendelse(aktoer.produsent.id, lest.type)
    except UkjentHendelsestype as ukjent:
        return ukjent
    return Svar(
        vist=Vist(oppdrag=oppdrag, funn=None if plugin else PLUGIN_ER_OEDELAGT), plugin=plugin.id if plugin else None
    )


def _finnes(kjerne: Kjerne, produsent: str, oppdrag: Sequence[Oppdrag]) -> Mapping[tuple[str, str], UUID]:
    """Those of the events that have been stored, by source and id."""
    navn = [(ett.kilde, ett.id) for ett in oppdrag]
    felter = (Hendelse.id, Hendelse.kilde, Hendelse.ekstern_id)
    with kjerne.database.tilkobling():
        rader = Hendelse.select(*felter).where(
            Hendelse.produsent == produsent, par_blant((Hendelse.kilde, Hendelse.ekstern_id), navn)
        )
        return {(rad.kilde, rad.ekstern_id): rad.id for rad in rader}


@contextmanager
def spoerrer_hos(
    kjerne: Kjerne, proevested: Proevested, plugin: Erklaering, *, spoer_tjenester: bool = False
) -> Iterator[Spoerrer]:
    """What asks the plugin, as long as it lasts. Raises Utilgjengelig."""
    sted = next(ett for ett in kjerne.plugins.steder if ett.produsent == plugin.produsent)
    with proevested.hos(sted, kjerne.plugins) as oversetter:
        yield Spoerrer(
            oversetter=oversetter,
            lager=Lager(kjerne, plugin.produsent),
            har_oppslag=plugin.har_oppslag,
            oppslag=proevested.oppslag if spoer_tjenester else None,
        )


def forhandsvis(kjerne: Kjerne, spoerrer: Spoerrer, aktoer: Aktoer, oppdrag: Sequence[Oppdrag]) -> list[Vist]:
    """What would become of each of the actor's events, in order. Raises Utilgjengelig, Stoppet."""
    alle = oversett(spoerrer, aktoer.produsent.id, oppdrag)
    try:
        kjerne.database.i_transaksjon(lambda: _utfoer_og_angre(kjerne, aktoer, alle))
    except _Angret:
        return alle
    raise AssertionError("unreachable")


def oversett(spoerrer: Spoerrer, produsent: str, oppdrag: Sequence[Oppdrag]) -> list[Vist]:
    """The events, mapped and not carried out. Raises Utilgjengelig, Stoppet."""
    alle = [Vist(oppdrag=ett) for ett in oppdrag]
    if spoerrer.har_oppslag:
        _slaa_opp(spoerrer, produsent, [ett for ett in alle if ett.oppdrag.oppslag is None])
    klare = [ett for ett in alle if ett.funn is None]
    svar = spoerrer.oversetter.oversett_alle(produsent, [ett.oppdrag for ett in klare], spoerrer.lager)
    for ett, sagt in zip(klare, svar, strict=True):
        if isinstance(sagt, Exception):
            ett.funn = funn_av(sagt)
        elif alt_escapet(list(sagt.steg)) != list(sagt.steg):
            ett.funn = ULAGRELIG
        else:
            ett.oversettelse = sagt
    return alle


def _slaa_opp(spoerrer: Spoerrer, produsent: str, alle: Sequence[Vist]) -> None:
    svar = spoerrer.oversetter.oppslag(produsent, [ett.oppdrag for ett in alle])
    for ett, sagt in zip(alle, svar, strict=True):
        if isinstance(sagt, Exception):
            ett.funn = funn_av(sagt)
            continue
        ett.oppslag = sagt
        if spoerrer.oppslag is not None:
            try:
                svarene = spoerrer.oppslag.svar(produsent, sagt)
            except Exception as feil:  # noqa: BLE001 - told of the event, as a round would
                ett.funn = funn_av(feil)
                continue
            ett.spurt = True
        elif all(ett_.valgfritt for ett_ in sagt):
            svarene = dict.fromkeys((ett_.navn for ett_ in sagt), None)
        else:
            ett.funn = OPPSLAG_IKKE_SPURT
            continue
        ett.oppdrag = replace(ett.oppdrag, oppslag=svarene)


class _Angret(Exception):
    """Rolls back what was tried."""


def _utfoer_og_angre(kjerne: Kjerne, aktoer: Aktoer, alle: Sequence[Vist]) -> NoReturn:
    """Raises _Angret once all have been tried, each after what those before it did; Utilgjengelig."""
    frist = time.monotonic() + HOEYST_SEKUNDER
    for ett in alle:
        if ett.oversettelse is None:
            continue
        ett.kommandoer, ett.funn = [], None
        if time.monotonic() > frist:
            ett.funn = IKKE_RUKKET
            continue
        try:
            ett.kommandoer, ett.funn = _utfoer(kjerne, aktoer, ett.oversettelse)
        except (Utilgjengelig, peewee.OperationalError, peewee.InterfaceError):
            raise
        except Exception as feil:  # noqa: BLE001 - whatever is wrong with one event is told of it
            ett.funn = funn_av(feil)
    raise _Angret


def _utfoer(kjerne: Kjerne, aktoer: Aktoer, oversettelse: Oversettelse) -> tuple[Sequence[Kommandosvar], Funn | None]:
    """What each kommando answers; of an event in parts, each part is done or not by itself."""
    svar: list[Kommandosvar] = []
    foerste_funn = None
    for _, del_ in groupby(oversettelse.steg, key=lambda steg: steg.get("del")):
        try:
            with kjerne.database.motor.savepoint():
                delsvar, funn = _utfoer_samlet(kjerne, aktoer, list(del_))
                svar += delsvar
                if funn is not None:
                    raise _Angret
        except _Angret:
            foerste_funn = foerste_funn or funn
    return svar, foerste_funn


def _utfoer_samlet(
    kjerne: Kjerne, aktoer: Aktoer, steg: Sequence[Mapping[str, Any]]
) -> tuple[list[Kommandosvar], Funn | None]:
    """The kommandoer of an event, or of one part, until one is refused that may not be; and that refusal."""
    svar = [Kommandosvar(steg=ett) for ett in steg]
    naa = kjerne.klokke.naa()
    for nummer, ett in enumerate(les_steg([dict(ett) for ett in steg])):
        try:
            (utfall,) = utfoer_alle(kjerne, [ett], aktoer, naa)
        except Stegavslag as feil:
            svar[nummer] = replace(svar[nummer], avslag=feil.avslag)
            return svar, funn_av(feil.avslag)
        if utfall.avslag is None:
            svar[nummer] = replace(svar[nummer], utfall=utfall.utfall)
            continue
        svar[nummer] = replace(svar[nummer], tillatt_avslag=utfall.avslag)
        if ett.avslutter:
            break
    return svar, None
