"""The table: each rule of the contract as a kommando, and as the call that says the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from gateway.domain.aapningstider import Sendevindu
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    ForlengSletting,
    KansellerVarsel,
    Kommando,
    LukkOppgaver,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    Saksendring,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Oppgaveslutt, Saksstatus
from gateway.domain.varsel import EksterntVarsel, Sendetidspunkt, UgyldigeVarsler
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.runder.frister import utloep_frister
from gateway.store.tabeller import Sak, Varsel
from tests.api.conftest import FAGER
from tests.api.kommando_er_rest.kall import (
    LOEPENDE,
    R_ALTINN,
    R_LEDER,
    R_MOTTAKER,
    Kall,
    paa_oppgaven,
    patch_avtale,
    post_aapen,
    post_avtale,
    post_beskjed,
    post_lukk,
    post_oppgave,
    post_sak,
    post_sikret,
    post_status,
    put_sak,
    r_epost,
    r_paaminnelse,
    r_sms,
    slett,
    slett_sak,
)
from tests.api.kommando_er_rest.kommandoer import (
    ALTINN,
    AVTALEN,
    BESKJEDEN,
    EPOST,
    LEDEREN,
    OPPGAVEN,
    SAKEN,
    SMS,
    aapen,
    epost,
    paaminnelse,
    sikret,
    slettetid,
    sms,
    status,
    utfoert,
    utgaatt,
)
from tests.domain.klokkeslett import veggur
from tests.handling.gjoer import SWEEP, den_ene, en_avtale
from tests.verden import ANSATT, LEDER, RESSURS, START, FastKlokke, aktoer, en_beskjed, en_oppgave, en_sak

PERMITTERING = "dev-gcp:permittering:permittering-api"
TJUEFIRE = dt.date(2026, 12, 24)
UKJENT_ID = UUID("0198c5a0-0000-7000-8000-000000000001")
FNR = "15088500188"


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


BEHANDLES = Saksendring(status=Saksstatus.UNDER_BEHANDLING)
R_BEHANDLES = {"status": "UNDER_BEHANDLING"}
FERDIG = NyStatus(sak=Saksreferanse(merkelapp="Fager", saksnoekkel="person-1"), status=Saksstatus.FERDIG)


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
        "a key of another kind of update",
        utfoert(idempotensnoekkel="k"),
        paa_oppgaven("POST", "utfoert", "k"),
        None,
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
    _v(
        "a new time",
        OppdaterKalenderavtale(
            kalenderavtale=AVTALEN,
            nytt_start_tidspunkt=START + dt.timedelta(days=14),
            nytt_slutt_tidspunkt=START + dt.timedelta(days=14, hours=1),
            idempotensnoekkel="k",
        ),
        patch_avtale("k", nyttStartTidspunkt="2026-12-07T09:00:00Z", nyttSluttTidspunkt="2026-12-07T11:00:00+01:00"),
        None,
        foer=(SAK, en_avtale(paaminnelse=paaminnelse(SMS, foer_start_tidspunkt="P1D"))),
    ),
    _v(
        "a new time that the paaminnelse cannot stand with",
        OppdaterKalenderavtale(kalenderavtale=AVTALEN, nytt_start_tidspunkt=START + dt.timedelta(days=2)),
        patch_avtale(nyttStartTidspunkt="2026-11-25T09:00:00Z"),
        None,
        foer=(SAK, en_avtale(paaminnelse=paaminnelse(SMS, foer_start_tidspunkt="P3D"))),
    ),
    _v(
        "a new time of one that is AVLYST",
        OppdaterKalenderavtale(kalenderavtale=AVTALEN, nytt_start_tidspunkt=START + dt.timedelta(days=14)),
        patch_avtale(nyttStartTidspunkt="2026-12-07T09:00:00Z"),
        "Konflikt",
        foer=(SAK, en_avtale(tilstand=Kalenderavtaletilstand.AVLYST)),
    ),
    _v(
        "a new start after the end",
        OppdaterKalenderavtale(kalenderavtale=AVTALEN, nytt_start_tidspunkt=START + dt.timedelta(days=14)),
        patch_avtale(nyttStartTidspunkt="2026-12-07T09:00:00Z"),
        "UgyldigKalenderavtale",
        foer=(SAK, en_avtale(slutt_tidspunkt=START + dt.timedelta(days=8))),
    ),
    # Whole wishes
    _v("a sikret sak", sikret(BEHANDLES), post_sikret(ellers=R_BEHANDLES), None),
    _v("a sikret sak that is there", sikret(), post_sikret(), None, foer=(SAK,)),
    _v("a sikret sak with other content", sikret(tittel="Ny"), post_sikret(tittel="Ny"), None, foer=(SAK,)),
    _v(
        "a sikret sak with all that may be changed",
        sikret(
            Saksendring(
                status=Saksstatus.FERDIG,
                tidspunkt=START,
                overstyr_statustekst_med="Avgjort",
                lenke="https://nav.no/v",
                neste_steg="",
                tilleggsinformasjon="2027",
                hard_delete=slettetid(Slettestrategi.FORLENG, om="P1Y"),
            ),
            idempotensnoekkel="k",
        ),
        post_sikret(
            "k",
            ellers={
                "status": "FERDIG",
                "tidspunkt": "2026-11-23T09:00:00Z",
                "overstyrStatustekstMed": "Avgjort",
                "lenke": "https://nav.no/v",
                "nesteSteg": "",
                "tilleggsinformasjon": "2027",
                "hardDelete": {"nyTid": {"om": "P1Y"}, "strategi": "FORLENG"},
            },
        ),
        None,
        foer=(SAK,),
    ),
    _v(
        "a sikret sak by key again",
        sikret(BEHANDLES, "k"),
        post_sikret("k", ellers=R_BEHANDLES),
        None,
        foer=(sikret(BEHANDLES, "k"),),
    ),
    _v(
        "a sikret sak by key, other content",
        sikret(BEHANDLES, "k"),
        post_sikret("k", ellers=R_BEHANDLES),
        "Konflikt",
        foer=(sikret(None, "k"),),
    ),
    _v(
        "a sikret sak after deletion",
        sikret(),
        post_sikret(),
        "DuplikatGrupperingsidEtterDelete",
        foer=(SAK, SlettSak(sak=SAKEN)),
    ),
    _v(
        "a sikret sak, each field as of a sak",
        sikret(tittel=ELLEVE_SIFRE, lenke="x"),
        post_sikret(tittel=ELLEVE_SIFRE, lenke="x"),
    ),
    _v("a sikret sak of no mottakere", sikret(mottakere=()), post_sikret(mottakere=[])),
    _v("another's sikret sak", sikret(), post_sikret(), "UgyldigMerkelapp", som=PERMITTERING),
    _v(
        "a change, each field as of an update",
        sikret(Saksendring(neste_steg=FNR, lenke="x", tilleggsinformasjon="x" * 141)),
        post_sikret(ellers={"nesteSteg": FNR, "lenke": "x", "tilleggsinformasjon": "x" * 141}),
    ),
    _v(
        "a change whose text is of no status",
        sikret(Saksendring(overstyr_statustekst_med="x")),
        post_sikret(ellers={"overstyrStatustekstMed": "x"}),
    ),
    _v(
        "a change with two deletion times",
        sikret(Saksendring(hard_delete=slettetid(Slettestrategi.FORLENG, om="P1Y", den=veggur("2027-01-01T00:00")))),
        post_sikret(ellers={"hardDelete": {"nyTid": {"om": "P1Y", "den": "2027-01-01T00:00"}, "strategi": "FORLENG"}}),
    ),
    _v("an open sak", aapen(BEHANDLES), post_aapen(ellers=R_BEHANDLES), None),
    _v("an open sak that is there", aapen(BEHANDLES), post_aapen(ellers=R_BEHANDLES), None, foer=(aapen(),)),
    _v("an open sak when the last is FERDIG", aapen(), post_aapen(), None, foer=(aapen(), FERDIG)),
    _v("an open sak by key again", aapen(None, "k"), post_aapen("k"), None, foer=(aapen(None, "k"), FERDIG)),
    _v("an open sak of a blank key", aapen(saksnoekkel=" "), post_aapen(saksnoekkel=" ")),
    _v("an open sak of a long key", aapen(saksnoekkel="x" * 501), post_aapen(saksnoekkel="x" * 501)),
    _v("an open sak, each field as of a sak", aapen(tittel=ELLEVE_SIFRE), post_aapen(tittel=ELLEVE_SIFRE)),
    _v("another's open sak", aapen(), post_aapen(), "UgyldigMerkelapp", som=PERMITTERING),
    *(
        _v(
            f"{hva} on an open sak{' that is FERDIG' if kode else ''}",
            lag(grupperingsid=None, saksnoekkel="person-1"),
            kall,
            kode,
            foer=foer,
        )
        for hva, lag, kall in (
            ("a beskjed", en_beskjed, post_beskjed(saksnoekkel="person-1")),
            ("an oppgave", en_oppgave, post_oppgave(saksnoekkel="person-1")),
            ("a kalenderavtale", en_avtale, post_avtale(grupperingsid=None, saksnoekkel="person-1")),
        )
        for kode, foer in ((None, (aapen(),)), ("SakFinnesIkke", (aapen(), FERDIG)))
    ),
    _v(
        "a sak named in two ways",
        en_beskjed(grupperingsid="sak-1", saksnoekkel="person-1"),
        post_beskjed(grupperingsid="sak-1", saksnoekkel="person-1"),
    ),
    _v("a kalenderavtale of no sak", en_avtale(grupperingsid=None), post_avtale(grupperingsid=None)),
    *(
        _v(
            f"all oppgaver {som}",
            LukkOppgaver(
                sak=SAKEN,
                som=som,
                tidspunkt=START,
                ny_lenke="https://nav.no/slutt",
                hard_delete=slettetid(Slettestrategi.OVERSKRIV, om="P1D"),
                idempotensnoekkel="k",
            ),
            post_lukk(
                som.value,
                "k",
                tidspunkt="2026-11-23T10:00:00+01:00",
                nyLenke="https://nav.no/slutt",
                hardDelete={"nyTid": {"om": "P1D"}, "strategi": "OVERSKRIV"},
            ),
            None,
            foer=(SAK, *(en_oppgave(ekstern_id=nr, grupperingsid="sak-1", eksterne_varsler=(SMS,)) for nr in "123")),
        )
        for som in Oppgaveslutt
    ),
    _v(
        "all oppgaver of no sak",
        LukkOppgaver(sak=SAKEN, som=Oppgaveslutt.UTGAATT),
        post_lukk("UTGAATT"),
        "SakFinnesIkke",
    ),
    _v(
        "all oppgaver, a link that is none",
        LukkOppgaver(sak=SAKEN, som=Oppgaveslutt.UTGAATT, ny_lenke="x"),
        post_lukk("UTGAATT", nyLenke="x"),
        foer=(SAK,),
    ),
    _v(
        "a deletion put off",
        ForlengSletting(sak=SAKEN, hard_delete=slettetid(Slettestrategi.FORLENG, om="P1Y"), idempotensnoekkel="k"),
        put_sak("sletting", "k", hardDelete={"nyTid": {"om": "P1Y"}, "strategi": "FORLENG"}),
        None,
        foer=(SAK, en_oppgave(grupperingsid="sak-1", hard_delete=Slettetidspunkt(om="P1M"))),
    ),
    _v(
        "a deletion put off, of no duration",
        ForlengSletting(sak=SAKEN, hard_delete=slettetid(Slettestrategi.FORLENG, om="om et år")),
        put_sak("sletting", hardDelete={"nyTid": {"om": "om et år"}, "strategi": "FORLENG"}),
        foer=(SAK,),
    ),
    _v(
        "a varsel that cannot be sent, dropped",
        en_oppgave(
            eksterne_varsler=(sms(tlf="45360000"), EPOST),
            paaminnelse=paaminnelse(epost(epostadresse="kari(a)nav")),
            ugyldige_varsler=UgyldigeVarsler.DROPP,
        ),
        post_oppgave(
            eksterneVarsler=[r_sms(tlf="45360000"), r_epost()],
            paaminnelse=r_paaminnelse(r_epost("kari(a)nav")),
            ugyldigeVarsler="DROPP",
        ),
        None,
    ),
    _v(
        "a varsel that cannot be sent, dropped from an update",
        OppdaterKalenderavtale(
            kalenderavtale=AVTALEN,
            eksterne_varsler=(sms(tlf="1"), EPOST),
            ugyldige_varsler=UgyldigeVarsler.DROPP,
        ),
        patch_avtale(eksterneVarsler=[r_sms(tlf="1"), r_epost()], ugyldigeVarsler="DROPP"),
        None,
        foer=(SAK, AVTALE),
    ),
    _v(
        "another fault of a varsel, not dropped",
        en_beskjed(eksterne_varsler=(sms(sms_tekst=" "),), ugyldige_varsler=UgyldigeVarsler.DROPP),
        post_beskjed(eksterneVarsler=[r_sms(tekst=" ")], ugyldigeVarsler="DROPP"),
    ),
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
