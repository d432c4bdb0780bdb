"""The parts that several resources have in common: mottakere, varsler, paaminnelse and deletion times."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load

from gateway.api.skjema import (
    ALLTID,
    UTEN_GRENSE,
    Skjema,
    idfelt,
    liste,
    merknadsliste,
    nestet,
    noekkelfelt,
    tekstfelt,
    tidspunktfelt,
    valgfelt,
    varighetfelt,
    veggurfelt,
)
from gateway.domain.aapningstider import Sendevindu
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.domain.validering import LENGSTE_EPOSTADRESSE, LENGSTE_NOEKKEL
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sendetidspunkt, Sms, Varselstatus, Varseltype

HTML = "<p>Du har en ny oppgave.</p>"
VINDUENE = (
    "LOEPENDE: at once. NKS_AAPNINGSTID: Monday to Friday 08:30–14:30. DAGTID_IKKE_SOENDAG: Monday to Saturday "
    "09:00–16:00. Oslo wall clock; closed on public holidays."
)
RESSURS = "nav_sykepenger_inntektsmelding"


class AltinnRessursSkjema(Skjema):
    bygger = AltinnRessurs
    ressurs_id = noekkelfelt("The Altinn resource; one of the produsent's own.", RESSURS, required=True)


class NaermesteLederSkjema(Skjema):
    bygger = NaermesteLeder
    naermeste_leder_fnr = tekstfelt(
        "The leader's fødselsnummer: 11 digits with valid check digits.", "15488510042", required=True, lengst=11
    )
    ansatt_fnr = tekstfelt(
        "The employee's fødselsnummer: 11 digits with valid check digits.", "21459310093", required=True, lengst=11
    )


class MottakerSkjema(Skjema):
    """Who may see it: exactly one of the two."""

    bygger = Mottaker
    i_eksempel = ("altinn_ressurs",)
    altinn_ressurs = nestet(AltinnRessursSkjema(), "Everyone with access to the resource for the virksomhet.")
    naermeste_leder = nestet(NaermesteLederSkjema(), "One leader for one employee.")


class SendetidspunktSkjema(Skjema):
    """When it may be sent: exactly one of the two."""

    bygger = Sendetidspunkt
    i_eksempel = ("sendevindu",)
    tidspunkt = veggurfelt("At this time; in the past: at once.")
    sendevindu = valgfelt(Sendevindu, f"In this window; a closed window means the next opening. {VINDUENE}")


class TelefonSkjema(Skjema):
    tlf = tekstfelt(
        "A Norwegian mobile number of 8 digits in an open series, optionally with +47 or 0047.",
        "+4799999999",
        required=True,
        lengst=12,
    )


class EpostadresseSkjema(Skjema):
    epostadresse = tekstfelt("An e-mail address.", "post@example.com", required=True, lengst=LENGSTE_EPOSTADRESSE)


class SmsMottakerSkjema(Skjema):
    kontaktinfo = nestet(TelefonSkjema(), "The receiver's telephone.", required=True)


class EpostMottakerSkjema(Skjema):
    kontaktinfo = nestet(EpostadresseSkjema(), "The receiver's e-mail.", required=True)


class RessursMottakerSkjema(Skjema):
    ressurs_id = noekkelfelt("The Altinn resource whose holders are told.", RESSURS, required=True)


class _MedSendetidspunkt(Skjema):
    sendetidspunkt = nestet(SendetidspunktSkjema(), "When it may be sent.", required=True)


class _MedSendevindu(Skjema):
    sendevindu = valgfelt(
        Sendevindu, f"In this window, once the paaminnelse's time has come. {VINDUENE}", required=True
    )


class _SmsFelter(Skjema):
    mottaker = nestet(SmsMottakerSkjema(), "Who gets it.", required=True)
    sms_tekst = tekstfelt(f"The text. {UTEN_GRENSE}", "Du har en ny oppgave på Min side – arbeidsgiver.", required=True)


class _EpostFelter(Skjema):
    mottaker = nestet(EpostMottakerSkjema(), "Who gets it.", required=True)
    epost_tittel = tekstfelt(f"The subject. {UTEN_GRENSE}", "Ny oppgave", required=True)
    epost_html_body = tekstfelt(
        f"HTML; script, event handlers and remote content are taken out. {UTEN_GRENSE}",
        HTML,
        required=True,
    )


class _AltinnFelter(Skjema):
    mottaker = nestet(RessursMottakerSkjema(), "Who gets it.", required=True)
    epost_tittel = tekstfelt(f"The subject, where it becomes an e-mail. {UTEN_GRENSE}", "Ny oppgave", required=True)
    epost_html_body = tekstfelt(f"The HTML, where it becomes an e-mail. {UTEN_GRENSE}", HTML, required=True)
    sms_tekst = tekstfelt(f"The text, where it becomes an SMS. {UTEN_GRENSE}", "Du har en ny oppgave.", required=True)


def _sendetidspunkt(data: dict[str, Any]) -> Sendetidspunkt:
    if "sendevindu" in data:
        return Sendetidspunkt(sendevindu=data["sendevindu"])
    naar: Sendetidspunkt = data.get("sendetidspunkt")  # type: ignore[assignment]  # what could not be read
    return naar


def _innerst(data: dict[str, Any], *sti: str) -> Any:
    """The value at the end of the path; None where it could not be read."""
    for ledd in sti:
        data = (data or {}).get(ledd)  # type: ignore[assignment]
    return data


class _Sms(Skjema):
    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Sms:
        return Sms(
            tlf=_innerst(data, "mottaker", "kontaktinfo", "tlf"),
            sms_tekst=_innerst(data, "sms_tekst"),
            sendetidspunkt=_sendetidspunkt(data),
        )


class _Epost(Skjema):
    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Epost:
        return Epost(
            epostadresse=_innerst(data, "mottaker", "kontaktinfo", "epostadresse"),
            epost_tittel=_innerst(data, "epost_tittel"),
            epost_html_body=_innerst(data, "epost_html_body"),
            sendetidspunkt=_sendetidspunkt(data),
        )


class _Altinn(Skjema):
    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Altinnvarsel:
        return Altinnvarsel(
            ressurs_id=_innerst(data, "mottaker", "ressurs_id"),
            epost_tittel=_innerst(data, "epost_tittel"),
            epost_html_body=_innerst(data, "epost_html_body"),
            sms_tekst=_innerst(data, "sms_tekst"),
            sendetidspunkt=_sendetidspunkt(data),
        )


class SmsVarselSkjema(_SmsFelter, _MedSendetidspunkt, _Sms):
    """An SMS."""


class EpostVarselSkjema(_EpostFelter, _MedSendetidspunkt, _Epost):
    """An e-mail."""


class AltinnressursVarselSkjema(_AltinnFelter, _MedSendetidspunkt, _Altinn):
    """An order to an Altinn resource."""


class PaaminnelseSmsSkjema(_SmsFelter, _MedSendevindu, _Sms):
    """An SMS of a paaminnelse."""


class PaaminnelseEpostSkjema(_EpostFelter, _MedSendevindu, _Epost):
    """An e-mail of a paaminnelse."""


class PaaminnelseAltinnressursSkjema(_AltinnFelter, _MedSendevindu, _Altinn):
    """An order to an Altinn resource, of a paaminnelse."""


class EksterntVarselSkjema(Skjema):
    """What is sent beside the notifikasjon: exactly one of the three."""

    bygger = EksterntVarsel
    i_eksempel = ("epost",)
    sms = nestet(SmsVarselSkjema(), "An SMS.")
    epost = nestet(EpostVarselSkjema(), "An e-mail.")
    altinnressurs = nestet(AltinnressursVarselSkjema(), "An order to an Altinn resource.")


class PaaminnelseEksterntVarselSkjema(Skjema):
    """What is sent when the paaminnelse's time comes: exactly one of the three."""

    bygger = EksterntVarsel
    i_eksempel = ("epost",)
    sms = nestet(PaaminnelseSmsSkjema(), "An SMS.")
    epost = nestet(PaaminnelseEpostSkjema(), "An e-mail.")
    altinnressurs = nestet(PaaminnelseAltinnressursSkjema(), "An order to an Altinn resource.")


