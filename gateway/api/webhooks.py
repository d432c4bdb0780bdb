"""Webhooks: what legacy systems have. Verified over the raw bytes first, stored, and only then understood."""

from __future__ import annotations

from flask import Response, jsonify, request
from marshmallow import Schema

from gateway.api.ramme import Ressurs, feilsvar, kildevern
from gateway.api.skjema import idfelt, valgfelt
from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.http.anrop import kilder, kjerne
from gateway.http.korrelasjon import korrelasjonsid
from gateway.http.kropp import les_kropp
from gateway.http.mengde import Sjelden
from gateway.http.problemer import problem
from gateway.inbox.format import Uidentifisert
from gateway.inbox.inntak import Avsender, Lesning, Mottak, behold_uidentifisert, ta_imot
from gateway.inbox.kilder import Kilde
from gateway.klokke import sann_tid
from gateway.plugin import UgyldigSignatur

ressurs = Ressurs("webhooks", __name__, url_prefix="/webhooks", description="Webhooks: what legacy systems have")

UTEN_GRENSE = "*"  # to a sender that asks how many times a minute it may call
EKSEMPEL = {
    "id": "5f6027bf-0604-4acf-8168-0c1611f33c0d",
    "bedriftsnummer": "910825526",
    "bedriftNavn": "BIFF OG BULJONG",
    "sendtInnTidspunkt": "2026-11-02T10:19:30.000Z",
    "type": "MASSEOPPSIGELSE",
    "kontaktNavn": "Tore Toresen",
    "kontaktTlf": "66778899",
    "kontaktEpost": "tore.toresen@example.com",
    "varsletAnsattDato": "2026-10-28",
    "varsletNavDato": "2026-10-27",
    "startDato": "2026-11-16",
    "sluttDato": "2027-05-20",
    "fritekst": "Nedleggelse av avdeling",
    "antallBerorte": 123,
}


usignert = Sjelden("what a source sends is not signed by it")


class WebhookSvarSkjema(Schema):
    """Empty for a message that only tries the connection, which is not kept."""

    id = idfelt("The gateway's id of the event.", allow_none=False)
    tilstand = valgfelt(Hendelsestilstand, "The event's state.", allow_none=False)


@ressurs.post("/<kilde>", egen_options=True)
@ressurs.doc(
    security=[],
    requestBody={
        "required": True,
        "description": "One message, signed as the source's adapter says.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": EKSEMPEL}},
    },
)
@feilsvar(ressurs, 400, "UgyldigJson")
@feilsvar(ressurs, 401, "IkkeInnlogget")
@feilsvar(ressurs, 404, "KildeFinnesIkke")
@feilsvar(ressurs, 409, "Konflikt")
@feilsvar(ressurs, 413, "ForStor")
@feilsvar(ressurs, 415, "UkjentInnholdstype")
@feilsvar(ressurs, 422, "Valideringsfeil", "UkjentHendelsestype")
@feilsvar(ressurs, 429, "ForMange")
@feilsvar(ressurs, 500, "UventetFeil")
@feilsvar(ressurs, 503, "Utilgjengelig")
@ressurs.alt_response(200, schema=WebhookSvarSkjema(), description="Stored before, or only a try")
@ressurs.response(202, WebhookSvarSkjema())
def ta_imot_webhook(kilde: str) -> Response:
    """Send one message from a configured source

    Answered once the message is stored; the same id again answers the first one's. A message that does not say what it
    is, or of a type that no plugin declares, is kept in KARANTENE, unless the source is set to refuse it.
    """
    oppsett = kilder().hent(kilde)
    kropp = les_kropp()
    hoder = {navn.lower(): verdi for navn, verdi in request.headers}
    try:
        oppsett.ordning.verifiser(hoder, kropp, oppsett.hemmeligheter, sann_tid())
    except UgyldigSignatur as ugyldig:
        usignert.skjedde(oppsett.navn)
        return problem(401, "IkkeInnlogget", f"{ugyldig}. Sign the raw body as the source's adapter says.")
    # Only what is signed counts: nobody else can use up what the source may send.
    kildevern().slipp_inn(oppsett.navn)
    if oppsett.ordning.er_proeve(hoder):
        return jsonify({})
    mottak = _ta_imot(oppsett, oppsett.les(request.content_type or "", hoder, kropp))
    svar = jsonify(id=str(mottak.id), tilstand=mottak.tilstand)
    svar.status_code = 202 if mottak.ny else 200
    return svar


def _ta_imot(oppsett: Kilde, lesning: Lesning) -> Mottak:
    avsender = Avsender(
        produsent=oppsett.produsent, applikasjon=f"webhook:{oppsett.navn}", korrelasjonsid=korrelasjonsid()
    )
    hendelse, ignorert, regler = lesning.hendelse, lesning.ignorert, oppsett.regler
    if not isinstance(hendelse, Uidentifisert):
        return ta_imot(kjerne(), hendelse, avsender, ignorert=ignorert, regler=regler)
    if regler.behold_uforstaatt or ignorert:
        return behold_uidentifisert(kjerne(), hendelse, avsender, ignorert=ignorert, regler=regler)
    raise Valideringsfeil(hendelse.grunn)


@ressurs.route("/<kilde>", methods=["OPTIONS"])
@ressurs.doc(security=[])
@feilsvar(ressurs, 404, "KildeFinnesIkke")
@ressurs.response(200)
def samtykk(kilde: str) -> Response:
    """Ask whether the source may send: the CloudEvents abuse-protection handshake"""
    kilder().hent(kilde)
    i_minuttet = kildevern().takt(kilde).i_minuttet
    svar = Response(status=200, headers={"Allow": "POST, OPTIONS"})
    if opphav := request.headers.get("WebHook-Request-Origin"):
        svar.headers["WebHook-Allowed-Origin"] = opphav
        svar.headers["WebHook-Allowed-Rate"] = str(i_minuttet or UTEN_GRENSE)
    return svar
