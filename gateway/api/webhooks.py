"""Webhooks: what legacy systems have. Verified over the raw bytes first, stored, and only then understood."""

from __future__ import annotations

from flask import Response, current_app, jsonify, request
from marshmallow import Schema, fields

from gateway.api.korrelasjon import korrelasjonsid
from gateway.api.kropp import les_kropp
from gateway.api.problemer import problem
from gateway.api.ramme import PROBLEMSKJEMA, UTVIDELSE, Ressurs, kjerne
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.kilder import Kilder
from gateway.klokke import sann_tid
from gateway.plugin import UgyldigSignatur

ressurs = Ressurs("webhooks", __name__, url_prefix="/webhooks", description="Webhooks: what legacy systems have")

# How often a sender that asks may call: the CloudEvents abuse protection wants a number, and there is no limit.
HYPPIGHET = "*"


class WebhookSvarSkjema(Schema):
    id = fields.UUID(required=True, metadata={"description": "The gateway's id of the event."})
    tilstand = fields.String(required=True, metadata={"description": "The event's state.", "example": "MOTTATT"})


@ressurs.post("/<kilde>")
@ressurs.doc(
    security=[],
    requestBody={
        "required": True,
        "description": "One message, signed as the source's adapter says.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
)
@ressurs.alt_response(400, schema=PROBLEMSKJEMA, description="UgyldigJson")
@ressurs.alt_response(401, schema=PROBLEMSKJEMA, description="IkkeInnlogget: a missing, wrong or old signature")
@ressurs.alt_response(404, schema=PROBLEMSKJEMA, description="KildeFinnesIkke")
@ressurs.alt_response(413, schema=PROBLEMSKJEMA, description="ForStor")
@ressurs.alt_response(422, schema=PROBLEMSKJEMA, description="Valideringsfeil, UkjentHendelsestype")
@ressurs.alt_response(500, schema=PROBLEMSKJEMA, description="UventetFeil")
@ressurs.alt_response(503, schema=PROBLEMSKJEMA, description="Utilgjengelig")
@ressurs.alt_response(200, schema=WebhookSvarSkjema(), description="The same message was stored before")
@ressurs.response(202, WebhookSvarSkjema())
def ta_imot_webhook(kilde: str) -> Response:
    """Send one message from a configured source

    Answered once the message is stored; the same id again answers the first one's.
    """
    oppsett = kilder().hent(kilde)
    kropp = les_kropp()
    hoder = {navn.lower(): verdi for navn, verdi in request.headers}
    try:
        oppsett.ordning.verifiser(hoder, kropp, oppsett.hemmeligheter, sann_tid())
    except UgyldigSignatur as ugyldig:
        return problem(
            401, "IkkeInnlogget", "Not signed in", f"{ugyldig}. Sign the raw body as the source's adapter says."
        )
    lest, ignorert = oppsett.les(request.content_type or "", hoder, kropp)
    avsender = Avsender(
        produsent=oppsett.produsent, applikasjon=f"webhook:{oppsett.navn}", korrelasjonsid=korrelasjonsid()
    )
    mottak = ta_imot(kjerne(), lest, avsender, ignorert=ignorert)
    svar = jsonify(id=str(mottak.id), tilstand=mottak.tilstand)
    svar.status_code = 202 if mottak.ny else 200
    return svar


@ressurs.route("/<kilde>", methods=["OPTIONS"])
@ressurs.doc(security=[])
@ressurs.alt_response(404, schema=PROBLEMSKJEMA, description="KildeFinnesIkke")
@ressurs.response(200)
def samtykk(kilde: str) -> Response:
    """Ask whether the source may send: the CloudEvents abuse-protection handshake"""
    kilder().hent(kilde)
    svar = Response(status=200, headers={"Allow": "POST, OPTIONS"})
    if opphav := request.headers.get("WebHook-Request-Origin"):
        svar.headers["WebHook-Allowed-Origin"] = opphav
        svar.headers["WebHook-Allowed-Rate"] = HYPPIGHET
    return svar


def kilder() -> Kilder:
    svar: Kilder = current_app.extensions[f"{UTVIDELSE}.kilder"]
    return svar
