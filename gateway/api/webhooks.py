"""Webhooks: what legacy systems have. Verified over the raw bytes first, stored, and only then understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from flask import Response, g, jsonify, request

from gateway.api.ramme import Ressurs, feilsvar, kildevern
from gateway.api.skjema import UTEN_GRENSE, Skjema, idfelt, liste, tallfelt, tekstfelt, valgfelt
from gateway.domain.feil import Avslag, KildeFinnesIkke
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.validering import LENGSTE_NOEKKEL
from gateway.http.anrop import kilder, kjerne
from gateway.http.klient import klientadresse
from gateway.http.korrelasjon import korrelasjonsid
from gateway.http.kropp import les_kropp
from gateway.http.mengde import Sjelden
from gateway.http.problemer import problem
from gateway.inbox.format import Uidentifisert
from gateway.inbox.inntak import Avsender, Lesning, Mottak, ta_imot_alle
from gateway.inbox.kilder import Kilde
from gateway.klokke import sann_tid
from gateway.plugin import Anmodning, Bevis, UgyldigSignatur
from gateway.plugin.formater import Svarinnhold

F = TypeVar("F", bound=Callable[..., Any])
ressurs = Ressurs("webhooks", __name__, url_prefix="/webhooks", description="Webhooks: what legacy systems have")

UTEN_TAKT = "*"  # to a sender that asks how many times a minute it may call
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
    (403, ("IngenTilgang",)),
    (401, ("IkkeInnlogget",)),
    (400, ("UgyldigJson",)),
)

usignert = Sjelden("what a source sends is not proven to be from it")


class WebhookdelSkjema(Skjema):
    """What became of one event of a message that carries many."""

    i_eksempel = ("indeks", "sted", "id", "tilstand")
    indeks = tallfelt("The event's place in the message, from 0.", eksempel=0, required=True)
    sted = tekstfelt("Where in the message it stands.", "line 2", lengst=LENGSTE_NOEKKEL, required=True)
    id = idfelt("The gateway's id of the event; not there if it was refused.", allow_none=False)
    tilstand = valgfelt(Hendelsestilstand, "The event's state; not there if it was refused.", allow_none=False)
    kode = tekstfelt("Why it was refused: a kode of the problems.", "Konflikt", lengst=LENGSTE_NOEKKEL)
    detail = tekstfelt(f"Why it was refused, or is kept in KARANTENE, in words. {UTEN_GRENSE}", "It is not JSON.")
    id_til_eksisterende = idfelt("The event that has the same source and id, with other content.")


class WebhookSvarSkjema(Skjema):
    """Empty for a message that only tries the connection, which is not kept."""

    i_eksempel = ("id", "tilstand")
    id = idfelt("The gateway's id of the event.", allow_none=False)
    tilstand = valgfelt(Hendelsestilstand, "The event's state.", allow_none=False)
    elementer = liste(
        WebhookdelSkjema(), "Instead of id and tilstand, for a message that may carry many: one for each, in its order."
    )


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
    g.kilde = oppsett  # for the form of the answer, whatever it is
    if oppsett.nett:
        oppsett.krev_nett(klientadresse())
    kropp = g.kropp = les_kropp(oppsett.maks_bytes)
    anmodning = _anmodning(hemmelig_sti, kropp)
    if ugyldig := _uverifisert(oppsett, anmodning):
        return ugyldig
    # Only what is proven counts: nobody else can use up what the source may send.
    kildevern().slipp_inn(oppsett.navn)
    if oppsett.ordning.er_proeve(anmodning):
        return jsonify(oppsett.ordning.proevesvar(anmodning))
    lest = oppsett.les(request.content_type or "", anmodning.hoder, kropp, kjerne().plugins)
    avsender = Avsender(
        produsent=oppsett.produsent, applikasjon=f"webhook:{oppsett.navn}", korrelasjonsid=korrelasjonsid()
    )
    mottatt = ta_imot_alle(kjerne(), lest.alle, avsender, regler=oppsett.regler)
    if lest.flere:
        deler = zip(mottatt, lest.alle, lest.steder, strict=True)
        svar = jsonify(elementer=[_element(nr, *ett) for nr, ett in enumerate(deler)])
    elif isinstance(mottatt[0], Avslag):
        raise mottatt[0]
    else:
        svar = jsonify(id=str(mottatt[0].id), tilstand=mottatt[0].tilstand)
    svar.status_code = _status(mottatt)
    return svar


def _status(mottatt: Sequence[Mottak | Avslag]) -> int:
    """202 when anything was stored; 422 when all was refused; else 200: it was stored before, or there was nothing."""
    tatt = [ett for ett in mottatt if isinstance(ett, Mottak)]
    return 202 if any(ett.ny for ett in tatt) else 422 if mottatt and not tatt else 200


def _i_formatet(oppsett: Kilde, svar: Response) -> None:
    innhold = svar.get_json(silent=True, force=True) if svar.content_length else None
    spurt = Svarinnhold(
        status=svar.status_code,
        innhold=innhold or {},
        innholdstype=request.content_type or "",
        melding=g.get("kropp", b""),
    )
    if formet := oppsett.format.svar(spurt):
        svar.set_data(formet.kropp)
        svar.content_type = formet.innholdstype


@ressurs.after_request
def i_kildens_form(svar: Response) -> Response:
    """Answer as the source's sender wants it: in its format, with the status that it takes for what it is."""
    oppsett: Kilde | None = g.get("kilde")
    if oppsett is None:
        return svar
    status = svar.status_code
    stil = oppsett.svar
    if oppsett.format.har_svar:
        _i_formatet(oppsett, svar)
    if status < 400 and stil.status is not None:
        svar.status_code = stil.status
    elif 400 <= status < 500 and status != 429 and stil.feil is not None:
        svar.status_code = stil.feil
    return svar


def _element(indeks: int, mottak: Mottak | Avslag, lesning: Lesning, sted: str) -> dict[str, Any]:
    """What came of one event of many: where it stood, and why it was refused, or is kept for a person to see."""
    element: dict[str, Any] = {"indeks": indeks, "sted": sted}
    if isinstance(mottak, Avslag):
        element |= {"kode": mottak.kode, "detail": mottak.detalj}
        if mottak.id_til_eksisterende:
            element["idTilEksisterende"] = str(mottak.id_til_eksisterende)
        return element
    element |= {"id": str(mottak.id), "tilstand": mottak.tilstand}
    if isinstance(lesning.hendelse, Uidentifisert) and mottak.tilstand == Hendelsestilstand.KARANTENE:
        element["detail"] = lesning.hendelse.grunn
    return element


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
        svar.headers["WebHook-Allowed-Rate"] = str(i_minuttet or UTEN_TAKT)
    return svar
