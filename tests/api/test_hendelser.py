"""Domain events over REST: repeats, conflicts, and what is shown of an event."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.inbox import utvalg
from gateway.inbox.format import SATSVIS, STRUKTURERT
from gateway.inbox.identitet import glemt_id
from gateway.inbox.rekkefoelge import noekkelens_hash
from gateway.kjerne import Kjerne, ny_id
from gateway.store.tabeller import Hendelse
from tests.verden import START, FastKlokke, melding

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


def lagret(kjerne: Kjerne, nummer: int, **felter: Any) -> str:
    """An event as a round has left it."""
    id_ = ny_id()
    hash_ = noekkelens_hash(kjerne, "permittering", f"nøkkel {nummer % 2}", kilde="/a", id_="x")
    with kjerne.database.tilkobling():
        Hendelse.insert(
            **{
                "id": id_,
                "produsent": "permittering",
                "kilde": "/a",
                "ekstern_id": f"egen-{nummer}",
                "type": "MASSEOPPSIGELSE",
                "noekkel": hash_,
                "loepenummer": nummer,
                "format": "json",
                "raa": b"{}",
                "applikasjon": "a",
                "korrelasjonsid": "k",
                "mottatt_tidspunkt": kjerne.klokke.naa(),
                "tilstand": "BEHANDLET",
                **felter,
            }
        ).execute()
    return str(id_)


FUNN = [
    ({}, [0, 1, 2, 3, 4, 5]),
    ({"tilstand": "KARANTENE"}, [1, 3]),
    ({"type": "PERMITTERING_UTEN_LOENN"}, [2]),
    ({"kilde": "/b"}, [4]),
    ({"feilkode": "Oversettelsesfeil"}, [1]),
    ({"feilklasse": "KONFLIKT"}, [3]),
    ({"plugin": "permittering"}, [2, 5]),
    ({"plugin": "permittering==1"}, [2]),
    ({"plugin": "permit"}, []),
    ({"plugin": "permit%"}, []),
    ({"eksternId": "egen-4"}, [4]),
    ({"eksternId": "egen-4", "kilde": "/a"}, []),
    ({"eksternId": "den-glemte"}, [5]),
    ({"noekkel": "nøkkel 1"}, [1, 3, 5]),
    ({"noekkel": "nøkkel 1", "tilstand": "KARANTENE"}, [1, 3]),
    ({"noekkel": "nøkkel 2"}, []),
    ({"tekst": "KeyError: 'org"}, [1]),
    ({"tekst": "keyerror"}, []),
    ({"tekst": "100 %"}, [3]),
    ({"fra": "2026-11-23T12:00:00Z", "til": "2026-11-23T14:00:00Z"}, [3, 4]),
    ({"fra": "2026-11-23T15:00"}, [5]),
]


@pytest.fixture
def seks(kjerne: Kjerne, klokke: FastKlokke) -> list[str]:
    """Six events, an hour apart, no two alike; and one of another producer."""
    glemt = glemt_id(kjerne.noekkelring, "permittering", "/a", "den-glemte")
    ulike: list[dict[str, Any]] = [
        {},
        {
            "tilstand": "KARANTENE",
            "feilkode": "Oversettelsesfeil",
            "feilklasse": "VARIG",
            "feilmelding": "KeyError: 'orgnr'",
        },
        {"type": "PERMITTERING_UTEN_LOENN", "plugin": "permittering==1"},
        {"tilstand": "KARANTENE", "feilkode": "Konflikt", "feilklasse": "KONFLIKT", "feilmelding": "100 % feil"},
        {"kilde": "/b", "tilstand": "MOTTATT"},
        {"ekstern_id": glemt, "glemt_id": glemt, "plugin": "permittering==2", "tilstand": "FORKASTET"},
    ]
    ider = []
    for nummer, felter in enumerate(ulike):
        ider.append(lagret(kjerne, nummer, **felter))
        klokke.gaa(hours=1)
    lagret(kjerne, 99, produsent="fager", ekstern_id="egen-4", plugin="permittering==1", feilkode="Oversettelsesfeil")
    klokke.still(START)
    return ider


@pytest.mark.parametrize(("sporring", "antall"), FUNN, ids=lambda ett: str(ett))
@pytest.mark.parametrize("vindu", [utvalg.VINDU, 2])
def test_lista_finner_det_som_passer_og_ikke_annet(
    klient: FlaskClient,
    hoder: dict[str, str],
    seks: list[str],
    monkeypatch: pytest.MonkeyPatch,
    sporring: dict[str, str],
    antall: list[int],
    vindu: int,
) -> None:
    monkeypatch.setattr(utvalg, "VINDU", vindu)
    sett: list[str] = []
    etter: str | None = ""
    while etter is not None:
        hvor = {**sporring, "antall": "2", **({"etter": etter} if etter else {})}
        svar = klient.get(STI, query_string=hvor, headers=hoder)
        assert svar.status_code == 200, svar.text
        side = svar.get_json()
        assert len(side["elementer"]) <= 2
        sett += [ett["id"] for ett in side["elementer"]]
        etter = side["neste"]
    assert sett == [seks[nummer] for nummer in antall]


def test_merket_som_vises_finner_alle_med_samme_noekkel(
    klient: FlaskClient, hoder: dict[str, str], seks: list[str]
) -> None:
    vist = klient.get(f"{STI}/{seks[1]}", headers=hoder).get_json()["noekkel"]
    svar = klient.get(STI, query_string={"merke": vist}, headers=hoder).get_json()
    assert [ett["id"] for ett in svar["elementer"]] == [seks[1], seks[3], seks[5]]


@pytest.mark.parametrize(
    "sporring",
    [
        {"merke": "xyz"},
        {"feilklasse": "ANNET"},
        {"tekst": "a\x00"},
        {"fra": "i går"},
        {"eksternId": ""},
        {"ukjent": "x"},
    ],
)
def test_det_som_ikke_kan_letes_etter_avvises(
    klient: FlaskClient, hoder: dict[str, str], sporring: dict[str, str]
) -> None:
    svar = klient.get(STI, query_string=sporring, headers=hoder)
    assert (svar.status_code, svar.get_json()["kode"]) == (422, "Valideringsfeil")


def test_hos_en_med_svaert_mange_kilder_maa_kilden_sies(
    klient: FlaskClient, kjerne: Kjerne, hoder: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(utvalg, "FLEST_KILDER", 3)
    ider = [lagret(kjerne, nummer, kilde=f"/{nummer}") for nummer in range(4)]
    svar = klient.get(STI, query_string={"eksternId": "egen-2"}, headers=hoder)
    assert (svar.status_code, list(svar.get_json()["felter"]["query"])) == (422, ["kilde"])
    svar = klient.get(STI, query_string={"eksternId": "egen-2", "kilde": "/2"}, headers=hoder)
    assert [ett["id"] for ett in svar.get_json()["elementer"]] == [ider[2]]


def test_alt_som_er_kjent_om_en_hendelse_vises_og_ikke_det_oppslagene_svarte(
    klient: FlaskClient, kjerne: Kjerne, hoder: dict[str, str]
) -> None:
    id_ = lagret(
        kjerne,
        1,
        tilstand="PAA_VENT",
        oppslag={"leder": {"navn": "Kari Leder"}, "adresse": None},
        merknader={"merknader": ["Mangler kontaktperson"]},
        venter_paa="f" * 64,
        vent_til=START,
        ferdige_deler=["312914174"],
    )
    svar = klient.get(f"{STI}/{id_}", headers=hoder)
    vist = svar.get_json()
    assert vist["oppslag"] == [{"navn": "leder", "fikkSvar": True}, {"navn": "adresse", "fikkSvar": False}]
    assert "Kari Leder" not in svar.text
    assert (vist["merknader"], vist["hoppetOver"]) == (["Mangler kontaktperson"], None)
    assert vist["venterPaa"] == {"merke": "f" * 16, "til": "2026-11-23T09:00:00Z"}
    assert (vist["ferdigeDeler"], vist["objekter"]) == (["312914174"], [])
