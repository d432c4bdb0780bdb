"""Inntektsmelding: a request that the employer must answer, over its life.

Messages in the "rapids and rivers" shape: `@event_name` is the type, `@id` the identity. The key is the forespørsel's
id, at top level or in `data`. Some arrive twice, late, or after the sak was deleted: what is missing is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.plugin import (
    AltinnRessurs,
    DuplikatGrupperingsidEtterDelete,
    EndrePaaminnelse,
    Hendelse,
    Hendelsestype,
    HoppOver,
    Kommando,
    Kontekst,
    Mottaker,
    NotifikasjonFinnesIkke,
    Notifikasjonsreferanse,
    NyOppgave,
    NySak,
    NySlettetid,
    NyStatus,
    OppgavenErAlleredeUtfoert,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Paaminnelse,
    Paaminnelsestidspunkt,
    SakFinnesIkke,
    Saksreferanse,
    Saksstatus,
    Sendevindu,
    Slettestrategi,
    Slettetidspunkt,
    Svar,
    Tillat,
    hookimpl,
)
from plugins.inntektsmelding import tekster
from plugins.inntektsmelding.typer import HENDELSESTYPER
from plugins.inntektsmelding.varsling import RESSURS, varsler

VERSJON = "2"
API = 1

MERKELAPP = "Inntektsmelding sykepenger"
MOTTAKERE = (Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=RESSURS)),)
SLETTES_OM = Slettetidspunkt(om="P730D")
SLETTES_OM_NAAR_AVBRUTT = Slettetidspunkt(om="P90D")
PAAMINNELSE_ETTER = "P28D"


@hookimpl
def hendelsestyper() -> Sequence[Hendelsestype]:
    return HENDELSESTYPER


@hookimpl
def oversett(hendelse: Hendelse, kontekst: Kontekst) -> Sequence[Svar]:
    if "@behov" in hendelse.data or "fail" in hendelse.data:
        return [HoppOver("Others' talk on the same stream")]
    return OVERSETTELSER[hendelse.type](hendelse.data, kontekst.innstillinger)


def forespoersel_id(melding: Mapping[str, Any]) -> str | None:
    """At top level or in `data`; None where others' talk has something else there."""
    data = melding.get("data")
    id_ = melding.get("forespoersel_id") or (data.get("forespoersel_id") if isinstance(data, Mapping) else None)
    return id_ if isinstance(id_, str) else None


def _opprett(melding: Mapping[str, Any], innstillinger: Mapping[str, Any]) -> Sequence[Kommando | Tillat]:
    data = melding["data"]
    forespoersel, sykmeldt = data["forespoersel_id"], data["sykmeldt"]
    orgnr = data["forespoersel"]["orgnr"]
    lenke = innstillinger["lenke"] + forespoersel
    sak = NySak(
        grupperingsid=forespoersel,
        merkelapp=MERKELAPP,
        virksomhetsnummer=orgnr,
        mottakere=MOTTAKERE,
        tittel=tekster.sakstittel(sykmeldt["navn"], sykmeldt["fnr"]),
        tilleggsinformasjon=tekster.sykmeldingsperiode(data["forespoersel"]["sykmeldingsperioder"]),
        lenke=lenke,
        initiell_status=Saksstatus.UNDER_BEHANDLING,
        overstyr_statustekst_med=tekster.STATUS_TRENGER,
        hard_delete=SLETTES_OM,
    )
    varsel = tekster.oppgavevarsel(data["virksomhet"])
    paaminnelse = Paaminnelse(
        tidspunkt=Paaminnelsestidspunkt(etter_opprettelse=PAAMINNELSE_ETTER),
        eksterne_varsler=varsler(
            tekster.paaminnelsesvarsel(data["virksomhet"]), Sendevindu.NKS_AAPNINGSTID, innstillinger
        ),
    )
    oppgave = NyOppgave(
        merkelapp=MERKELAPP,
        ekstern_id=forespoersel,
        grupperingsid=forespoersel,
        virksomhetsnummer=orgnr,
        mottakere=MOTTAKERE,
        tekst=tekster.OPPGAVE,
        lenke=lenke,
        eksterne_varsler=varsler(varsel, Sendevindu.LOEPENDE, innstillinger),
        paaminnelse=paaminnelse if data["skal_ha_paaminnelse"] else None,
    )
    return [Tillat(kommando=sak, avslag=(DuplikatGrupperingsidEtterDelete,), avslutter=True), oppgave]


def _fjern_paaminnelse(melding: Mapping[str, Any], innstillinger: Mapping[str, Any]) -> Sequence[Kommando | Tillat]:
    del innstillinger
    return [
        Tillat(
            kommando=EndrePaaminnelse(oppgave=_oppgave(melding), paaminnelse=None, idempotensnoekkel=melding["@id"]),
            avslag=(NotifikasjonFinnesIkke, OppgavenErAlleredeUtfoert),
        )
    ]


def _besvart(melding: Mapping[str, Any], innstillinger: Mapping[str, Any]) -> Sequence[Kommando | Tillat]:
    kvittering = f"{innstillinger['lenke']}kvittering/{forespoersel_id(melding)}"
    return [
        _ferdig(melding, tekster.STATUS_MOTTATT, kvittering, SLETTES_OM, Slettestrategi.FORLENG),
        Tillat(
            kommando=OppgaveUtfoert(oppgave=_oppgave(melding), ny_lenke=kvittering, idempotensnoekkel=melding["@id"]),
            avslag=(NotifikasjonFinnesIkke,),
        ),
    ]


def _forkastet(melding: Mapping[str, Any], innstillinger: Mapping[str, Any]) -> Sequence[Kommando | Tillat]:
    utgaatt = f"{innstillinger['lenke']}utgatt"
    return [
        Tillat(
            kommando=OppgaveUtgaatt(oppgave=_oppgave(melding), ny_lenke=utgaatt, idempotensnoekkel=melding["@id"]),
            avslag=(NotifikasjonFinnesIkke, OppgavenErAlleredeUtfoert),
        ),
        _ferdig(melding, tekster.STATUS_AVBRUTT, utgaatt, SLETTES_OM_NAAR_AVBRUTT, Slettestrategi.OVERSKRIV),
    ]


def _ferdig(
    melding: Mapping[str, Any], tekst: str, lenke: str, slettes: Slettetidspunkt, strategi: Slettestrategi
) -> Tillat:
    return Tillat(
        kommando=NyStatus(
            sak=Saksreferanse(merkelapp=MERKELAPP, grupperingsid=forespoersel_id(melding)),
            status=Saksstatus.FERDIG,
            overstyr_statustekst_med=tekst,
            ny_lenke_til_sak=lenke,
            hard_delete=NySlettetid(ny_tid=slettes, strategi=strategi),
            idempotensnoekkel=melding["@id"],
        ),
        avslag=(SakFinnesIkke,),
    )


def _oppgave(melding: Mapping[str, Any]) -> Notifikasjonsreferanse:
    return Notifikasjonsreferanse(merkelapp=MERKELAPP, ekstern_id=forespoersel_id(melding))


OVERSETTELSER: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[Kommando | Tillat]]] = {
    "SAK_OG_OPPGAVE_OPPRETT_REQUESTED": _opprett,
    "FORESPOERSEL_KASTET_TIL_INFOTRYGD": _fjern_paaminnelse,
    "FORESPOERSEL_BESVART": _besvart,
    "FORESPOERSEL_FORKASTET": _forkastet,
}
