"""Dialogmøte: appointments between NAV, a leader and an employee.

The messages name neither themselves nor the meeting: the key is who meets, and the meeting is the one under way for
that key. So the plugin remembers which appointment that is, in its keyed state, for as long as the sak stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.plugin import (
    Hendelse,
    Hendelsestype,
    Kalenderavtaletilstand,
    Kontekst,
    Lagre,
    NotifikasjonFinnesIkke,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyKalenderavtale,
    NySlettetid,
    NyStatus,
    OppdaterKalenderavtale,
    Oppslag,
    SakFinnesIkke,
    Saksendring,
    Saksinnhold,
    Saksreferanse,
    Saksstatus,
    SikreAapenSak,
    Slettestrategi,
    Slettetidspunkt,
    Svar,
    Tillat,
    UgyldigeVarsler,
    hookimpl,
)
from plugins.dialogmoete import tekster, varsling
from plugins.dialogmoete.typer import HENDELSESTYPER, NOEKKEL

VERSJON = "1"
API = 1

MERKELAPP = "Dialogmøte"
SLETTES_ETTER = dt.timedelta(weeks=4)
TILSTANDER = {
    "KOMMER": Kalenderavtaletilstand.ARBEIDSGIVER_HAR_GODTATT,
    "NYTT_TID_STED": Kalenderavtaletilstand.ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED,
    "KOMMER_IKKE": Kalenderavtaletilstand.ARBEIDSGIVER_VIL_AVLYSE,
}


@hookimpl
def hendelsestyper() -> Sequence[Hendelsestype]:
    return HENDELSESTYPER


@hookimpl
def oppslag(hendelse: Hendelse) -> Sequence[Oppslag]:
    """The leader's address and the employee's name, where there is something to tell the leader."""
    melding = hendelse.data
    if hendelse.type == "NL_DIALOGMOTE_SVAR":
        return []
    fnr = {"Nav-Personident": melding["arbeidstakerFnr"]}
    leder = {"Narmeste-Leder-Fnr": melding["narmesteLederFnr"], "Orgnummer": melding["orgnummer"]}
    return [
        Oppslag(navn="leder", tjeneste="narmesteleder", hoder={**fnr, **leder}, valgfritt=True),
        Oppslag(navn="person", tjeneste="personer", hoder=fnr, valgfritt=True),
    ]


@hookimpl
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    moete = Moete(hendelse, kontekst)
    if hendelse.type != "NL_DIALOGMOTE_INNKALT" and moete.avtale is None:
        return [moete.beskjed(tekster.UKJENT_MOETE[hendelse.type])]
    return OVERSETTELSER[hendelse.type](moete)


class Moete:
    """The meeting under way for those whom the event is about, and who they are."""

    def __init__(self, hendelse: Hendelse, kontekst: Kontekst) -> None:
        self.hendelse, self.kontekst, self.melding = hendelse, kontekst, hendelse.data
        self.hvem = "-".join(self.melding[felt] for felt in NOEKKEL)
        self.lagernoekkel = f"moete-{kontekst.hashet(self.hvem)}"
        self.avtale: str | None = kontekst.lager.get(self.lagernoekkel)
        self.sak = Saksreferanse(merkelapp=MERKELAPP, saksnoekkel=self.hvem)

    @property
    def tidspunkt(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.melding["data"]["motetidspunkt"]["tidspunkt"])

    @property
    def slettes(self) -> Slettetidspunkt:
        return Slettetidspunkt(den=self.tidspunkt + SLETTES_ETTER)

    @property
    def fra_registeret(self) -> Mapping[str, Any]:
        return self.kontekst.oppslag

    def innhold(self) -> Saksinnhold:
        return Saksinnhold(
            merkelapp=MERKELAPP,
            virksomhetsnummer=self.melding["orgnummer"],
            mottakere=varsling.mottakere(self.melding),
            tittel=tekster.sakstittel(self.fra_registeret.get("person")),
            lenke=self.kontekst.innstillinger["lenke"],
            initiell_status=Saksstatus.MOTTATT,
            hard_delete=self.slettes,
        )

    def ny_avtale(self) -> NyKalenderavtale:
        return NyKalenderavtale(
            merkelapp=MERKELAPP,
            ekstern_id=self.ny_ekstern_id,
            saksnoekkel=self.hvem,
            virksomhetsnummer=self.melding["orgnummer"],
            mottakere=varsling.mottakere(self.melding),
            tekst=tekster.AVTALE,
            lenke=self.kontekst.innstillinger["lenke"],
            start_tidspunkt=self.tidspunkt,
            eksterne_varsler=varsling.varsel(self.fra_registeret, tekster.VARSLER[self.hendelse.type]),
            ugyldige_varsler=UgyldigeVarsler.DROPP,
            hard_delete=self.slettes,
        )

    @property
    def ny_ekstern_id(self) -> str:
        return f"moete-{self.hendelse.id}"

    def husk(self, avtale: str | None) -> Lagre:
        return Lagre(noekkel=self.lagernoekkel, verdi=avtale, levetid="P1Y", hoerer_til=self.sak if avtale else None)

    def oppdater(self, tilstand: Kalenderavtaletilstand, *, varsle: bool = False) -> Tillat:
        return Tillat(
            kommando=OppdaterKalenderavtale(
                kalenderavtale=Notifikasjonsreferanse(merkelapp=MERKELAPP, ekstern_id=self.avtale),
                ny_tilstand=tilstand,
                eksterne_varsler=(
                    varsling.varsel(self.fra_registeret, tekster.VARSLER[self.hendelse.type]) if varsle else ()
                ),
                ugyldige_varsler=UgyldigeVarsler.DROPP,
                idempotensnoekkel=f"{self.hendelse.id}-avtale",
            ),
            avslag=(NotifikasjonFinnesIkke,),
        )

    def status(self, status: Saksstatus, slettes: NySlettetid | None = None) -> Tillat:
        return Tillat(
            kommando=NyStatus(
                sak=self.sak, status=status, hard_delete=slettes, idempotensnoekkel=f"{self.hendelse.id}-status"
            ),
            avslag=(SakFinnesIkke,),
        )

    def beskjed(self, tekst: str, *, paa_saken: bool = False) -> NyBeskjed:
        return NyBeskjed(
            merkelapp=MERKELAPP,
            ekstern_id=f"beskjed-{self.hendelse.id}",
            saksnoekkel=self.hvem if paa_saken else None,
            virksomhetsnummer=self.melding["orgnummer"],
            mottakere=varsling.mottakere(self.melding),
            tekst=tekst,
            lenke=self.kontekst.innstillinger["lenke"],
            eksterne_varsler=varsling.varsel(self.fra_registeret, tekster.VARSLER.get(self.hendelse.type)),
            ugyldige_varsler=UgyldigeVarsler.DROPP,
            hard_delete=Slettetidspunkt(om="P28D"),
        )


def _innkalt(moete: Moete) -> Sequence[Svar]:
    """A second invitation, while a meeting is under way, takes its place."""
    ny_tid = NySlettetid(ny_tid=moete.slettes, strategi=Slettestrategi.OVERSKRIV)
    gjelder_ikke_mer = [] if moete.avtale is None else [moete.oppdater(Kalenderavtaletilstand.AVLYST)]
    return [
        SikreAapenSak(
            saksnoekkel=moete.hvem,
            sak=moete.innhold(),
            ellers=Saksendring(status=Saksstatus.MOTTATT, hard_delete=ny_tid),
            idempotensnoekkel=moete.hendelse.id,
        ),
        *gjelder_ikke_mer,
        moete.ny_avtale(),
        moete.husk(moete.ny_ekstern_id),
    ]


def _svar(moete: Moete) -> Sequence[Svar]:
    return [moete.oppdater(TILSTANDER[moete.melding["data"]["dialogmoteSvar"]["svar"]])]


def _avlyst(moete: Moete) -> Sequence[Svar]:
    return [
        moete.oppdater(Kalenderavtaletilstand.AVLYST, varsle=True),
        moete.status(Saksstatus.FERDIG),
        moete.husk(None),
    ]


def _referat(moete: Moete) -> Sequence[Svar]:
    return [
        moete.oppdater(Kalenderavtaletilstand.AVHOLDT),
        Tillat(kommando=moete.beskjed(tekster.REFERAT, paa_saken=True), avslag=(SakFinnesIkke,)),
        moete.status(Saksstatus.FERDIG),
        moete.husk(None),
    ]


OVERSETTELSER: dict[str, Callable[[Moete], Sequence[Svar]]] = {
    "NL_DIALOGMOTE_INNKALT": _innkalt,
    "NL_DIALOGMOTE_SVAR": _svar,
    "NL_DIALOGMOTE_NYTT_TID_STED": _innkalt,
    "NL_DIALOGMOTE_AVLYST": _avlyst,
    "NL_DIALOGMOTE_REFERAT": _referat,
}
