"""Webhooks: what legacy systems have. Verified over the raw bytes first, stored, and only then understood."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from flask import Response, jsonify, request
from marshmallow import Schema

from gateway.api.ramme import Ressurs, feilsvar, kildevern
from gateway.api.skjema import idfelt, valgfelt
from gateway.domain.feil import KildeFinnesIkke, Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.http.anrop import kilder, kjerne
from gateway.http.korrelasjon import korrelasjonsid
from gateway.http.kropp import les_kropp
from gateway.http.mengde import Sjelden
from gateway.http.problemer import problem
from gateway.inbox.format import Uidentifisert
from gateway.inbox.inntak import Avsender, Mottak, behold_uidentifisert, ta_imot
from gateway.inbox.kilder import Kilde, Lesning
from gateway.klokke import sann_tid
from gateway.plugin import Anmodning, Bevis, UgyldigSignatur

F = TypeVar("F", bound=Callable[..., Any])
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

KROPP = {
    "required": True,
    "description": "One message, proven as the source's adapter says.",
    "content": {"application/json": {"schema": {"type": "object"}, "example": EKSEMPEL}},
}
FEIL = (
    (503, ("Utilgjengelig",)),
    (500, ("UventetFeil",)),
    (429, ("ForMange",)),
    (422, ("Valideringsfeil", "UkjentHendelsestype")),
    (415, ("UkjentInnholdstype",)),
    (413, ("ForStor",)),
    (409, ("Konflikt",)),
    (404, ("KildeFinnesIkke",)),
    (401, ("IkkeInnlogget",)),
    (400, ("UgyldigJson",)),
)

usignert = Sjelden("what a source sends is not proven to be from it")


class WebhookSvarSkjema(Schema):
    """Empty for a message that only tries the connection, which is not kept."""

    id = idfelt("The gateway's id of the event.", allow_none=False)
    tilstand = valgfelt(Hendelsestilstand, "The event's state.", allow_none=False)


def _webhook(regel: str) -> Callable[[F], F]:
    """A route that takes webhooks, with its documentation."""

    def dekorer(funksjon: F) -> F:
        for dekorator in (
            ressurs.response(202, WebhookSvarSkjema()),
            ressurs.alt_response(200, schema=WebhookSvarSkjema(), description="Stored before, or only a try"),
            *(feilsvar(ressurs, status, *koder) for status, koder in FEIL),
            ressurs.doc(security=[], requestBody=deepcopy(KROPP)),
            ressurs.post(regel, egen_options=True),
        ):
            funksjon = dekorator(funksjon)
        return funksjon

    return dekorer


@_webhook("/<kilde>")
def ta_imot_webhook(kilde: str) -> Response:
    """Send one message from a configured source

    Answered once the message is stored; the same id again answers the first one's. A message that does not say what it
    is, or of a type that no plugin declares, is kept in KARANTENE, unless the source is set to refuse it.
    """
    return _svar(kilder().hent(kilde), None)


@_webhook("/<kilde>/<hemmelig_sti>")
def ta_imot_webhook_med_hemmelig_sti(kilde: str, hemmelig_sti: str) -> Response:
    """Send one message from a source that is known by a secret in its path

    For senders that can do no more than call an address. Else as without a secret in the path.
    """
    return _svar(_hent_med_hemmelig_sti(kilde), hemmelig_sti)


def _hent_med_hemmelig_sti(navn: str) -> Kilde:
    """Raises KildeFinnesIkke, also for a source that is known in another way."""
    oppsett = kilder().hent(navn)
    if oppsett.ordning.dekker.bevis is not Bevis.HEMMELIG_STI:
        raise KildeFinnesIkke("No such kilde; the path is /webhooks/<navn>, with nothing behind it for this kilde.")
    return oppsett


def _svar(oppsett: Kilde, hemmelig_sti: str | None) -> Response:
    kropp = les_kropp()
    anmodning = _anmodning(hemmelig_sti, kropp)
    if ugyldig := _uverifisert(oppsett, anmodning):
        return ugyldig
    # Only what is proven counts: nobody else can use up what the source may send.
    kildevern().slipp_inn(oppsett.navn)
    if oppsett.ordning.er_proeve(anmodning):
        return jsonify(oppsett.ordning.proevesvar(anmodning))
    mottak = _ta_imot(oppsett, oppsett.les(request.content_type or "", anmodning.hoder, kropp))
    svar = jsonify(id=str(mottak.id), tilstand=mottak.tilstand)
    svar.status_code = 202 if mottak.ny else 200
    return svar


def _anmodning(hemmelig_sti: str | None, kropp: bytes) -> Anmodning:
    return Anmodning(
        hoder={navn.lower(): verdi for navn, verdi in request.headers},
        kropp=kropp,
        hemmelig_sti=hemmelig_sti,
        metode=request.method,
    )


def _uverifisert(oppsett: Kilde, anmodning: Anmodning) -> Response | None:
    """The answer to a request that does not prove that it is from the source."""
    try:
        oppsett.ordning.verifiser(anmodning, oppsett.hemmeligheter, sann_tid())
    except UgyldigSignatur as ugyldig:
        usignert.skjedde(oppsett.navn)
        hoder = {"WWW-Authenticate": ugyldig.utfordring} if ugyldig.utfordring else None
        return problem(401, "IkkeInnlogget", f"{ugyldig}. Prove it as the source's adapter says.", hoder=hoder)
    return None


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
    return _samtykke(kilde)


@ressurs.route("/<kilde>/<hemmelig_sti>", methods=["OPTIONS"])
@ressurs.doc(security=[])
@feilsvar(ressurs, 401, "IkkeInnlogget")
@feilsvar(ressurs, 404, "KildeFinnesIkke")
@feilsvar(ressurs, 503, "Utilgjengelig")
@ressurs.response(200)
def samtykk_med_hemmelig_sti(kilde: str, hemmelig_sti: str) -> Response:
    """Ask whether a source that is known by a secret in its path may send"""
    oppsett = _hent_med_hemmelig_sti(kilde)
    return _uverifisert(oppsett, _anmodning(hemmelig_sti, b"")) or _samtykke(kilde)


def _samtykke(kilde: str) -> Response:
    i_minuttet = kildevern().takt(kilde).i_minuttet
    svar = Response(status=200, headers={"Allow": "POST, OPTIONS"})
    if opphav := request.headers.get("WebHook-Request-Origin"):
        svar.headers["WebHook-Allowed-Origin"] = opphav
        svar.headers["WebHook-Allowed-Rate"] = str(i_minuttet or UTEN_GRENSE)
    return svar
