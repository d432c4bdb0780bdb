"""What a plugin returns and what REST receives are the same kommandoer: the same rules, and the same answers.

Each row of the table is one rule of the contract: what was there before, a kommando, and the call that says the same.
Both are carried out from the same start, each on both databases, and then all is compared: accepted or refused, kode,
felter, what the answer holds, and every row of every table, with ids by their place.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask.testing import FlaskClient

from gateway.domain.aapningstider import Sendevindu
from gateway.domain.feil import Avslag
from gateway.domain.innhold import fra_json, til_json
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    KansellerVarsel,
    Kommando,
    Notifikasjonsreferanse,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Saksstatus
from gateway.domain.varsel import Altinnressurs, EksterntVarsel, Epost, Sendetidspunkt, Sms
from gateway.handling.frister import utloep_frister
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import Steg, utfoer, utfoer_alle
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.inbox.oversetter import Oversetter
from gateway.kjerne import Kjerne
from gateway.plugins import Pluginsted, last_plugins
from gateway.store.database import Database, aapne
from gateway.store.tabeller import TABELLER, Hendelse, Hendelsesnoekkel, Hendelsesobjekt, Logg, Sak, Varsel
from gateway.tokens import DevUtsteder
from tests.api.conftest import FAGER, lag_app
from tests.domain.klokkeslett import veggur
from tests.handling.gjoer import SWEEP, den_ene, en_avtale, rader
from tests.verden import (
    ANSATT,
    GLAD_TORSK,
    LEDER,
    RESSURS,
    START,
    FastKlokke,
    aktoer,
    en_beskjed,
    en_oppgave,
    en_sak,
    lag_kjerne,
    lest,
)

PERMITTERING = "dev-gcp:permittering:permittering-api"
TJUEFIRE = dt.date(2026, 12, 24)
UKJENT_ID = UUID("0198c5a0-0000-7000-8000-000000000001")
FNR = "15088500188"

# --- the kommandoer, in short -------------------------------------------------------------------------------------

SAKEN = Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")
OPPGAVEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="oppgave-1")
BESKJEDEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="beskjed-1")
AVTALEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="avtale-1")
LEDEREN = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
SMS = EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="Hei"))
EPOST = EksterntVarsel(epost=Epost(epostadresse="a@b.no", epost_tittel="T", epost_html_body="<p>h</p>"))
ALTINN = EksterntVarsel(
    altinnressurs=Altinnressurs(ressurs_id="r", epost_tittel="T", epost_html_body="<p>h</p>", sms_tekst="s")
)


def utfoert(**felter: Any) -> OppgaveUtfoert:
    return OppgaveUtfoert(oppgave=OPPGAVEN, **felter)


def utgaatt(**felter: Any) -> OppgaveUtgaatt:
    return OppgaveUtgaatt(oppgave=OPPGAVEN, **felter)


def status(ny: Saksstatus = Saksstatus.FERDIG, **felter: Any) -> NyStatus:
    return NyStatus(sak=SAKEN, status=ny, **felter)


def paaminnelse(*varsler: EksterntVarsel, **tidspunkt: Any) -> Paaminnelse:
    tid = tidspunkt or {"etter_opprettelse": "P5D"}
    return Paaminnelse(tidspunkt=Paaminnelsestidspunkt(**tid), eksterne_varsler=varsler)


def sms(**felter: Any) -> EksterntVarsel:
    assert SMS.sms
    return EksterntVarsel(sms=replace(SMS.sms, **felter))


def epost(**felter: Any) -> EksterntVarsel:
    assert EPOST.epost
    return EksterntVarsel(epost=replace(EPOST.epost, **felter))


def slettetid(strategi: Slettestrategi, **tid: Any) -> NySlettetid:
    return NySlettetid(ny_tid=Slettetidspunkt(**tid), strategi=strategi)


# --- the calls, in short ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Kall:
    """A call as its caller writes it; `noekkel` is the Idempotency-Key."""

    metode: str
    sti: str
    kropp: Any = None
    noekkel: str | None = None


R_MOTTAKER = {"altinnRessurs": {"ressursId": RESSURS}}
R_LEDER = {"naermesteLeder": {"naermesteLederFnr": LEDER, "ansattFnr": ANSATT}}
R_SAK = {
    "grupperingsid": "sak-1",
    "merkelapp": "Fager",
    "virksomhetsnummer": GLAD_TORSK,
    "mottakere": [R_MOTTAKER],
    "tittel": "Søknad om støtte",
    "initiellStatus": "MOTTATT",
}
R_BESKJED = {
    "merkelapp": "Fager",
    "eksternId": "beskjed-1",
    "virksomhetsnummer": GLAD_TORSK,
    "mottakere": [R_MOTTAKER],
    "tekst": "Du har fått svar",
    "lenke": "https://arbeidsgiver.nav.no/1",
}
R_OPPGAVE = {
    **R_BESKJED,
    "eksternId": "oppgave-1",
    "tekst": "Svar på spørsmålet",
    "lenke": "https://arbeidsgiver.nav.no/2",
}
R_AVTALE = {
    **R_BESKJED,
    "eksternId": "avtale-1",
    "grupperingsid": "sak-1",
    "tekst": "Møte om oppfølging",
    "lenke": "https://arbeidsgiver.nav.no/3",
    "startTidspunkt": "2026-11-30T09:00:00Z",
}
LOEPENDE = {"sendevindu": "LOEPENDE"}
I_SAKEN = "?merkelapp=Fager&grupperingsid=sak-1"


def post_sak(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/saker", kropp={**R_SAK, **felter})


def post_beskjed(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/beskjeder", kropp={**R_BESKJED, **felter})


def post_oppgave(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/oppgaver", kropp={**R_OPPGAVE, **felter})


def post_avtale(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/kalenderavtaler", kropp={**R_AVTALE, **felter})


def post_status(ny: str = "FERDIG", noekkel: str | None = None, **felter: Any) -> Kall:
    return Kall(
        metode="POST",
        sti=f"/saker/med-grupperingsid/statuser{I_SAKEN}",
        kropp={"status": ny, **felter},
        noekkel=noekkel,
    )


def put_sak(understi: str, noekkel: str | None = None, **felter: Any) -> Kall:
    return Kall(metode="PUT", sti=f"/saker/med-grupperingsid/{understi}{I_SAKEN}", kropp=felter, noekkel=noekkel)


def paa_oppgaven(
    metode: str, understi: str, noekkel: str | None = None, ekstern_id: str = "oppgave-1", **felter: Any
) -> Kall:
    sti = f"/oppgaver/med-ekstern-id/{understi}?merkelapp=Fager&eksternId={ekstern_id}"
    return Kall(metode=metode, sti=sti, kropp=felter, noekkel=noekkel)


def patch_avtale(noekkel: str | None = None, **felter: Any) -> Kall:
    sti = "/kalenderavtaler/med-ekstern-id?merkelapp=Fager&eksternId=avtale-1"
    return Kall(metode="PATCH", sti=sti, kropp=felter, noekkel=noekkel)


def slett(hva: str, ekstern_id: str, noekkel: str | None = None) -> Kall:
    return Kall(metode="DELETE", sti=f"/{hva}/med-ekstern-id?merkelapp=Fager&eksternId={ekstern_id}", noekkel=noekkel)


def slett_sak(noekkel: str | None = None) -> Kall:
    return Kall(metode="DELETE", sti=f"/saker/med-grupperingsid{I_SAKEN}", noekkel=noekkel)


def r_sms(tlf: str = "99999999", tekst: str = "Hei", tid: Any = LOEPENDE) -> dict[str, Any]:
    return {"sms": {"mottaker": {"kontaktinfo": {"tlf": tlf}}, "smsTekst": tekst, "sendetidspunkt": tid}}


def r_epost(adresse: str = "a@b.no", tittel: str = "T", html: str = "<p>h</p>", tid: Any = LOEPENDE) -> dict[str, Any]:
    mottaker = {"kontaktinfo": {"epostadresse": adresse}}
    return {"epost": {"mottaker": mottaker, "epostTittel": tittel, "epostHtmlBody": html, "sendetidspunkt": tid}}


R_ALTINN = {
    "altinnressurs": {
        "mottaker": {"ressursId": "r"},
        "epostTittel": "T",
        "epostHtmlBody": "<p>h</p>",
        "smsTekst": "s",
        "sendetidspunkt": LOEPENDE,
    }
}


def r_paaminnelse(*varsler: dict[str, Any], **tidspunkt: Any) -> dict[str, Any]:
    """The varsler of a paaminnelse say their window and nothing else of their time."""
    return {
        "tidspunkt": tidspunkt or {"etterOpprettelse": "P5D"},
        "eksterneVarsler": [
            {type_: {**{k: v for k, v in innhold.items() if k != "sendetidspunkt"}, **innhold["sendetidspunkt"]}}
            for ett in varsler
            for type_, innhold in ett.items()
        ],
    }


# --- the table ----------------------------------------------------------------------------------------------------

Foerst = Callable[[Kjerne, FastKlokke], object]


@dataclass(frozen=True, kw_only=True)
class Rad:
    """One rule. `kode` is the refusal that the contract names, None when it is accepted."""

    hva: str
    kommando: Kommando | Callable[[Kjerne], Kommando]
    kall: Kall | Callable[[Kjerne], Kall]
    kode: str | None = None
    foer: tuple[Kommando | Foerst, ...] = ()
    som: str = FAGER


def _etter(**tid: float) -> Foerst:
    return lambda kjerne, klokke: klokke.gaa(**tid)


def _sveip(kjerne: Kjerne, klokke: FastKlokke) -> None:
    klokke.gaa(days=60)
    assert utloep_frister(kjerne, SWEEP)


def _eneste_varsel(kjerne: Kjerne) -> UUID:
    id_: UUID = den_ene(kjerne, Varsel).id
    return id_


def _avlys_varselet(kjerne: Kjerne) -> Kommando:
    return KansellerVarsel(varsel_id=_eneste_varsel(kjerne))


def _delete_varselet(kjerne: Kjerne) -> Kall:
    return Kall(metode="DELETE", sti=f"/varsler/{_eneste_varsel(kjerne)}")


V = "Valideringsfeil"
SAK, OPPGAVE, BESKJED, AVTALE = en_sak(), en_oppgave(), en_beskjed(), en_avtale()
TI_SIFRE, ELLEVE_SIFRE = "Kari 1508850018", f"Kari {FNR}"
ANNEN_RESSURS = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="nav_annet"))
R_ANNEN_RESSURS = {"altinnRessurs": {"ressursId": "nav_annet"}}


def _v(hva: str, kommando: Any, kall: Any, kode: str | None = V, **annet: Any) -> Rad:
    return Rad(hva=hva, kommando=kommando, kall=kall, kode=kode, **annet)


TABELL = [
    # Validation: each row of the table, at its edge and one step beyond
    _v("tekst of 300", en_beskjed(tekst="x" * 300), post_beskjed(tekst="x" * 300), None),
    _v("tekst of 301", en_beskjed(tekst="x" * 301), post_beskjed(tekst="x" * 301)),
    _v("tekst of none", en_oppgave(tekst=""), post_oppgave(tekst="")),
    _v("tekst, 10 digits", en_oppgave(tekst=TI_SIFRE), post_oppgave(tekst=TI_SIFRE), None),
    _v("tekst, 11 digits", en_oppgave(tekst=ELLEVE_SIFRE), post_oppgave(tekst=ELLEVE_SIFRE)),
    _v("tekst of a kalenderavtale", en_avtale(tekst=ELLEVE_SIFRE), post_avtale(tekst=ELLEVE_SIFRE), foer=(SAK,)),
    _v(
        "nyTekst",
        OppdaterKalenderavtale(kalenderavtale=AVTALEN, ny_tekst=ELLEVE_SIFRE),
        patch_avtale(nyTekst=ELLEVE_SIFRE),
        foer=(SAK, AVTALE),
    ),
    _v("tittel of 140", en_sak(tittel="x" * 140), post_sak(tittel="x" * 140), None),
    _v("tittel of 141", en_sak(tittel="x" * 141), post_sak(tittel="x" * 141)),
    _v("tittel, blank", en_sak(tittel=" "), post_sak(tittel=" ")),
    _v("tittel, 11 digits", en_sak(tittel=ELLEVE_SIFRE), post_sak(tittel=ELLEVE_SIFRE)),
    _v("tilleggsinformasjon of 141", en_sak(tilleggsinformasjon="x" * 141), post_sak(tilleggsinformasjon="x" * 141)),
    _v("tilleggsinformasjon, 11 digits", en_sak(tilleggsinformasjon=FNR), post_sak(tilleggsinformasjon=FNR)),
    _v(
        "tilleggsinformasjon, changed",
        EndreTilleggsinformasjon(sak=SAKEN, tilleggsinformasjon="x" * 141),
        put_sak("tilleggsinformasjon", tilleggsinformasjon="x" * 141),
        foer=(SAK,),
    ),
    _v("nesteSteg, 11 digits", en_sak(neste_steg=ELLEVE_SIFRE), post_sak(nesteSteg=ELLEVE_SIFRE)),
    _v(
        "nesteSteg, changed",
        EndreNesteSteg(sak=SAKEN, neste_steg=FNR),
        put_sak("neste-steg", nesteSteg=FNR),
        foer=(SAK,),
    ),
    _v("lenke, relative", en_beskjed(lenke="/sak/1"), post_beskjed(lenke="/sak/1")),
    _v("lenke, script", en_oppgave(lenke="javascript:x"), post_oppgave(lenke="javascript:x")),
    _v("lenke of a sak", en_sak(lenke="nav.no"), post_sak(lenke="nav.no")),
    _v("lenke of a sak, with", en_sak(lenke="https://nav.no"), post_sak(lenke="https://nav.no"), None),
    _v(
        "nyLenke",
        utfoert(ny_lenke="ftp://nav.no"),
        paa_oppgaven("POST", "utfoert", nyLenke="ftp://nav.no"),
        foer=(OPPGAVE,),
    ),
    _v(
        "virksomhetsnummer, check digit", en_sak(virksomhetsnummer="312914175"), post_sak(virksomhetsnummer="312914175")
    ),
    _v(
        "virksomhetsnummer, 8 digits",
        en_beskjed(virksomhetsnummer="31291417"),
        post_beskjed(virksomhetsnummer="31291417"),
    ),
    _v(
        "naermesteLederFnr",
        en_sak(
            mottakere=(Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr="15488510043", ansatt_fnr=ANSATT)),)
        ),
        post_sak(mottakere=[{"naermesteLeder": {"naermesteLederFnr": "15488510043", "ansattFnr": ANSATT}}]),
    ),
    _v(
        "ansattFnr",
        en_oppgave(mottakere=(Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr="1")),)),
        post_oppgave(mottakere=[{"naermesteLeder": {"naermesteLederFnr": LEDER, "ansattFnr": "1"}}]),
    ),
    _v("naermesteLeder, synthetic", en_sak(mottakere=(LEDEREN,)), post_sak(mottakere=[R_LEDER]), None),
    _v(
        "tlf, +47",
        en_beskjed(eksterne_varsler=(sms(tlf="+4799999999"),)),
        post_beskjed(eksterneVarsler=[r_sms(tlf="+4799999999")]),
        None,
    ),
    *(
        _v(f"tlf, {tlf}", en_beskjed(eksterne_varsler=(sms(tlf=tlf),)), post_beskjed(eksterneVarsler=[r_sms(tlf=tlf)]))
        for tlf in ("42000000", "45360000", "49000000", "22222222")
    ),
    _v(
        "epostadresse, æøå",
        en_beskjed(eksterne_varsler=(epost(epostadresse="å@blåbær.no"),)),
        post_beskjed(eksterneVarsler=[r_epost(adresse="å@blåbær.no")]),
        None,
    ),
    _v(
        "epostadresse, no domain",
        en_beskjed(eksterne_varsler=(epost(epostadresse="a@b"),)),
        post_beskjed(eksterneVarsler=[r_epost(adresse="a@b")]),
    ),
    _v(
        "epostadresse, quote",
        en_beskjed(eksterne_varsler=(epost(epostadresse="a'b@c.no"),)),
        post_beskjed(eksterneVarsler=[r_epost(adresse="a'b@c.no")]),
    ),
    _v("mottakere, none", en_sak(mottakere=()), post_sak(mottakere=[])),
    _v(
        "mottakere, both in one",
        en_sak(mottakere=(replace(LEDEREN, altinn_ressurs=AltinnRessurs(ressurs_id=RESSURS)),)),
        post_sak(mottakere=[{**R_LEDER, **R_MOTTAKER}]),
    ),
    _v("mottakere, an empty one", en_beskjed(mottakere=(Mottaker(),)), post_beskjed(mottakere=[{}])),
    _v("a varsel of no kind", en_beskjed(eksterne_varsler=(EksterntVarsel(),)), post_beskjed(eksterneVarsler=[{}])),
    _v(
        "a varsel of two kinds",
        en_beskjed(eksterne_varsler=(SMS, replace(SMS, epost=EPOST.epost))),
        post_beskjed(eksterneVarsler=[r_sms(), {**r_sms(), **r_epost()}]),
    ),
    _v(
        "sendetidspunkt of no kind",
        en_beskjed(eksterne_varsler=(sms(sendetidspunkt=Sendetidspunkt()),)),
        post_beskjed(eksterneVarsler=[r_sms(tid={})]),
    ),
    _v(
        "sendetidspunkt of both kinds",
        en_beskjed(
            eksterne_varsler=(
                epost(
                    sendetidspunkt=Sendetidspunkt(tidspunkt=veggur("2026-12-01T08:00"), sendevindu=Sendevindu.LOEPENDE)
                ),
            )
        ),
        post_beskjed(eksterneVarsler=[r_epost(tid={"tidspunkt": "2026-12-01T08:00", **LOEPENDE})]),
    ),
    _v(
        "a paaminnelse's time, none",
        en_oppgave(paaminnelse=Paaminnelse(tidspunkt=Paaminnelsestidspunkt())),
        post_oppgave(paaminnelse={"tidspunkt": {}}),
    ),
    _v(
        "a paaminnelse's time, two",
        en_oppgave(frist=TJUEFIRE, paaminnelse=paaminnelse(foer_frist="P1D", etter_opprettelse="P1D")),
        post_oppgave(frist="2026-12-24", paaminnelse=r_paaminnelse(foerFrist="P1D", etterOpprettelse="P1D")),
    ),
    _v(
        "epostHtmlBody, sanitised",
        en_beskjed(eksterne_varsler=(epost(epost_html_body="<p onclick=x>h</p><script>x</script><img src=http://x>"),)),
        post_beskjed(eksterneVarsler=[r_epost(html="<p onclick=x>h</p><script>x</script><img src=http://x>")]),
        None,
    ),
    _v(
        "epostTittel, blank",
        en_beskjed(eksterne_varsler=(epost(epost_tittel=" "),)),
        post_beskjed(eksterneVarsler=[r_epost(tittel=" ")]),
    ),
    _v(
        "smsTekst, blank",
        en_beskjed(eksterne_varsler=(sms(sms_tekst=""),)),
        post_beskjed(eksterneVarsler=[r_sms(tekst="")]),
    ),
    _v("a duration that is none", en_sak(hard_delete=Slettetidspunkt(om="5D")), post_sak(hardDelete={"om": "5D"})),
    _v(
        "a duration out of the calendar",
        en_sak(hard_delete=Slettetidspunkt(om="P9999Y")),
        post_sak(hardDelete={"om": "P9999Y"}),
    ),
    _v(
        "a time without an offset is Oslo",
        en_sak(tidspunkt=veggur("2026-07-01T12:00")),
        post_sak(tidspunkt="2026-07-01T12:00"),
        None,
    ),
    _v(
        "a time with an offset",
        en_sak(tidspunkt=dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)),
        post_sak(tidspunkt="2026-07-01T12:00+02:00"),
        None,
    ),
    _v(
        "hardDelete of both kinds",
        en_beskjed(hard_delete=Slettetidspunkt(den=veggur("2027-01-01T00:00"), om="P1D")),
        post_beskjed(hardDelete={"den": "2027-01-01T00:00", "om": "P1D"}),
    ),
    _v("a NUL", en_beskjed(tekst="a\0b"), post_beskjed(tekst="a\0b")),
    _v("merkelapp, blank", en_beskjed(merkelapp=" "), post_beskjed(merkelapp=" ")),
    _v("eksternId of 501", en_oppgave(ekstern_id="x" * 501), post_oppgave(eksternId="x" * 501)),
    # Access
    _v(
        "another's merkelapp, sak",
        en_sak(merkelapp="Permittering"),
        post_sak(merkelapp="Permittering"),
        "UgyldigMerkelapp",
    ),
    _v(
        "another's merkelapp, oppgave",
        en_oppgave(merkelapp="Permittering"),
        post_oppgave(merkelapp="Permittering"),
        "UgyldigMerkelapp",
    ),
    _v(
        "another's object by key",
        utfoert(),
        paa_oppgaven("POST", "utfoert"),
        "UgyldigMerkelapp",
        foer=(OPPGAVE,),
        som=PERMITTERING,
    ),
    Rad(
        hva="another's object by id",
        kommando=lambda kjerne: SlettSak(sak=Saksreferanse(id=den_ene(kjerne, Sak).id)),
        kall=lambda kjerne: Kall(metode="DELETE", sti=f"/saker/{den_ene(kjerne, Sak).id}"),
        kode="UgyldigMerkelapp",
        foer=(SAK,),
        som=PERMITTERING,
    ),
    _v(
        "another's varsel",
        _avlys_varselet,
        _delete_varselet,
        "UgyldigMerkelapp",
        foer=(en_beskjed(eksterne_varsler=(SMS,)),),
        som=PERMITTERING,
    ),
    _v(
        "another's mottaker",
        en_beskjed(mottakere=(ANNEN_RESSURS,)),
        post_beskjed(mottakere=[R_ANNEN_RESSURS]),
        "UgyldigMottaker",
    ),
    _v(
        "naermesteLeder that the register does not allow",
        en_sak(merkelapp="Permittering", mottakere=(LEDEREN,)),
        post_sak(merkelapp="Permittering", mottakere=[R_LEDER]),
        "UgyldigMottaker",
        som=PERMITTERING,
    ),
    _v(
        "a mottaker that is not the sak's",
        en_oppgave(grupperingsid="sak-1", mottakere=(LEDEREN,)),
        post_oppgave(grupperingsid="sak-1", mottakere=[R_LEDER]),
        "UgyldigMottaker",
        foer=(SAK,),
    ),
    _v(
        "a mottaker of the sak's",
        en_oppgave(grupperingsid="sak-1"),
        post_oppgave(grupperingsid="sak-1"),
        None,
        foer=(SAK,),
    ),
    _v("a notifikasjon before its sak", en_beskjed(grupperingsid="sak-1"), post_beskjed(grupperingsid="sak-1"), None),
    # Identity and idempotency
    _v("a sak again", SAK, post_sak(), None, foer=(SAK, _etter(days=1))),
    _v("a sak with other content", en_sak(tittel="Ny"), post_sak(tittel="Ny"), "DuplikatGrupperingsid", foer=(SAK,)),
    _v("a beskjed again", BESKJED, post_beskjed(), None, foer=(BESKJED, _etter(days=1))),
    _v(
        "a beskjed with other content",
        en_beskjed(tekst="Ny"),
        post_beskjed(tekst="Ny"),
        "DuplikatEksternIdOgMerkelapp",
        foer=(BESKJED,),
    ),
    _v(
        "an oppgave with a beskjed's eksternId",
        en_oppgave(ekstern_id="beskjed-1"),
        post_oppgave(eksternId="beskjed-1"),
        "DuplikatEksternIdOgMerkelapp",
        foer=(BESKJED,),
    ),
    _v(
        "an oppgave again, its varsler the same",
        en_oppgave(eksterne_varsler=(SMS, EPOST), paaminnelse=paaminnelse(ALTINN)),
        post_oppgave(eksterneVarsler=[r_sms(), r_epost()], paaminnelse=r_paaminnelse(R_ALTINN)),
        None,
        foer=(
            en_oppgave(eksterne_varsler=(SMS, EPOST), paaminnelse=paaminnelse(ALTINN)),
            EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=paaminnelse(SMS)),
        ),
    ),
    _v("a kalenderavtale again", AVTALE, post_avtale(), None, foer=(SAK, AVTALE)),
    _v(
        "a key again",
        status(idempotensnoekkel="k"),
        post_status(noekkel="k"),
        None,
        foer=(SAK, status(idempotensnoekkel="k"), _etter(hours=1)),
    ),
    _v(
        "a key again, other content",
        status(idempotensnoekkel="k"),
        post_status(noekkel="k"),
        "Konflikt",
        foer=(SAK, status(Saksstatus.MOTTATT, idempotensnoekkel="k")),
    ),
    _v(
        "a key on another object",
        utfoert(idempotensnoekkel="k"),
        paa_oppgaven("POST", "utfoert", "k"),
        None,
        foer=(SAK, OPPGAVE, status(idempotensnoekkel="k")),
    ),
    _v(
        "a key of another update",
        utfoert(idempotensnoekkel="k"),
        paa_oppgaven("POST", "utfoert", "k"),
        "Konflikt",
        foer=(OPPGAVE, utgaatt(idempotensnoekkel="k")),
    ),
    _v(
        "a key that was forgotten",
        status(idempotensnoekkel="k"),
        post_status(noekkel="k"),
        None,
        foer=(SAK, status(Saksstatus.MOTTATT, idempotensnoekkel="k"), _etter(days=31)),
    ),
    _v(
        "a grupperingsid after deletion",
        SAK,
        post_sak(),
        "DuplikatGrupperingsidEtterDelete",
        foer=(SAK, SlettSak(sak=SAKEN)),
    ),
    _v(
        "an eksternId after deletion",
        OPPGAVE,
        post_oppgave(),
        None,
        foer=(OPPGAVE, SlettNotifikasjon(notifikasjon=OPPGAVEN)),
    ),
    # Sak
    *(_v(f"status {ny}", status(ny), post_status(ny.value), None, foer=(SAK, _etter(hours=1))) for ny in Saksstatus),
    _v(
        "a status with a text of its own",
        status(overstyr_statustekst_med="Vedtak"),
        post_status(overstyrStatustekstMed="Vedtak"),
        None,
        foer=(SAK,),
    ),
    _v(
        "a status of the past",
        status(tidspunkt=START - dt.timedelta(days=1)),
        post_status(tidspunkt="2026-11-22T09:00:00Z"),
        None,
        foer=(SAK,),
    ),
    _v(
        "a status with link and deletion time",
        status(ny_lenke_til_sak="https://nav.no/v", hard_delete=slettetid(Slettestrategi.OVERSKRIV, om="P1M")),
        post_status(nyLenkeTilSak="https://nav.no/v", hardDelete={"nyTid": {"om": "P1M"}, "strategi": "OVERSKRIV"}),
        None,
        foer=(en_sak(hard_delete=Slettetidspunkt(om="P1Y")),),
    ),
    _v("a status of no sak", status(), post_status(), "SakFinnesIkke"),
    _v(
        "nesteSteg set",
        EndreNesteSteg(sak=SAKEN, neste_steg="Vedtak"),
        put_sak("neste-steg", nesteSteg="Vedtak"),
        None,
        foer=(SAK,),
    ),
    _v(
        "nesteSteg removed",
        EndreNesteSteg(sak=SAKEN, neste_steg=None),
        put_sak("neste-steg", nesteSteg=None),
        None,
        foer=(en_sak(neste_steg="Vedtak"),),
    ),
    _v(
        "tilleggsinformasjon removed",
        EndreTilleggsinformasjon(sak=SAKEN, tilleggsinformasjon=None),
        put_sak("tilleggsinformasjon", tilleggsinformasjon=None),
        None,
        foer=(en_sak(tilleggsinformasjon="x"),),
    ),
    # Oppgave
    _v("utfoert", utfoert(), paa_oppgaven("POST", "utfoert"), None, foer=(en_oppgave(paaminnelse=paaminnelse(SMS)),)),
    _v("utfoert again", utfoert(), paa_oppgaven("POST", "utfoert"), None, foer=(OPPGAVE, utfoert(), _etter(days=1))),
    _v(
        "utfoert on one that expired",
        utfoert(),
        paa_oppgaven("POST", "utfoert"),
        None,
        foer=(en_oppgave(frist=TJUEFIRE), _sveip),
    ),
    _v(
        "utfoert with all that it may say",
        utfoert(
            utfoert_tidspunkt=START,
            ny_lenke="https://nav.no/k",
            hard_delete=slettetid(Slettestrategi.FORLENG, om="P1D"),
        ),
        paa_oppgaven(
            "POST",
            "utfoert",
            utfoertTidspunkt="2026-11-23T09:00:00Z",
            nyLenke="https://nav.no/k",
            hardDelete={"nyTid": {"om": "P1D"}, "strategi": "FORLENG"},
        ),
        None,
        foer=(en_oppgave(hard_delete=Slettetidspunkt(om="P1M")),),
    ),
    _v("utfoert on none", utfoert(), paa_oppgaven("POST", "utfoert"), "NotifikasjonFinnesIkke"),
    _v(
        "utfoert on a beskjed",
        OppgaveUtfoert(oppgave=BESKJEDEN),
        paa_oppgaven("POST", "utfoert", ekstern_id="beskjed-1"),
        "NotifikasjonFinnesIkke",
        foer=(BESKJED,),
    ),
    _v(
        "utgaatt",
        utgaatt(utgaatt_tidspunkt=START),
        paa_oppgaven("POST", "utgaatt", utgaattTidspunkt="2026-11-23T10:00"),
        None,
        foer=(en_oppgave(paaminnelse=paaminnelse(SMS)),),
    ),
    _v(
        "utgaatt on a done one",
        utgaatt(),
        paa_oppgaven("POST", "utgaatt"),
        "OppgavenErAlleredeUtfoert",
        foer=(OPPGAVE, utfoert()),
    ),
    _v(
        "utsett",
        UtsettFrist(oppgave=OPPGAVEN, ny_frist=TJUEFIRE, paaminnelse=paaminnelse(SMS, foer_frist="P1D")),
        paa_oppgaven("PUT", "frist", nyFrist="2026-12-24", paaminnelse=r_paaminnelse(r_sms(), foerFrist="P1D")),
        None,
        foer=(en_oppgave(frist=dt.date(2026, 12, 1), paaminnelse=paaminnelse(EPOST)),),
    ),
    _v(
        "utsett one that expired",
        UtsettFrist(oppgave=OPPGAVEN, ny_frist=dt.date(2027, 12, 24)),
        paa_oppgaven("PUT", "frist", nyFrist="2027-12-24"),
        None,
        foer=(en_oppgave(frist=TJUEFIRE), _sveip),
    ),
    _v(
        "utsett to an earlier date",
        UtsettFrist(oppgave=OPPGAVEN, ny_frist=dt.date(2026, 12, 23)),
        paa_oppgaven("PUT", "frist", nyFrist="2026-12-23"),
        "Konflikt",
        foer=(en_oppgave(frist=TJUEFIRE),),
    ),
    _v(
        "utsett a done one",
        UtsettFrist(oppgave=OPPGAVEN, ny_frist=TJUEFIRE),
        paa_oppgaven("PUT", "frist", nyFrist="2026-12-24"),
        "Konflikt",
        foer=(OPPGAVE, utfoert()),
    ),
    _v(
        "a new paaminnelse",
        EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=paaminnelse(EPOST)),
        paa_oppgaven("PUT", "paaminnelse", paaminnelse=r_paaminnelse(r_epost())),
        None,
        foer=(en_oppgave(paaminnelse=paaminnelse(SMS)),),
    ),
    _v(
        "no paaminnelse any more",
        EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=None),
        paa_oppgaven("PUT", "paaminnelse", paaminnelse=None),
        None,
        foer=(en_oppgave(paaminnelse=paaminnelse(SMS)),),
    ),
    _v(
        "a paaminnelse of a done one",
        EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=None),
        paa_oppgaven("PUT", "paaminnelse", paaminnelse=None),
        "OppgavenErAlleredeUtfoert",
        foer=(OPPGAVE, utfoert()),
    ),
    # Paaminnelse
    _v(
        "paaminnelse, konkret",
        en_oppgave(paaminnelse=paaminnelse(konkret=veggur("2026-12-01T08:00"))),
        post_oppgave(paaminnelse=r_paaminnelse(konkret="2026-12-01T08:00")),
        None,
    ),
    _v(
        "paaminnelse, foerFrist",
        en_oppgave(frist=TJUEFIRE, paaminnelse=paaminnelse(SMS, foer_frist="P1M")),
        post_oppgave(frist="2026-12-24", paaminnelse=r_paaminnelse(r_sms(), foerFrist="P1M")),
        None,
    ),
    _v(
        "paaminnelse, before creation",
        en_oppgave(paaminnelse=paaminnelse(konkret=veggur("2026-11-01T00:00"))),
        post_oppgave(paaminnelse=r_paaminnelse(konkret="2026-11-01T00:00")),
        "UgyldigPaaminnelseTidspunkt",
    ),
    _v(
        "paaminnelse, after the frist",
        en_oppgave(frist=TJUEFIRE, paaminnelse=paaminnelse(etter_opprettelse="P1Y")),
        post_oppgave(frist="2026-12-24", paaminnelse=r_paaminnelse(etterOpprettelse="P1Y")),
        "UgyldigPaaminnelseTidspunkt",
    ),
    _v(
        "paaminnelse, no frist",
        en_oppgave(paaminnelse=paaminnelse(foer_frist="P1D")),
        post_oppgave(paaminnelse=r_paaminnelse(foerFrist="P1D")),
        "UgyldigPaaminnelseTidspunkt",
    ),
    _v(
        "paaminnelse, no start",
        en_oppgave(paaminnelse=paaminnelse(foer_start_tidspunkt="P1D")),
        post_oppgave(paaminnelse=r_paaminnelse(foerStartTidspunkt="P1D")),
        "UgyldigPaaminnelseTidspunkt",
    ),
    _v(
        "paaminnelse, after the start",
        en_avtale(paaminnelse=paaminnelse(etter_opprettelse="P1Y")),
        post_avtale(paaminnelse=r_paaminnelse(etterOpprettelse="P1Y")),
        "UgyldigPaaminnelseTidspunkt",
        foer=(SAK,),
    ),
    # Kalenderavtale
    _v(
        "a kalenderavtale with all that it may say",
        en_avtale(
            slutt_tidspunkt=START + dt.timedelta(days=7, hours=1),
            lokasjon=Lokasjon(adresse="Storgata 1", postnummer="0155", poststed="Oslo"),
            er_digitalt=True,
            tilstand=Kalenderavtaletilstand.ARBEIDSGIVER_HAR_GODTATT,
            eksterne_varsler=(SMS,),
            paaminnelse=paaminnelse(EPOST, foer_start_tidspunkt="PT3H"),
            hard_delete=Slettetidspunkt(om="P1M"),
        ),
        post_avtale(
            sluttTidspunkt="2026-11-30T10:00:00Z",
            lokasjon={"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"},
            erDigitalt=True,
            tilstand="ARBEIDSGIVER_HAR_GODTATT",
            eksterneVarsler=[r_sms()],
            paaminnelse=r_paaminnelse(r_epost(), foerStartTidspunkt="PT3H"),
            hardDelete={"om": "P1M"},
        ),
        None,
        foer=(SAK,),
    ),
    _v("a kalenderavtale without a sak", AVTALE, post_avtale(), "SakFinnesIkke"),
    _v(
        "an end before the start",
        en_avtale(slutt_tidspunkt=START),
        post_avtale(sluttTidspunkt="2026-11-23T09:00:00Z"),
        "UgyldigKalenderavtale",
        foer=(SAK,),
    ),
    *(
        _v(
            f"tilstand {ny}",
            OppdaterKalenderavtale(kalenderavtale=AVTALEN, ny_tilstand=ny),
            patch_avtale(nyTilstand=ny.value),
            None,
            foer=(SAK, en_avtale(eksterne_varsler=(SMS,), paaminnelse=paaminnelse(EPOST))),
        )
        for ny in Kalenderavtaletilstand
    ),
    _v(
        "an update of nothing", OppdaterKalenderavtale(kalenderavtale=AVTALEN), patch_avtale(), None, foer=(SAK, AVTALE)
    ),
    _v(
        "an update of all",
        OppdaterKalenderavtale(
            kalenderavtale=AVTALEN,
            ny_tekst="Flyttet",
            ny_lenke="https://nav.no/ny",
            ny_lokasjon=Lokasjon(adresse="Storgata 2", postnummer="0155", poststed="Oslo"),
            ny_er_digitalt=True,
            eksterne_varsler=(EPOST,),
            paaminnelse=paaminnelse(SMS, foer_start_tidspunkt="P1D"),
            hard_delete=slettetid(Slettestrategi.OVERSKRIV, den=veggur("2027-01-01T00:00")),
            idempotensnoekkel="k",
        ),
        patch_avtale(
            "k",
            nyTekst="Flyttet",
            nyLenke="https://nav.no/ny",
            nyLokasjon={"adresse": "Storgata 2", "postnummer": "0155", "poststed": "Oslo"},
            nyErDigitalt=True,
            eksterneVarsler=[r_epost()],
            paaminnelse=r_paaminnelse(r_sms(), foerStartTidspunkt="P1D"),
            hardDelete={"nyTid": {"den": "2027-01-01T00:00"}, "strategi": "OVERSKRIV"},
        ),
        None,
        foer=(SAK, en_avtale(eksterne_varsler=(SMS,))),
    ),
    _v("an update of none", OppdaterKalenderavtale(kalenderavtale=AVTALEN), patch_avtale(), "NotifikasjonFinnesIkke"),
    # Deletion
    _v(
        "hardDelete at a time",
        en_sak(hard_delete=Slettetidspunkt(den=veggur("2027-07-01T00:00"))),
        post_sak(hardDelete={"den": "2027-07-01T00:00"}),
        None,
    ),
    _v(
        "hardDelete after a while",
        en_beskjed(opprettet_tidspunkt=START - dt.timedelta(days=9), hard_delete=Slettetidspunkt(om="P5M")),
        post_beskjed(opprettetTidspunkt="2026-11-14T09:00:00Z", hardDelete={"om": "P5M"}),
        None,
    ),
    _v(
        "delete a sak and what is its own",
        SlettSak(sak=SAKEN),
        slett_sak(),
        None,
        foer=(SAK, en_oppgave(grupperingsid="sak-1", eksterne_varsler=(SMS,), paaminnelse=paaminnelse(EPOST)), BESKJED),
    ),
    _v("delete a sak again", SlettSak(sak=SAKEN), slett_sak(), "SakFinnesIkke", foer=(SAK, SlettSak(sak=SAKEN))),
    _v(
        "delete a sak again, by key",
        SlettSak(sak=SAKEN, idempotensnoekkel="k"),
        slett_sak("k"),
        None,
        foer=(SAK, SlettSak(sak=SAKEN, idempotensnoekkel="k")),
    ),
    _v(
        "delete any notifikasjon",
        SlettNotifikasjon(notifikasjon=AVTALEN),
        slett("notifikasjoner", "avtale-1"),
        None,
        foer=(SAK, AVTALE),
    ),
    _v(
        "delete an oppgave",
        SlettNotifikasjon(notifikasjon=OPPGAVEN, av_type=Notifikasjonstype.OPPGAVE),
        slett("oppgaver", "oppgave-1"),
        None,
        foer=(OPPGAVE, utfoert(idempotensnoekkel="k")),
    ),
    _v(
        "delete a beskjed as an oppgave",
        SlettNotifikasjon(notifikasjon=BESKJEDEN, av_type=Notifikasjonstype.OPPGAVE),
        slett("oppgaver", "beskjed-1"),
        "NotifikasjonFinnesIkke",
        foer=(BESKJED,),
    ),
    _v(
        "an update after deletion",
        utfoert(),
        paa_oppgaven("POST", "utfoert"),
        "NotifikasjonFinnesIkke",
        foer=(OPPGAVE, SlettNotifikasjon(notifikasjon=OPPGAVEN)),
    ),
    # Varsler
    _v(
        "varsler of each kind",
        en_beskjed(eksterne_varsler=(SMS, EPOST, ALTINN)),
        post_beskjed(eksterneVarsler=[r_sms(), r_epost(), R_ALTINN]),
        None,
    ),
    *(
        _v(
            f"a varsel in {vindu}",
            en_beskjed(eksterne_varsler=(sms(sendetidspunkt=Sendetidspunkt(sendevindu=vindu)),)),
            post_beskjed(eksterneVarsler=[r_sms(tid={"sendevindu": vindu.value})]),
            None,
            foer=(_etter(days=4, hours=8),),
        )
        for vindu in Sendevindu
    ),
    _v(
        "a varsel at its time",
        en_beskjed(eksterne_varsler=(sms(sendetidspunkt=Sendetidspunkt(tidspunkt=veggur("2026-12-01T08:00"))),)),
        post_beskjed(eksterneVarsler=[r_sms(tid={"tidspunkt": "2026-12-01T08:00"})]),
        None,
    ),
    _v("a varsel cancelled", _avlys_varselet, _delete_varselet, None, foer=(en_beskjed(eksterne_varsler=(SMS,)),)),
    _v(
        "a varsel cancelled again",
        _avlys_varselet,
        _delete_varselet,
        "Konflikt",
        foer=(
            en_beskjed(eksterne_varsler=(SMS,)),
            lambda kjerne, klokke: utfoer(kjerne, _avlys_varselet(kjerne), aktoer(kjerne)),
        ),
    ),
    _v(
        "no such varsel",
        KansellerVarsel(varsel_id=UKJENT_ID),
        Kall(metode="DELETE", sti=f"/varsler/{UKJENT_ID}"),
        "VarselFinnesIkke",
    ),
]

# --- the two ways -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Svar:
    """What came of it, either way; `innhold` is what the answer says beside that, by wire name."""

    kode: str | None
    felter: Any
    innhold: Any


class Verden:
    """A core and a client on one database, made once for the whole table."""

    def __init__(self, database: Database, utsteder: DevUtsteder) -> None:
        self.klokke = FastKlokke()
        self.kjerne = lag_kjerne(database, self.klokke)
        self._klient: FlaskClient = lag_app(self.kjerne, utsteder).test_client()
        self._hoder = {
            app: {"Authorization": f"Bearer {utsteder.produsent_token(app)}", "X-Request-ID": "test"}
            for app in (FAGER, PERMITTERING)
        }

    def forbered(self, rad: Rad) -> None:
        self.klokke.still(START)
        # A few rows, which are sooner deleted than truncated.
        self.kjerne.database.i_transaksjon(lambda: [tabell.delete().execute() for tabell in reversed(TABELLER)])
        for ett in rad.foer:
            if callable(ett):
                ett(self.kjerne, self.klokke)
            else:
                utfoer(self.kjerne, ett, aktoer(self.kjerne))

    def som_plugin(self, rad: Rad) -> Svar:
        """As for an event: inside a transaction, as one of its steps."""
        kommando = rad.kommando(self.kjerne) if callable(rad.kommando) else rad.kommando
        funnet = self.kjerne.produsenter.for_applikasjon(rad.som)
        hvem = replace(aktoer(self.kjerne, funnet.id), applikasjon=rad.som)
        naa = self.klokke.naa()
        try:
            (stegutfall,) = self.kjerne.database.i_transaksjon(
                lambda: utfoer_alle(self.kjerne, [Steg(kommando=kommando)], hvem, naa)
            )
        except Avslag as avslag:
            finnes = str(avslag.id_til_eksisterende) if avslag.id_til_eksisterende else None
            return Svar(avslag.kode, avslag.felter, {"detail": avslag.detalj, "idTilEksisterende": finnes})
        assert stegutfall.utfall
        return Svar(None, None, _paa_traaden(kommando, stegutfall.utfall))

    def over_rest(self, rad: Rad) -> Svar:
        kall = rad.kall(self.kjerne) if callable(rad.kall) else rad.kall
        noekkel = {"Idempotency-Key": kall.noekkel} if kall.noekkel is not None else {}
        svar = self._klient.open(
            f"/api/v1{kall.sti}", method=kall.metode, json=kall.kropp, headers={**self._hoder[rad.som], **noekkel}
        )
        if svar.status_code < 300:
            return Svar(None, None, {"status": svar.status_code, **(svar.get_json() if svar.data else {})})
        problem = svar.get_json()
        felter = problem.get("felter")
        assert felter is None or set(felter) == {"json"}
        finnes = problem.get("idTilEksisterende")
        return Svar(
            problem["kode"],
            felter["json"] if felter else None,
            {"detail": problem["detail"], "idTilEksisterende": finnes},
        )

    def lagret(self, uten: Sequence[Any] = ()) -> str:
        """Every row of every table but those named, the ids named by the order in which they first stand there."""
        tabeller = {
            tabell._meta.table_name: [_rad(rad, uten) for rad in rader(self.kjerne, tabell)]
            for tabell in TABELLER
            if tabell not in uten
        }
        return json.dumps(_nummerert(tabeller), sort_keys=True, indent=1)


def _paa_traaden(kommando: Kommando, utfall: Utfall) -> dict[str, Any]:
    """What the contract says that REST answers for this outcome."""
    if isinstance(kommando, SlettSak | SlettNotifikasjon | KansellerVarsel):
        return {"status": 204}
    opprettet = type(kommando).__name__ in ("NySak", "NyBeskjed", "NyOppgave", "NyKalenderavtale", "NyStatus")
    svar: dict[str, Any] = {"status": 201 if opprettet and utfall.ny else 200, "id": str(utfall.id)}
    if utfall.statuser is not None:
        svar["statuser"] = [
            {**ett, "tidspunkt": ett["tidspunkt"].replace("+00:00", "Z")}
            for ett in msgspec.to_builtins(utfall.statuser)
        ]
    if type(kommando).__name__ in ("NyBeskjed", "NyOppgave", "NyKalenderavtale"):
        svar["eksterneVarsler"] = [{"id": str(id_)} for id_ in utfall.eksterne_varsler or ()]
    if type(kommando).__name__ in ("NyOppgave", "NyKalenderavtale"):
        egne = utfall.paaminnelse_varsler
        svar["paaminnelse"] = None if egne is None else {"eksterneVarsler": [{"id": str(id_)} for id_ in egne]}
    return svar


def _rad(rad: Any, uten: Sequence[Any]) -> dict[str, Any]:
    """The row as text; without what the database numbers by itself, whose order is that of the rows."""
    return {
        felt: verdi if isinstance(verdi, dict | list) else str(verdi)
        for felt, verdi in rad.__data__.items()
        if not (isinstance(verdi, int) and felt in ("id", "transaksjon")) and rad._meta.fields[felt] not in uten
    }


def _nummerert(verdi: Any, ider: dict[str, str] | None = None) -> Any:
    """The same, with each id that the gateway made named by its place."""
    ider = {} if ider is None else ider
    if isinstance(verdi, dict):
        return {navn: _nummerert(ledd, ider) for navn, ledd in verdi.items()}
    if isinstance(verdi, list):
        return [_nummerert(ledd, ider) for ledd in verdi]
    try:
        return ider.setdefault(str(UUID(verdi)), f"id {len(ider)}") if isinstance(verdi, str) else verdi
    except ValueError:
        return verdi


@pytest.fixture(scope="module")
def verden(database_url: str, utsteder: DevUtsteder) -> Iterator[Verden]:
    database = aapne(database_url)
    # What is compared here is not what outlives a loss of power, so nothing waits for the disk.
    if database.er_postgres:
        database.motor.connect_params["options"] += " -c synchronous_commit=off"
    else:
        database.motor.pragma("synchronous", "off", permanent=True)
    yield Verden(database, utsteder)
    database.lukk()


@pytest.mark.parametrize("rad", TABELL, ids=lambda rad: rad.hva)
def test_en_kommando_og_et_kall_er_det_samme(verden: Verden, rad: Rad) -> None:
    verden.forbered(rad)
    foer = verden.lagret() if rad.kode is not None else None
    over_rest = verden.over_rest(rad)
    etter_rest = verden.lagret()
    assert over_rest.kode == rad.kode
    if foer is not None:
        assert etter_rest == foer, "what is refused leaves nothing"
    verden.forbered(rad)
    som_plugin = verden.som_plugin(rad)
    assert som_plugin.kode == rad.kode
    assert (som_plugin.felter is None) == (rad.kode != V)
    assert som_plugin.felter == over_rest.felter
    assert _nummerert(som_plugin.innhold) == _nummerert(over_rest.innhold)
    assert verden.lagret() == etter_rest


# What REST refuses by its shape, before there is a kommando: so does the inbox, which finds that what a plugin
# returned is none. The field is the same; the texts are marshmallow's and msgspec's.
FORMFEIL = [
    ("a text that is a number", {"tekst": 7}, "tekst"),
    ("a text that is null", {"tekst": None}, "tekst"),
    ("a date that is none", {"frist": "2026-02-30"}, "frist"),
    ("a time that is none", {"opprettetTidspunkt": "i morgen"}, "opprettetTidspunkt"),
    ("mottakere that are no list", {"mottakere": "alle"}, "mottakere"),
    ("a mottaker that is no object", {"mottakere": ["alle"]}, "mottakere"),
    ("a paaminnelse without its time", {"paaminnelse": {}}, "paaminnelse"),
    ("hardDelete that is no object", {"hardDelete": "P1D"}, "hardDelete"),
]


@pytest.mark.parametrize(("hva", "felter", "felt"), FORMFEIL, ids=[hva for hva, *_ in FORMFEIL])
def test_det_som_ikke_har_formen_til_en_kommando(verden: Verden, hva: str, felter: dict[str, Any], felt: str) -> None:
    rad = Rad(hva=hva, kommando=OPPGAVE, kall=post_oppgave(**felter), kode=V)
    verden.forbered(rad)
    over_rest = verden.over_rest(rad)
    assert (over_rest.kode, set(over_rest.felter)) == (V, {felt})
    som_json = til_json(OPPGAVE)
    navn = "".join(f"_{tegn.lower()}" if tegn.isupper() else tegn for tegn in felt)
    with pytest.raises(msgspec.ValidationError, match=navn):
        fra_json({**som_json, "innhold": {**som_json["innhold"], navn: felter[felt]}})


# --- whole through the inbox --------------------------------------------------------------------------------------

PLUGIN = """
from gateway.plugin import *
from tests.api.test_kommando_er_rest import TABELL

