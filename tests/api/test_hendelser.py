"""Domain events over REST: repeats, conflicts, and what is shown of an event."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.inbox.format import SATSVIS, STRUKTURERT
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Hendelse
from tests.verden import melding

STI = "/api/v1/hendelser"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def hoder(kjerne: Kjerne, som: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return som(kjerne.produsenter.hent("permittering").applikasjoner[0])


def ce(id_: str = "1", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/a",
        "type": "MASSEOPPSIGELSE",
        "subject": "gruppe-for-ola",
        "data": {**melding("permittering/masseoppsigelse"), **data},
    }


def post(klient: FlaskClient, hoder: dict[str, str], kropp: Any, type_: str = STRUKTURERT) -> Any:
    return klient.post(STI, data=json.dumps(kropp).encode(), headers={**hoder, "Content-Type": type_})


def test_samme_id_med_annet_innhold_er_konflikt_med_den_foerstes_id(klient: FlaskClient, hoder: dict[str, str]) -> None:
    (foerst,) = post(klient, hoder, ce()).get_json()["elementer"]
    assert post(klient, hoder, ce()).status_code == 200
    svar = post(klient, hoder, ce(antallBerorte=7))
    assert (svar.status_code, svar.get_json()["kode"]) == (409, "Konflikt")
    assert svar.get_json()["idTilEksisterende"] == foerst["id"]


def test_i_en_sats_svares_det_for_hvert_element(klient: FlaskClient, hoder: dict[str, str]) -> None:
    (foerst,) = post(klient, hoder, ce()).get_json()["elementer"]
    svar = post(klient, hoder, [ce(), ce(antallBerorte=7), ce("2"), ce("2", antallBerorte=7)], SATSVIS)
    assert svar.status_code == 202
    lik, ulik, ny, ny_ulik = svar.get_json()["elementer"]
    assert (lik["id"], ny["tilstand"]) == (foerst["id"], "MOTTATT")
    assert (ulik["kode"], ulik["idTilEksisterende"]) == ("Konflikt", foerst["id"])
    assert (ny_ulik["kode"], ny_ulik["idTilEksisterende"]) == ("Konflikt", ny["id"])


def test_ett_galt_tall_i_en_sats_rammer_bare_sitt_element(klient: FlaskClient, hoder: dict[str, str]) -> None:
    kropp = json.dumps([ce("1"), ce("2", antallBerorte=7), ce("3")]).replace(": 7", ": 1e400").encode()
    svar = klient.post(STI, data=kropp, headers={**hoder, "Content-Type": SATSVIS})
    assert svar.status_code == 202
    assert [ett.get("kode") for ett in svar.get_json()["elementer"]] == [None, "Valideringsfeil", None]


def test_en_tom_sats_er_en_valideringsfeil(klient: FlaskClient, hoder: dict[str, str]) -> None:
    svar = post(klient, hoder, [], SATSVIS)
    assert (svar.status_code, svar.get_json()["kode"]) == (422, "Valideringsfeil")
    assert "at least one event" in svar.get_json()["detail"]


def test_det_som_vises_er_et_merke_av_noekkelen_og_ikke_noekkelen(klient: FlaskClient, hoder: dict[str, str]) -> None:
    (en,) = post(klient, hoder, ce("1")).get_json()["elementer"]
    (to,) = post(klient, hoder, ce("2")).get_json()["elementer"]
    vist = [klient.get(ett["lenke"], headers=hoder) for ett in (en, to)]
    assert "gruppe-for-ola" not in vist[0].get_json()["noekkel"]
    assert vist[0].get_json()["noekkel"] == vist[1].get_json()["noekkel"]
    assert len(vist[0].get_json()["noekkel"]) == 16


@pytest.mark.parametrize("grunn", ["a\x00b", "\ud800", "a" * 501])
def test_en_grunn_som_ikke_kan_lagres_avvises(
    klient: FlaskClient, kjerne: Kjerne, hoder: dict[str, str], grunn: str
) -> None:
    (en,) = post(klient, hoder, ce("1")).get_json()["elementer"]
    svar = klient.post(f"{en['lenke']}/forkast", data=json.dumps({"grunn": grunn}), headers={**hoder, **JSON})
    assert (svar.status_code, svar.get_json()["kode"]) in ((422, "Valideringsfeil"), (400, "UgyldigJson"))
    with kjerne.database.tilkobling():
        assert Hendelse.get_by_id(en["id"]).tilstand == "MOTTATT"


def test_en_hendelse_som_ennaa_ikke_er_proevd_kan_forkastes(klient: FlaskClient, hoder: dict[str, str]) -> None:
    (en,) = post(klient, hoder, ce("1")).get_json()["elementer"]
    svar = klient.post(f"{en['lenke']}/forkast", json={"grunn": "sendt ved en feil"}, headers=hoder)
    assert (svar.status_code, svar.get_json()["tilstand"]) == (200, "FORKASTET")
    svar = klient.post(f"{en['lenke']}/forkast", json={"grunn": "igjen"}, headers=hoder)
    assert (svar.status_code, svar.get_json()["kode"]) == (409, "Konflikt")


@pytest.mark.parametrize("felt", ["id", "source", "type", "subject"])
@pytest.mark.parametrize("verdi", ["x" * 10_000, "a\x00b", "æ" * 501])
def test_det_som_aldri_kan_lykkes_sies_aldri_aa_vaere_midlertidig(
    klient: FlaskClient, hoder: dict[str, str], felt: str, verdi: str
) -> None:
    svar = post(klient, hoder, {**ce(), felt: verdi})
    assert (svar.status_code, svar.get_json()["kode"]) == (422, "Valideringsfeil")
