"""The parts that several resources have in common: mottakere, varsler, paaminnelse and deletion times."""

from __future__ import annotations

from typing import Any

import msgspec
from marshmallow import fields, post_load

from gateway.api.skjema import VARIGHET_TEKST, Skjema, liste, nestet, tekstfelt, tidspunktfelt, veggurfelt
from gateway.domain.aapningstider import Sendevindu
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.varsel import Altinnressurs, EksterntVarsel, Epost, Sendetidspunkt, Sms, Varselstatus, Varseltype

RESSURS = "nav_sykepenger_inntektsmelding"


class AltinnRessursSkjema(Skjema):
    bygger = AltinnRessurs
    ressurs_id = tekstfelt("The Altinn resource; one of the produsent's own.", RESSURS, required=True)


class NaermesteLederSkjema(Skjema):
    bygger = NaermesteLeder
    naermeste_leder_fnr = tekstfelt("The leader's fødselsnummer, 11 digits.", "15488510042", required=True)
    ansatt_fnr = tekstfelt("The employee's fødselsnummer, 11 digits.", "21459310093", required=True)


class MottakerSkjema(Skjema):
    """Who may see it: exactly one of the two."""

    bygger = Mottaker
    altinn_ressurs = nestet(AltinnRessursSkjema(), "Everyone with access to the resource for the virksomhet.")
    naermeste_leder = nestet(NaermesteLederSkjema(), "One leader for one employee.")


class SendetidspunktSkjema(Skjema):
    """When it may be sent: exactly one of the two."""

    bygger = Sendetidspunkt
    tidspunkt = veggurfelt("At this time; in the past: at once.")
    sendevindu = fields.Enum(
        Sendevindu, metadata={"description": "In this window; a closed window means the next opening."}
    )


class TelefonSkjema(Skjema):
    tlf = tekstfelt("A Norwegian mobile number, optionally with +47 or 0047.", "+4799999999", required=True)


class EpostadresseSkjema(Skjema):
    epostadresse = tekstfelt("An e-mail address.", "post@example.com", required=True)


class SmsMottakerSkjema(Skjema):
    kontaktinfo = nestet(TelefonSkjema(), "The receiver's telephone.", required=True)


class EpostMottakerSkjema(Skjema):
    kontaktinfo = nestet(EpostadresseSkjema(), "The receiver's e-mail.", required=True)


class RessursMottakerSkjema(Skjema):
    ressurs_id = tekstfelt("The Altinn resource whose holders are told.", RESSURS, required=True)


class _MedSendetidspunkt(Skjema):
    sendetidspunkt = nestet(SendetidspunktSkjema(), "When it may be sent.", required=True)


class _MedSendevindu(Skjema):
    sendevindu = fields.Enum(
        Sendevindu, required=True, metadata={"description": "In this window, once the paaminnelse's time has come."}
    )


class _SmsFelter(Skjema):
    mottaker = nestet(SmsMottakerSkjema(), "Who gets it.", required=True)
    sms_tekst = tekstfelt("The text.", "Du har en ny oppgave på Min side – arbeidsgiver.", required=True)


class _EpostFelter(Skjema):
    mottaker = nestet(EpostMottakerSkjema(), "Who gets it.", required=True)
    epost_tittel = tekstfelt("The subject.", "Ny oppgave", required=True)
    epost_html_body = tekstfelt(
        "HTML; script, event handlers and remote content are taken out.", "<p>Du har en ny oppgave.</p>", required=True
    )


class _AltinnFelter(Skjema):
    mottaker = nestet(RessursMottakerSkjema(), "Who gets it.", required=True)
    epost_tittel = tekstfelt("The subject, where it becomes an e-mail.", "Ny oppgave", required=True)
    epost_html_body = tekstfelt("The HTML, where it becomes an e-mail.", "<p>Du har en ny oppgave.</p>", required=True)
    sms_tekst = tekstfelt("The text, where it becomes an SMS.", "Du har en ny oppgave.", required=True)


def _sendetidspunkt(data: dict[str, Any]) -> Sendetidspunkt:
    if "sendevindu" in data:
        return Sendetidspunkt(sendevindu=data["sendevindu"])
    naar: Sendetidspunkt = data["sendetidspunkt"]
    return naar


class _Sms(Skjema):
    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Sms:
        return Sms(
            tlf=data["mottaker"]["kontaktinfo"]["tlf"],
            sms_tekst=data["sms_tekst"],
            sendetidspunkt=_sendetidspunkt(data),
        )


