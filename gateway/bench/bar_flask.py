"""The reference for webhooks: a bare Flask endpoint with one insert, on the server and the settings of the gateway."""

from __future__ import annotations

import os
import threading
from http import HTTPStatus

import psycopg
from flask import Flask, Response, jsonify, request

from gateway.http.inngang import Inngang, grenser
from gateway.http.tjener import tjen
from gateway.oppsett.innstillinger import les_innstillinger

KLAR = "/klar"
TABELL = "bart_mottak"
OPPRETT = f"CREATE TABLE {TABELL} (id bigserial PRIMARY KEY, kropp bytea NOT NULL)"
_SETT_INN = f"INSERT INTO {TABELL} (kropp) VALUES (%s) RETURNING id"  # noqa: S608 - no one's input


def lag_app() -> Flask:
    app = Flask(__name__)
    url = os.environ["DATABASE_URL"]
    egen = threading.local()

    def forbindelse() -> psycopg.Connection:
        if not hasattr(egen, "forbindelse"):
            egen.forbindelse = psycopg.connect(url)
        svar: psycopg.Connection = egen.forbindelse
        return svar

    @app.get(KLAR)
    def klar() -> str:
        return "klar"

    @app.post("/<path:sti>")
    def ta_imot(sti: str) -> Response:
        del sti
        with forbindelse().transaction():
            rad = forbindelse().execute(_SETT_INN, (request.get_data(),)).fetchone()
        svar = jsonify(id=rad)
        svar.status_code = HTTPStatus.ACCEPTED
        return svar

    return app


def lag_inngang() -> Inngang:
    return Inngang(lag_app(), grenser(les_innstillinger()))


def main() -> None:
    tjen("gateway.bench.bar_flask:lag_inngang", les_innstillinger())


if __name__ == "__main__":
    main()
