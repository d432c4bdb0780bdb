"""`Prefer: wait`: the answer tells what became of the events, if that comes in time, and costs nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.api import venting
from gateway.api.venting import VENTEROM, Venterom, oensket_ventetid
from gateway.inbox.format import SATSVIS, STRUKTURERT
from gateway.kjerne import Kjerne
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.vertskap.oversetter import Oversetter
from tests.inbox.innboks import Innboks
from tests.verden import FastKlokke, melding

STI = "/api/v1/hendelser"


@pytest.fixture
def hoder(kjerne: Kjerne, som: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return som(kjerne.produsenter.hent("inntektsmelding").applikasjoner[0])


@pytest.fixture
def innboks(kjerne: Kjerne) -> Iterator[Innboks]:
    ny = Innboks(kjerne, "inntektsmelding", FastKlokke())
    hemmelighet = Produsentnoekler(kjerne.database, kjerne.noekkelring)
    ny.oversetter = Oversetter(kjerne.plugins.steder, sekunder=10, hemmelighet=hemmelighet)
    yield ny
    ny.oversetter.lukk()


def ce(id_: str, **felter: Any) -> dict[str, Any]:
    data = melding("inntektsmelding/1_opprett")
    return {"specversion": "1.0", "id": id_, "source": "/im", "type": data["@event_name"], "data": data, **felter}


def post(klient: FlaskClient, hoder: dict[str, str], kropp: Any, prefer: str, type_: str = STRUKTURERT) -> Any:
    hodene = {**hoder, "Content-Type": type_, "Prefer": prefer}
    return klient.post(STI, data=json.dumps(kropp).encode(), headers=hodene)


@pytest.mark.parametrize(
    ("prefer", "sekunder"),
    [
        (None, 0),
        ("", 0),
        ("wait=2", 2),
        ("respond-async, wait=3", 3),
        ('WAIT = "4"', 4),
        ("wait=3600", venting.LENGSTE_SEKUNDER),
        ("wait=0", 0),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait=x", 0),
        ("nowait=5", 0),
        ("wait=" + "9" * 5000, 0),
    ],
)
def test_saa_lenge_oenskes_det_aa_vente(prefer: str | None, sekunder: float) -> None:
    assert oensket_ventetid(prefer) == sekunder


def test_svaret_har_utfallet_naar_det_kommer_i_tide(
    klient: FlaskClient, kjerne: Kjerne, hoder: dict[str, str], innboks: Innboks
) -> None:
    with ThreadPoolExecutor(1) as traad:
        svaret = traad.submit(post, klient, hoder, [ce("1"), ce("2", data={"feil": 1})], "wait=5", SATSVIS)
        while not svaret.done():
            innboks.runde()
        svar = svaret.result()
    assert (svar.status_code, svar.headers["Preference-Applied"]) == (202, "wait=5")
    bra, galt = svar.get_json()["elementer"]
    assert (bra["tilstand"], len(bra["utfall"]), bra["feilkode"]) == ("BEHANDLET", 2, None)
    assert all(ett["id"] for ett in bra["utfall"])
    assert (galt["tilstand"], galt["feilkode"], galt["utfall"]) == ("KARANTENE", "Oversettelsesfeil", None)
    igjen = post(klient, hoder, ce("1"), "wait=5")
    assert (igjen.status_code, igjen.get_json()["elementer"][0]["tilstand"]) == (200, "BEHANDLET")


def test_naar_tiden_er_ute_svares_det_som_er(
    klient: FlaskClient, hoder: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venting, "LENGSTE_SEKUNDER", 0.05)
    svar = post(klient, hoder, ce("1"), "wait=5")
    assert (svar.status_code, svar.headers["Preference-Applied"]) == (202, "wait=0.05")
    assert svar.get_json()["elementer"][0]["tilstand"] == "MOTTATT"


def test_uten_oenske_eller_plass_ventes_det_ikke(klient: FlaskClient, hoder: dict[str, str]) -> None:
    svar = post(klient, hoder, ce("1"), "respond-async")
    assert "Preference-Applied" not in svar.headers
    fullt = Venterom(4)
    assert fullt._plasser.acquire(blocking=False)
    utvidelser = klient.application.extensions
    vanlig, utvidelser[VENTEROM] = utvidelser[VENTEROM], fullt
    try:
        svar = post(klient, hoder, ce("2"), "wait=5")
    finally:
        utvidelser[VENTEROM] = vanlig
    assert (svar.status_code, svar.headers.get("Preference-Applied")) == (202, None)
    assert "utfall" not in svar.get_json()["elementer"][0]