@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="RAD", beskrivelse="x", skjema={"type": "object"}, eksempel={})]

@hookimpl
def oversett(hendelse, kontekst):
    return [rad.kommando for rad in TABELL if rad.hva == hendelse.data["rad"]]
"""
GJENNOM_INNBOKSEN = [
    *("tekst of 301", "tlf, 45360000", "mottakere, both in one", "another's mottaker", "a sak with other content"),
    *("an oppgave again, its varsler the same", "a key again", "a key again, other content", "a status of the past"),
    *("utfoert with all that it may say", "utsett", "a kalenderavtale with all that it may say", "an update of all"),
    *("a grupperingsid after deletion", "delete a sak and what is its own", "epostHtmlBody, sanitised"),
]


@pytest.fixture(scope="module")
def innboks(verden: Verden, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Innboksrunde]:
    mappe = tmp_path_factory.mktemp("plugin")
    (mappe / "raden.py").write_text(PLUGIN)
    sys.path.insert(0, str(mappe))
    sted = Pluginsted(navn="raden", modul="raden", produsent="fager")
    oversetter = Oversetter([sted], sekunder=20)
    kjerne = replace(verden.kjerne, plugins=last_plugins([sted], strenge=True))
    yield Innboksrunde(kjerne, oversetter, FastKlokke())
    oversetter.lukk()
    sys.path.remove(str(mappe))


@pytest.mark.parametrize("hva", GJENNOM_INNBOKSEN)
def test_en_hendelse_er_det_samme(verden: Verden, innboks: Innboksrunde, hva: str) -> None:
    (rad,) = (ett for ett in TABELL if ett.hva == hva)
    uten = (Hendelse, Hendelsesnoekkel, Hendelsesobjekt, Logg.plugin)
    verden.forbered(rad)
    over_rest = verden.over_rest(rad)
    etter_rest = verden.lagret(uten)
    verden.forbered(rad)
    avsender = Avsender(produsent="fager", applikasjon=rad.som, korrelasjonsid="test")
    ta_imot(innboks._kjerne, lest({"type": "RAD", "id": "1", "rad": hva}), avsender)
    assert innboks.kjoer(til=START + dt.timedelta(hours=1)) == 1
    hendelse = den_ene(verden.kjerne, Hendelse)
    assert (hendelse.tilstand, hendelse.feilkode) == ("KARANTENE" if rad.kode else "BEHANDLET", rad.kode)
    if over_rest.felter:
        assert json.loads(hendelse.feilmelding.splitlines()[1]) == over_rest.felter
    assert verden.lagret(uten) == etter_rest
