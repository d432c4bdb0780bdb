"""The door for producers and legacy systems: REST, webhooks, the OpenAPI document and Swagger UI."""

from __future__ import annotations

from flask import Flask

from gateway.api import (
    beskjeder,
    endringer,
    hendelser,
    kalenderavtaler,
    notifikasjoner,
    oppgaver,
    saker,
    sikring,
    varsler,
    webhooks,
    whoami,
)
from gateway.api.dokument import GatewayApi
from gateway.api.ramme import KILDEVERN, PRODUSENTVERN, Utenom
from gateway.api.swagger import registrer_swagger
from gateway.api.venting import VENTEROM, Venterom
from gateway.http.anrop import KILDER
from gateway.http.applikasjon import Doer
from gateway.http.mengde import Mengdevern
from gateway.inbox.kilder import Kilder
from gateway.kjerne import Kjerne

DOKUMENT = "/openapi.json"
BESKRIVELSE = """\
Send beskjeder, oppgaver and saker to employers on Min side – arbeidsgiver.

Press **Authorize** and paste a token. In development `gateway token produsent <application>` prints one, such as
`gateway token produsent dev-gcp:fager:fager-demo`.

Creating the same thing twice is safe: the same content answers the existing id. Updates take an `Idempotency-Key`.
"""
RESSURSER = (
    whoami.ressurs,
    saker.ressurs,
    sikring.ressurs,
    sikring.aapne,
    beskjeder.ressurs,
    oppgaver.ressurs,
    kalenderavtaler.ressurs,
    notifikasjoner.ressurs,
    varsler.ressurs,
    endringer.ressurs,
    hendelser.ressurs,
    hendelser.typeressurs,
    webhooks.ressurs,
)


def api(kilder: Kilder) -> Doer:
    """The door, with these webhook sources."""

    def aapne(app: Flask, kjerne: Kjerne) -> None:
        app.config.update(
            API_TITLE="Produsentgateway",
            API_VERSION="v1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX="/",
            OPENAPI_JSON_PATH=DOKUMENT.removeprefix("/"),
            API_SPEC_OPTIONS={
                "info": {"description": BESKRIVELSE},
                "security": [{"token": []}],
                "components": {
                    "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
                },
            },
        )
        app.extensions[KILDER] = kilder
        app.extensions[PRODUSENTVERN] = Mengdevern(
            kjerne.innstillinger.grense_produsent, kjerne.produsenter.egne_grenser
        )
        app.extensions[KILDEVERN] = Mengdevern(kjerne.innstillinger.grense_kilde, kilder.egne_grenser)
        app.url_map.converters["utenom"] = Utenom
        app.extensions[VENTEROM] = Venterom(kjerne.innstillinger.web_traader)
        dokumentert = GatewayApi(app)
        for ressurs in RESSURSER:
            dokumentert.register_blueprint(ressurs)
        registrer_swagger(app, DOKUMENT)

    return aapne