class _Epost(Skjema):
    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Epost:
        return Epost(
            epostadresse=data["mottaker"]["kontaktinfo"]["epostadresse"],
            epost_tittel=data["epost_tittel"],
            epost_html_body=data["epost_html_body"],
            sendetidspunkt=_sendetidspunkt(data),
        )


class _Altinn(Skjema):
    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Altinnressurs:
        return Altinnressurs(
            ressurs_id=data["mottaker"]["ressurs_id"],
            epost_tittel=data["epost_tittel"],
            epost_html_body=data["epost_html_body"],
            sms_tekst=data["sms_tekst"],
            sendetidspunkt=_sendetidspunkt(data),
        )


class SmsSkjema(_SmsFelter, _MedSendetidspunkt, _Sms):
    """An SMS."""


class EpostSkjema(_EpostFelter, _MedSendetidspunkt, _Epost):
    """An e-mail."""


class AltinnressursSkjema(_AltinnFelter, _MedSendetidspunkt, _Altinn):
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
    sms = nestet(SmsSkjema(), "An SMS.")
    epost = nestet(EpostSkjema(), "An e-mail.")
    altinnressurs = nestet(AltinnressursSkjema(), "An order to an Altinn resource.")


class PaaminnelseEksterntVarselSkjema(Skjema):
    """What is sent when the paaminnelse's time comes: exactly one of the three."""

    bygger = EksterntVarsel
    sms = nestet(PaaminnelseSmsSkjema(), "An SMS.")
    epost = nestet(PaaminnelseEpostSkjema(), "An e-mail.")
    altinnressurs = nestet(PaaminnelseAltinnressursSkjema(), "An order to an Altinn resource.")


class PaaminnelsestidspunktSkjema(Skjema):
    """When: exactly one of the four."""

    bygger = Paaminnelsestidspunkt
    konkret = veggurfelt("At this time.")
    etter_opprettelse = tekstfelt(f"This long after the creation time. {VARIGHET_TEKST}", "P28D")
    foer_frist = tekstfelt(f"This long before the end of the frist's day. {VARIGHET_TEKST}", "P5D")
    foer_start_tidspunkt = tekstfelt(f"This long before the start of an appointment. {VARIGHET_TEKST}", "P1D")


class PaaminnelseSkjema(Skjema):
    """A reminder of the oppgave, if it is not done by then."""

    bygger = Paaminnelse
    tidspunkt = nestet(PaaminnelsestidspunktSkjema(), "When.", required=True)
    eksterne_varsler = liste(PaaminnelseEksterntVarselSkjema(), "What is sent when the time comes.", load_default=())


class SlettetidspunktSkjema(Skjema):
    """When all of it is deleted for good: exactly one of the two."""

    bygger = Slettetidspunkt
    den = veggurfelt("At this time.")
    om = tekstfelt(f"This long after the object's own time, else after its receipt. {VARIGHET_TEKST}", "P5M")


class NySlettetidSkjema(Skjema):
    """A change of the deletion time."""

    bygger = NySlettetid
    ny_tid = nestet(SlettetidspunktSkjema(), "The new time.", required=True)
    strategi = fields.Enum(
        Slettestrategi,
        required=True,
        metadata={"description": "FORLENG: the later of the two. OVERSKRIV: the new one."},
    )


# --- answers -------------------------------------------------------------------------------------------------------


class IdSkjema(Skjema):
    id = fields.UUID(required=True, metadata={"description": "The gateway's own id, a UUIDv7."})


class VarselSvarSkjema(Skjema):
    """A varsel and what has become of it."""

    id = fields.UUID(required=True)
    type = fields.Enum(Varseltype, required=True)
    status = fields.Enum(
        Varselstatus, required=True, metadata={"description": "NY until its outcome is known; FEILET says why."}
    )
    klar_tidspunkt = tidspunktfelt("From when it may be sent; null while its paaminnelse waits.")
    feilkode = fields.String(allow_none=True, metadata={"description": "The receiver's code, when FEILET."})
    feilmelding = fields.String(allow_none=True, metadata={"description": "The receiver's text, when FEILET."})


def mottakere_av(lagret: Any) -> tuple[Mottaker, ...]:
    """The mottakere of an object as the store keeps them."""
    return msgspec.convert(lagret, tuple[Mottaker, ...])
