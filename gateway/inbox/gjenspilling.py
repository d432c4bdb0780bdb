"""Stored events, mapped anew where nothing is stored: what another version, or another try, would make of them."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain.feil import Avslag, HendelseFinnesIkke, Konflikt
from gateway.domain.hendelse import Hendelsestilstand, krev_kan_forkastes, krev_kan_proeves_paa_nytt
from gateway.domain.hendelsesdata import UgyldigJson
from gateway.domain.produsent import Aktoer
from gateway.inbox.driftsinngrep import Inngrep
from gateway.inbox.forhandsvisning import Spoerrer, Vist, forhandsvis, oversett, spoerrer_hos
from gateway.inbox.format import Uidentifisert
from gateway.inbox.funn import PLUGIN_ER_OEDELAGT, PLUGIN_MANGLER, Funn
from gateway.inbox.inntak import UIDENTIFISERT
from gateway.inbox.kilder import Leser
from gateway.inbox.proevested import Proevested
from gateway.inbox.stykke import oppdrag
from gateway.kjerne import Kjerne
from gateway.store.dialekt import blant
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.oppdrag import Oppdrag

# So many are tried at a time: each with all that it says.
HOEYST = 50

ER_TOEMT = Funn(kode="ErToemt", melding="What the event said has been emptied, so nothing can be made of it.")


class Forskjell(StrEnum):
    """How what would be made of an event now stands to what was made of it."""

    LIK = "LIK"
    ENDRET = "ENDRET"
    FEILER_NAA = "FEILER_NAA"  # it went well before
    LYKKES_NAA = "LYKKES_NAA"  # it did not before
    FEILER_FORTSATT = "FEILER_FORTSATT"
    NY = "NY"  # nothing had been made of it yet
    TOEMT = "TOEMT"  # nothing can be made of it any more


@dataclass(frozen=True, kw_only=True)
class Sammenlignet:
    """One event, before and now. `diff`: what differs in its kommandoer, line by line, with what they say."""

    hendelse: Hendelse
    vist: Vist | None
    forskjell: Forskjell
    diff: Sequence[str] = ()

    @property
    def funn(self) -> Funn | None:
        """What would be wrong with it now."""
        return self.vist.funn if self.vist else ER_TOEMT


@dataclass(frozen=True, kw_only=True)
class Utsikt:
    """What would come of deciding so about one event: `avslag` says why it would not be done.

    `sammenlignet`, where it would be tried again.
    """

    id: UUID
    hendelse: Hendelse | None
    avslag: Avslag | None = None
    sammenlignet: Sammenlignet | None = None


def proev(kjerne: Kjerne, proevested: Proevested, inngrep: Inngrep, ider: Sequence[UUID], les: Leser) -> list[Utsikt]:
    """What would come of the decision about each of the events, at most HOEYST; nothing is done.

    One that is BEHANDLET is mapped too, to be compared, although it is not tried again. Raises Utilgjengelig, Stoppet.
    """
    with kjerne.database.tilkobling():
        rader = {rad.id: rad for rad in Hendelse.select().where(blant(Hendelse.id, ider[:HOEYST]))}
    if inngrep is Inngrep.FORKAST:
        return [_kan_forkastes(id_, rader.get(id_)) for id_ in ider[:HOEYST]]
    alle = [rader[id_] for id_ in ider[:HOEYST] if id_ in rader]
    sammenlignet = {ett.hendelse.id: ett for ett in proev_paa_nytt(kjerne, proevested, alle, les)}
    return [_kan_proeves_paa_nytt(id_, rader.get(id_), sammenlignet.get(id_)) for id_ in ider[:HOEYST]]


def _kan_forkastes(id_: UUID, rad: Hendelse | None) -> Utsikt:
    if rad is None:
        return Utsikt(id=id_, hendelse=None, avslag=HendelseFinnesIkke("No such hendelse; check the id."))
    try:
        krev_kan_forkastes(Hendelsestilstand(rad.tilstand))
    except Konflikt as konflikt:
        return Utsikt(id=id_, hendelse=rad, avslag=konflikt)
    return Utsikt(id=id_, hendelse=rad)


def _kan_proeves_paa_nytt(id_: UUID, rad: Hendelse | None, sammenlignet: Sammenlignet | None) -> Utsikt:
    if rad is None:
        return Utsikt(id=id_, hendelse=None, avslag=HendelseFinnesIkke("No such hendelse; check the id."))
    try:
        krev_kan_proeves_paa_nytt(Hendelsestilstand(rad.tilstand), har_innhold=bool(rad.raa))
    except Konflikt as konflikt:
        return Utsikt(id=id_, hendelse=rad, avslag=konflikt, sammenlignet=sammenlignet)
    return Utsikt(id=id_, hendelse=rad, sammenlignet=sammenlignet)


def proev_paa_nytt(
    kjerne: Kjerne, proevested: Proevested, hendelser: Sequence[Hendelse], les: Leser
) -> list[Sammenlignet]:
    """What would become of the events, of any producers, if they were tried again now; each producer's in order.

    Their kommandoer are carried out and rolled back. Raises Utilgjengelig, Stoppet.
    """
    per_produsent: dict[str, list[Hendelse]] = defaultdict(list)
    for ett in hendelser:
        per_produsent[ett.produsent].append(ett)
    svar = {
        ett.hendelse.id: ett
        for produsent, dens in per_produsent.items()
        for ett in _hos_en_produsent(kjerne, proevested, produsent, dens, les)
    }
    return [svar[ett.id] for ett in hendelser]


def sammenlign(
    spoerrer: Spoerrer, plugin: Erklaering, hendelser: Sequence[Hendelse], naa: dt.datetime
) -> list[Sammenlignet]:
    """What `plugin` makes of events of its producer, beside what was made of them; nothing is carried out.

    Raises Utilgjengelig, Stoppet.
    """
    med_innhold = [ett for ett in hendelser if ett.raa and ett.type in plugin.typer]
    viste = dict(
        zip(
            (ett.id for ett in med_innhold),
            oversett(spoerrer, plugin.produsent, [_oppdrag(ett, naa) for ett in med_innhold]),
            strict=True,
        )
    )
    return [_sammenlignet(ett, viste.get(ett.id) or _uten(ett, PLUGIN_MANGLER, naa)) for ett in hendelser]


def _hos_en_produsent(
    kjerne: Kjerne, proevested: Proevested, produsent: str, hendelser: Sequence[Hendelse], les: Leser
) -> list[Sammenlignet]:
    naa = kjerne.klokke.naa()
    plugin = kjerne.plugins.lastet.get(produsent)
    if plugin is None or produsent not in kjerne.produsenter.oppfoeringer:
        funn = PLUGIN_ER_OEDELAGT if produsent in kjerne.plugins.oedelagte else PLUGIN_MANGLER
        return [_sammenlignet(ett, _uten(ett, funn, naa)) for ett in hendelser]
    viste: dict[Any, Vist] = {}
    kan_proeves: list[Hendelse] = []
    for ett in hendelser:
        if funn_ := _hvorfor_ikke(ett, plugin, les):
            viste[ett.id] = _uten(ett, funn_, naa)
        else:
            kan_proeves.append(ett)
    aktoer = Aktoer(
        produsent=kjerne.produsenter.hent(produsent),
        applikasjon=plugin.id,
        korrelasjonsid="proev",
        plugin=plugin.id,
    )
    with spoerrer_hos(kjerne, proevested, plugin) as spoerrer:
        svar = forhandsvis(kjerne, spoerrer, aktoer, [_oppdrag(ett, naa) for ett in kan_proeves])
    viste |= dict(zip((ett.id for ett in kan_proeves), svar, strict=True))
    return [_sammenlignet(ett, viste[ett.id]) for ett in hendelser]


def _hvorfor_ikke(hendelse: Hendelse, plugin: Erklaering, les: Leser) -> Funn | None:
    """Why the event cannot be mapped; one that could not be identified is read again first, in memory alone."""
    if not hendelse.raa:
        return ER_TOEMT
    if hendelse.feilkode == UIDENTIFISERT:
        try:
            lesning = les(hendelse)
        except UgyldigJson as feil:
            return Funn(kode=UIDENTIFISERT, melding=str(feil))
        lest = lesning.hendelse if lesning else None
        if lest is None or isinstance(lest, Uidentifisert):
            return Funn(kode=UIDENTIFISERT, melding=lest.grunn if lest else "Its source is gone.")
        hendelse.ekstern_id, hendelse.type = lest.id, lest.type
    return None if hendelse.type in plugin.typer else PLUGIN_MANGLER


def _oppdrag(hendelse: Hendelse, naa: dt.datetime) -> Oppdrag:
    """With what its look-ups gave then, if they were made."""
    return replace(oppdrag(hendelse, naa, hendelse.oppslag), id=hendelse.ekstern_id)


def _uten(hendelse: Hendelse, funn: Funn, naa: dt.datetime) -> Vist:
    return Vist(oppdrag=_oppdrag(hendelse, naa), funn=funn)


def _sammenlignet(hendelse: Hendelse, vist: Vist) -> Sammenlignet:
    if not hendelse.raa:
        return Sammenlignet(hendelse=hendelse, vist=None, forskjell=Forskjell.TOEMT)
    return Sammenlignet(hendelse=hendelse, vist=vist, forskjell=_forskjell(hendelse, vist), diff=_diff(hendelse, vist))


def _forskjell(hendelse: Hendelse, vist: Vist) -> Forskjell:
    gikk_bra = hendelse.tilstand == Hendelsestilstand.BEHANDLET
    proevd = gikk_bra or hendelse.tilstand == Hendelsestilstand.KARANTENE or hendelse.kommandoer is not None
    if vist.funn is not None:
        return Forskjell.FEILER_NAA if gikk_bra or not proevd else Forskjell.FEILER_FORTSATT
    if not proevd:
        return Forskjell.NY
    if not gikk_bra:
        return Forskjell.LYKKES_NAA
    return Forskjell.LIK if _linjer(hendelse.kommandoer) == _linjer(vist.steg) else Forskjell.ENDRET


def _diff(hendelse: Hendelse, vist: Vist) -> list[str]:
    foer, etter = _linjer(hendelse.kommandoer), _linjer(vist.steg)
    if foer == etter or (vist.steg is None and hendelse.kommandoer is None):
        return []
    return list(difflib.unified_diff(foer, etter, "foer", "naa", lineterm="", n=1))


def _linjer(steg: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """The kommandoer, a line for each thing that they say."""
    return [
        linje
        for ett in steg or ()
        for linje in json.dumps(ett, ensure_ascii=False, indent=1, sort_keys=True).splitlines()
    ]