class PaaminnelsestidspunktSkjema(Skjema):
    """When: exactly one of the four."""

    bygger = Paaminnelsestidspunkt
    i_eksempel = ("foer_frist",)
    konkret = veggurfelt("At this time.")
    etter_opprettelse = varighetfelt("This long after the creation time.", "P28D")
    foer_frist = varighetfelt("This long before the end of the frist's day.", "P5D")
    foer_start_tidspunkt = varighetfelt("This long before the start of an appointment.", "P1D")


class PaaminnelseSkjema(Skjema):
    """A reminder: of an oppgave that is still NY by then, of an appointment that is not AVLYST."""

    bygger = Paaminnelse
    tidspunkt = nestet(PaaminnelsestidspunktSkjema(), "When.", required=True)
    eksterne_varsler = liste(PaaminnelseEksterntVarselSkjema(), "What is sent when the time comes.", load_default=())


class SlettetidspunktSkjema(Skjema):
    """When all of it is deleted for good: exactly one of the two."""

    bygger = Slettetidspunkt
    i_eksempel = ("den",)
    den = veggurfelt("At this time.")
    om = varighetfelt("This long after the object's own time, else after its receipt.", "P5M")


class NySlettetidSkjema(Skjema):
    """A change of the deletion time."""

    bygger = NySlettetid
    ny_tid = nestet(SlettetidspunktSkjema(), "The new time.", required=True)
    strategi = valgfelt(Slettestrategi, "FORLENG: the later of the two times. OVERSKRIV: the new one.", required=True)


