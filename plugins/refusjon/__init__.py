"""Refusjon: two streams become one oppgave. One says who the contact of an avtale is, the other that one is ready.

They come late, twice and in any order. The contact is kept in the plugin's state; a refusjon whose contact is not known
waits for it, and after two hours goes on without: the employer sees the oppgave all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.plugin import (
    AltinnRessurs,
    EksterntVarsel,
    Epost,
    Hendelse,
    Hendelsestype,
    HoppOver,
    Kontekst,
    Lagre,
    Merknad,
    Mottaker,
    NotifikasjonFinnesIkke,
    Notifikasjonsreferanse,
    NyOppgave,
    NySak,
    NySlettetid,
    OppgaveUtfoert,
    Paaminnelse,
    Paaminnelsestidspunkt,
    Saksendring,
    Saksstatus,
    Sendetidspunkt,
    Sendevindu,
    SikreSak,
    Slettestrategi,
    Slettetidspunkt,
    Sms,
    Svar,
    Tillat,
    UgyldigeVarsler,
    VentPaa,
    hookimpl,
)
from plugins.refusjon.typer import HENDELSESTYPER

VERSJON = "1"
API = 1

MERKELAPP = "Refusjon"
RESSURS = "nav_tiltak_refusjon"
MOTTAKERE = (Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=RESSURS)),)
SLETTES_OM = Slettetidspunkt(om="P1Y")
VENTER_HOEYST = "PT2H"
NAAR = Sendetidspunkt(sendevindu=Sendevindu.DAGTID_IKKE_SOENDAG)
SMS = "Nav: En refusjon er klar til innsending. Logg inn på Min side – arbeidsgiver. Vennlig hilsen Nav"
EPOST_TITTEL = "En refusjon er klar til innsending"
EPOST = "<p>En refusjon er klar til innsending.</p><p>Logg inn på Min side – arbeidsgiver hos Nav.</p>"


@hookimpl
def hendelsestyper() -> Sequence[Hendelsestype]:
    return HENDELSESTYPER


@hookimpl
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    return OVERSETTELSER[hendelse.type](hendelse, kontekst)


def _kontakt(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    """The latest version holds, whichever comes last."""
    melding = hendelse.data
    noekkel = _kontakten_til(melding["avtaleId"])
    kjent = kontekst.lager.get(noekkel)
    if kjent is not None and kjent["versjon"] >= melding["versjon"]:
        return [HoppOver("A newer contact is known")]
    verdi = {"versjon": melding["versjon"], "kontakt": melding["kontakt"]}
    return [Lagre(noekkel=noekkel, verdi=verdi, levetid="P1Y")]


def _klar(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    melding = hendelse.data
    noekkel = _kontakten_til(melding["avtaleId"])
    kjent = kontekst.lager.get(noekkel)
    if kjent is None and not kontekst.ventet_forgjeves:
        return [VentPaa(noekkel=noekkel, lengst=VENTER_HOEYST)]
    er_sendt = _sendt(melding["refusjonId"]) in kontekst.lager
    kontakt = kjent["kontakt"] if kjent is not None and not er_sendt else {}
    return [
        SikreSak(
            sak=NySak(
                grupperingsid=melding["avtaleId"],
                merkelapp=MERKELAPP,
                virksomhetsnummer=melding["orgnr"],
                mottakere=MOTTAKERE,
                tittel="Refusjoner av tiltak",
                lenke=kontekst.innstillinger["lenke"] + melding["avtaleId"],
                initiell_status=Saksstatus.UNDER_BEHANDLING,
                hard_delete=SLETTES_OM,
            ),
            ellers=Saksendring(hard_delete=NySlettetid(ny_tid=SLETTES_OM, strategi=Slettestrategi.FORLENG)),
            idempotensnoekkel=hendelse.id,
        ),
        _oppgave(melding, kontakt, kontekst.innstillinger["lenke"], varsle=not er_sendt),
        *([_utfoert(melding["refusjonId"], hendelse.id)] if er_sendt else []),
        *([Merknad("No contact came in time; nobody is told by SMS or e-mail")] if kjent is None else []),
    ]


def _sendt_inn(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    """May come before the refusjon itself, which then is done as it is made."""
    del kontekst
    refusjon = hendelse.data["refusjonId"]
    return [
        Lagre(noekkel=_sendt(refusjon), verdi=True, levetid="P90D"),
        Tillat(kommando=_utfoert(refusjon, hendelse.id), avslag=(NotifikasjonFinnesIkke,)),
    ]


def _oppgave(melding: Mapping[str, Any], kontakt: Mapping[str, Any], lenke: str, *, varsle: bool) -> NyOppgave:
    varsler = tuple(_varsler(kontakt))
    paaminnelse = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(foer_frist="P5D"), eksterne_varsler=varsler)
    return NyOppgave(
        merkelapp=MERKELAPP,
        ekstern_id=melding["refusjonId"],
        grupperingsid=melding["avtaleId"],
        virksomhetsnummer=melding["orgnr"],
        mottakere=MOTTAKERE,
        tekst="Send inn refusjon",
        lenke=f"{lenke}{melding['avtaleId']}/{melding['refusjonId']}",
        frist=dt.date.fromisoformat(melding["frist"]),
        eksterne_varsler=varsler,
        paaminnelse=paaminnelse if varsle and varsler else None,
        ugyldige_varsler=UgyldigeVarsler.DROPP,
    )


def _varsler(kontakt: Mapping[str, Any]) -> Sequence[EksterntVarsel]:
    varsler = []
    if telefon := kontakt.get("telefon"):
        varsler.append(EksterntVarsel(sms=Sms(tlf=telefon, sms_tekst=SMS, sendetidspunkt=NAAR)))
    if adresse := kontakt.get("epost"):
        epost = Epost(epostadresse=adresse, epost_tittel=EPOST_TITTEL, epost_html_body=EPOST, sendetidspunkt=NAAR)
        varsler.append(EksterntVarsel(epost=epost))
    return varsler


def _utfoert(refusjon: str, hendelse_id: str) -> OppgaveUtfoert:
    return OppgaveUtfoert(
        oppgave=Notifikasjonsreferanse(merkelapp=MERKELAPP, ekstern_id=refusjon),
        idempotensnoekkel=f"{hendelse_id}-utfoert",
    )


def _kontakten_til(avtale: str) -> str:
    return f"kontakt-{avtale}"


def _sendt(refusjon: str) -> str:
    return f"sendt-{refusjon}"


OVERSETTELSER: dict[str, Callable[[Hendelse, Kontekst], Sequence[Svar]]] = {
    "AVTALE_KONTAKT": _kontakt,
    "REFUSJON_KLAR": _klar,
    "REFUSJON_SENDT": _sendt_inn,
}
