"""Where the time of a request goes: each function's own time, by the part of the house that it belongs to."""

from __future__ import annotations

import cProfile
import pstats
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from gateway.api.doer import api
from gateway.bench.maaleplass import kjerne_paa
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import DevUtsteder, Tokenkontroll
from gateway.inbox.kilder import Kilder
from gateway.vertskap.erklaering import Plugins

OPPVARMING = 20
ANNET = "Python itself, and the rest"
VENTER = "the database: waiting for it"
# The first whose text is in a function's file and name has it.
DELER: tuple[tuple[str, str], ...] = (
    ("psycopg/connection.py:", VENTER),
    ("psycopg/_cursor_base.py:_execute_send", VENTER),
    ("psycopg/_cursor_base.py:_send_query", VENTER),
    ("psycopg", "psycopg: parameters and rows"),
    ("peewee", "peewee"),
    ("playhouse", "peewee"),
    ("marshmallow", "JSON and marshmallow"),
    ("webargs", "JSON and marshmallow"),
    ("/json/", "JSON and marshmallow"),
    ("flask_smorest", "JSON and marshmallow"),
    ("gateway/api", "JSON and marshmallow"),
    ("joserfc", "token"),
    ("cryptography", "token"),
    ("gateway/http/tokens", "token"),
    ("gateway/domain/noekkelring", "taking them in: places, hashes, rows"),
    ("gateway/domain", "validation and rules"),
    ("stdnum", "validation and rules"),
    ("msgspec", "validation and rules"),
    ("cloudevents", "reading the events"),
    ("gateway/inbox/format", "reading the events"),
    ("gateway/inbox/attributter", "reading the events"),
    ("gateway/inbox/inntak", "taking them in: places, hashes, rows"),
    ("hmac.py", "taking them in: places, hashes, rows"),
    ("gateway/inbox", "the engine of events"),
    ("gateway/vertskap", "the plugin's process: waiting for it"),
    ("gateway/handling", "handling and store"),
    ("gateway/store", "handling and store"),
    ("flask", "Flask and werkzeug"),
    ("werkzeug", "Flask and werkzeug"),
    ("prometheus_client", "log and metrics"),
    ("structlog", "log and metrics"),
    ("logging", "log and metrics"),
)


@dataclass(frozen=True, kw_only=True)
class Del:
    """A part, and its share of the time."""

    hva: str
    andel: float


@dataclass(frozen=True, kw_only=True)
class Foresporsel:
    """What is posted, by an application."""

    sti: str
    innholdstype: str
    kropp: bytes


def tidsbruk(
    database_url: str,
    foresporsler: Iterator[Foresporsel],
    applikasjon: str,
    antall: int,
    plugins: Plugins | None = None,
) -> list[Del]:
    """Send `antall` of the requests, one at a time and in this process; the parts, the largest first."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as mappe:
        utsteder = DevUtsteder(Path(mappe))
        kjerne = replace(kjerne_paa(database_url), plugins=plugins or Plugins())
        app = lag_applikasjon(kjerne, tokens=Tokenkontroll([utsteder.som_utsteder()]), doerer=[api(Kilder(()))])
        hoder = {"Authorization": f"Bearer {utsteder.produsent_token(applikasjon)}"}
        klient = app.test_client()
        _send(klient, islice(foresporsler, OPPVARMING), hoder)
        profil = cProfile.Profile()
        profil.enable()
        _send(klient, islice(foresporsler, antall), hoder)
        profil.disable()
        kjerne.database.lukk()
    tider = per_del(pstats.Stats(profil))
    alt = sum(tider.values())
    return [Del(hva=hva, andel=tid / alt) for hva, tid in tider.most_common()]


def _send(klient: FlaskClient, foresporsler: Iterable[Foresporsel], hoder: Mapping[str, str]) -> None:
    for ett in foresporsler:
        svar = klient.post(ett.sti, data=ett.kropp, content_type=ett.innholdstype, headers=dict(hoder))
        if svar.status_code not in (201, 202):
            raise RuntimeError(f"POST {ett.sti} answered {svar.status_code}: {svar.get_data(as_text=True)}")


def per_del(tall: pstats.Stats) -> Counter[str]:
    """Own time by part; what C does counts to who called it."""
    tider: Counter[str] = Counter()
    alle: Mapping[Any, Any] = tall.stats  # type: ignore[attr-defined]
    for (fil, _, funksjon), (_, _, egen, _, kallere) in alle.items():
        if "werkzeug/test.py" in fil or "flask/testing.py" in fil:
            continue  # the client's
        if fil == "~" and kallere:
            for (kallers_fil, _, kaller), (_, _, tid, _) in kallere.items():
                tider[_del(f"{kallers_fil}:{kaller}")] += tid
        else:
            tider[_del(f"{fil}:{funksjon}")] += egen
    return tider


def _del(hvor: str) -> str:
    return next((hva for tekst, hva in DELER if tekst in hvor), ANNET)