# --- answers -------------------------------------------------------------------------------------------------------


class MedIdSkjema(Skjema):
    id = idfelt("The gateway's own id, a UUIDv7.", required=True)


class IdsvarSkjema(MedIdSkjema):
    """The object, and what was accepted of it and may not be what was meant."""

    merknader = merknadsliste()


class VarselidSkjema(MedIdSkjema):
    """A varsel that was ordered."""


class VarselSkjema(MedIdSkjema):
    """A varsel and what has become of it."""

    type = valgfelt(Varseltype, "How it is sent.", required=True)
    status = valgfelt(Varselstatus, "NY until its outcome is known; FEILET says why.", required=True)
    klar_tidspunkt = tidspunktfelt("From when it may be sent; null while its paaminnelse waits.")
    feilkode = tekstfelt("The receiver's code, when FEILET.", "550", lengst=LENGSTE_NOEKKEL)
    feilmelding = tekstfelt("The receiver's text, when FEILET.", "No such mailbox", lengst=LENGSTE_NOEKKEL)


class StatusSkjema(Skjema):
    """A status of a sak."""

    id = idfelt("The id of the status.", required=True)
    status = valgfelt(Saksstatus, "The status.", required=True)
    tekst = tekstfelt(f"What the employer reads. {UTEN_GRENSE}", "Mottatt", required=True)
    overstyr_statustekst_med = tekstfelt(
        f"Your own text; null when the status' own text is shown. {UTEN_GRENSE}", "Mottatt", **ALLTID
    )
    tidspunkt = tidspunktfelt("When it got the status.", required=True)


class LokasjonSkjema(Skjema):
    """Where an appointment takes place."""

    bygger = Lokasjon
    adresse = tekstfelt(f"Street and number. {UTEN_GRENSE}", "Fyrstikkalléen 1", required=True)
    postnummer = tekstfelt(f"The postal code. {UTEN_GRENSE}", "0661", required=True)
    poststed = tekstfelt(f"The postal district. {UTEN_GRENSE}", "Oslo", required=True)
