"""What would become of events: told by the plugin and the domain themselves, and nothing of it has happened."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.http.anrop import KJERNE, PROEVESTED
from gateway.inbox import forhandsvisning
from gateway.inbox.format import SATSVIS, STRUKTURERT
from gateway.inbox.proevested import Proevested
from gateway.kjerne import Kjerne
from gateway.plugin import Oppslag
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.store.tabeller import TABELLER, Produsentnoekkel
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter
from tests.inbox.innboks import PLUGIN
from tests.verden import melding

STI = "/api/v1/hendelser/forhandsvis"


@pytest.fixture
def hoder(kjerne: Kjerne, som: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return som(kjerne.produsenter.hent("inntektsmelding").applikasjoner[0])


def ce(navn: str) -> dict[str, Any]:
    data = melding(f"inntektsmelding/{navn}")
    return {"specversion": "1.0", "id": data["@id"], "source": "/im", "type": data["@event_name"], "data": data}


def vis(
    klient: FlaskClient, hoder: dict[str, str], *hendelser: dict[str, Any], **sporring: str
) -> list[dict[str, Any]]:
    svar = klient.post(
        STI, data=json.dumps(hendelser), headers={**hoder, "Content-Type": SATSVIS}, query_string=sporring
    )
    assert svar.status_code == 200, svar.text
    elementer: list[dict[str, Any]] = svar.get_json()["elementer"]
    return elementer


def alt_som_er_lagret(kjerne: Kjerne) -> dict[str, int]:
    """How many rows there are of each kind, but for the producers' own secrets, which are made when first used."""
    with kjerne.database.tilkobling():
        return {
            tabell._meta.table_name: tabell.select().count() for tabell in TABELLER if tabell is not Produsentnoekkel
        }


def test_kommandoene_vises_med_det_hver_ville_svart_og_ingenting_har_skjedd(
    klient: FlaskClient, kjerne: Kjerne, hoder: dict[str, str]
) -> None:
    ringt: list[str] = []

    class Noterer:
        def ring(self, runde: str) -> None:
            ringt.append(runde)

    klient.application.extensions[KJERNE] = replace(kjerne, doerklokke=Noterer())
    try:
        (vist,) = vis(klient, hoder, ce("1_opprett"))
    finally:
        klient.application.extensions[KJERNE] = kjerne
    assert (vist["tilstand"], vist["feilkode"], vist["plugin"]) == ("BEHANDLET", None, "inntektsmelding==2")
    assert [ett["kommando"] for ett in vist["kommandoer"]] == ["NySak", "NyOppgave"]
    assert all(ett["utfall"]["ny"] and ett["avslag"] is None for ett in vist["kommandoer"])
    assert vist["kommandoer"][1]["innhold"]["grupperingsid"] == vist["kommandoer"][0]["innhold"]["grupperingsid"]
    assert set(alt_som_er_lagret(kjerne).values()) == {0}
    assert ringt == []


def test_hver_hendelse_ser_det_de_foran_den_ville_gjort(klient: FlaskClient, hoder: dict[str, str]) -> None:
    alene = vis(klient, hoder, ce("3_besvart"))[0]
    etter = vis(klient, hoder, ce("1_opprett"), ce("3_besvart"))[1]
    assert [ett["utfall"] for ett in alene["kommandoer"]] != [ett["utfall"] for ett in etter["kommandoer"]]
    assert all(ett["utfall"] for ett in etter["kommandoer"])


def test_en_hendelse_som_er_sendt_foer_viser_til_den_foerste(klient: FlaskClient, hoder: dict[str, str]) -> None:
    sendt = klient.post(
        "/api/v1/hendelser", data=json.dumps(ce("1_opprett")), headers={**hoder, "Content-Type": STRUKTURERT}
    ).get_json()["elementer"][0]
    assert vis(klient, hoder, ce("1_opprett"))[0]["idTilEksisterende"] == sendt["id"]


def test_det_som_er_galt_med_en_sies_i_dens_sted(klient: FlaskClient, hoder: dict[str, str]) -> None:
    ukjent, uten_id, feil = ({**ce("1_opprett"), **annet} for annet in ({"type": "X"}, {"id": ""}, {"data": {}}))
    a, b, c, d = vis(klient, hoder, ukjent, uten_id, feil, ce("1_opprett"))
    assert (a["kode"], b["kode"]) == ("UkjentHendelsestype", "Valideringsfeil")
    assert (c["tilstand"], c["feilkode"], c["kommandoer"]) == ("KARANTENE", "Oversettelsesfeil", [])
    assert c["feilklasse"] == "VARIG"
    assert "schema" in c["feilmelding"]
    assert d["tilstand"] == "BEHANDLET"


def test_flere_enn_femti_avvises(klient: FlaskClient, hoder: dict[str, str]) -> None:
    sats = [{**ce("1_opprett"), "id": str(nr)} for nr in range(forhandsvisning.FLEST + 1)]
    svar = klient.post(STI, data=json.dumps(sats), headers={**hoder, "Content-Type": SATSVIS})
    assert (svar.status_code, svar.get_json()["kode"]) == (422, "Valideringsfeil")


@pytest.mark.parametrize("oppslag", ["ja", "", "TRUE"])
def test_oppslag_er_true_eller_false(klient: FlaskClient, hoder: dict[str, str], oppslag: str) -> None:
    svar = klient.post(f"{STI}?oppslag={oppslag}", json=ce("1_opprett"), headers={**hoder, "Content-Type": STRUKTURERT})
    assert svar.status_code == 422


@pytest.fixture
def uskikkelig(
    klient: FlaskClient, kjerne: Kjerne, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proevested]:
    """The application with a plugin of `fager` that does everything wrong, under a second's limit."""
    (tmp_path / "uskikkelig.py").write_text(textwrap.dedent(PLUGIN))
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("uskikkelig", None)
    plugins = last_plugins([Pluginsted(navn="uskikkelig", modul="uskikkelig", produsent="fager")], strenge=True)
    utvidelser = klient.application.extensions
    foer = dict(utvidelser)
    proevested = Proevested(partial(Oversetter, sekunder=0.5), samtidige=1, vent_sekunder=0.1)
    utvidelser[KJERNE], utvidelser[PROEVESTED] = replace(kjerne, plugins=plugins), proevested
    yield proevested
    utvidelser.update(foer)
    proevested.lukk()


def egen(type_: str, id_: str = "1", **data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id_, "source": "/f", "type": type_, "data": data}


@pytest.mark.parametrize(
    ("type_", "tilstand", "kode"),
    [
        ("HENGER", "PAA_VENT", "Tidsgrense"),
        ("DOER", "PAA_VENT", "ProsessenDoede"),
        ("FEILER", "KARANTENE", "Oversettelsesfeil"),
        ("TULL", "KARANTENE", "Oversettelsesfeil"),
        ("NUL_I_TEKST", "KARANTENE", "Valideringsfeil"),
        ("TO_TING", "KARANTENE", "Valideringsfeil"),
        ("FREMMED", "PAA_VENT", "UgyldigMerkelapp"),
        ("BESKJED", "BEHANDLET", None),
    ],
)
def test_en_plugin_som_oppfoerer_seg_daarlig_koster_bare_sin_egen_hendelse(
    klient: FlaskClient, fager: dict[str, str], uskikkelig: Proevested, type_: str, tilstand: str, kode: str | None
) -> None:
    vist, frisk = vis(klient, fager, egen(type_), egen("BESKJED", "2"))
    assert (vist["tilstand"], vist["feilkode"]) == (tilstand, kode), vist["feilmelding"]
    assert frisk["tilstand"] == "BEHANDLET"


def test_avslaget_staar_ved_sin_kommando_og_de_etter_den_er_ikke_naadd(
    klient: FlaskClient, fager: dict[str, str], uskikkelig: Proevested
) -> None:
    (vist,) = vis(klient, fager, egen("TO_TING"))
    foerste, andre = vist["kommandoer"]
    assert (foerste["utfall"]["ny"], foerste["avslag"]) == (True, None)
    assert (andre["utfall"], andre["avslag"], andre["tillatt"]) == (None, "Valideringsfeil", False)
    assert andre["detail"]


def test_bare_noen_faa_proever_om_gangen_og_andre_bes_komme_igjen(
    klient: FlaskClient, fager: dict[str, str], uskikkelig: Proevested
) -> None:
    app = klient.application
    plugins = app.extensions[KJERNE].plugins
    tatt, slipp = Barrier(2), Barrier(2)

    def hold() -> None:
        with uskikkelig.hos(plugins.steder[0], plugins):
            tatt.wait(10)
            slipp.wait(10)

    traad = Thread(target=hold)
    traad.start()
    tatt.wait(10)
    opptatt = klient.post(STI, json=egen("BESKJED"), headers={**fager, "Content-Type": STRUKTURERT})
    slipp.wait(10)
    traad.join()
    assert (opptatt.status_code, opptatt.get_json()["kode"]) == (503, "Utilgjengelig")
    assert opptatt.headers["Retry-After"]
    assert vis(klient, fager, egen("BESKJED"))[0]["tilstand"] == "BEHANDLET"


SLAAR_OPP = """
from gateway.plugin import *
VERSJON = "1"

@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="T", beskrivelse="x", skjema={"type": "object"}, eksempel={})]

@hookimpl
def oppslag(hendelse):
    return [Oppslag(navn="leder", tjeneste="nl", valgfritt=hendelse.data["valgfritt"])]

@hookimpl
def oversett(hendelse, kontekst):
    return [Merknad(tekst=str(kontekst.oppslag["leder"])), Lagre(noekkel="n", verdi={"a": 1})]
"""


class Svarer:
    """A service that answers, and notes that it was asked."""

    def __init__(self) -> None:
        self.spurt: list[str] = []

    def svar(self, produsent: str, spoersmaal: Sequence[Oppslag]) -> Mapping[str, Any]:
        self.spurt += [ett.navn for ett in spoersmaal]
        return {ett.navn: "Kari" for ett in spoersmaal}


@pytest.fixture
def svarer(klient: FlaskClient, kjerne: Kjerne, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Svarer]:
    """The application with a plugin of `fager` that looks something up, and a service that answers."""
    (tmp_path / "slaar_opp.py").write_text(SLAAR_OPP)
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins = last_plugins([Pluginsted(navn="slaar_opp", modul="slaar_opp", produsent="fager")], strenge=True)
    utvidelser = klient.application.extensions
    foer = dict(utvidelser)
    tjeneste = Svarer()
    hemmelighet = Produsentnoekler(kjerne.database, kjerne.noekkelring)
    proevested = Proevested(partial(Oversetter, sekunder=5, hemmelighet=hemmelighet), oppslag=tjeneste)
    utvidelser[KJERNE], utvidelser[PROEVESTED] = replace(kjerne, plugins=plugins), proevested
    yield tjeneste
    utvidelser.update(foer)
    proevested.lukk()


@pytest.mark.parametrize(
    ("valgfritt", "spoerres", "tilstand", "merknad"),
    [
        (False, False, None, None),
        (True, False, "BEHANDLET", "None"),
        (False, True, "BEHANDLET", "Kari"),
        (True, True, "BEHANDLET", "Kari"),
    ],
)
def test_oppslag_sies_og_spoerres_bare_naar_det_bes_om(
    klient: FlaskClient,
    kjerne: Kjerne,
    fager: dict[str, str],
    svarer: Svarer,
    valgfritt: bool,
    spoerres: bool,
    tilstand: str | None,
    merknad: str | None,
) -> None:
    (vist,) = vis(klient, fager, egen("T", valgfritt=valgfritt), oppslag="true" if spoerres else "false")
    assert vist["oppslag"] == [{"navn": "leder", "tjeneste": "nl", "valgfritt": valgfritt, "spurt": spoerres}]
    assert svarer.spurt == (["leder"] if spoerres else [])
    assert vist["tilstand"] == tilstand
    assert vist["merknader"] == ([merknad] if merknad else [])
    assert vist["feilkode"] == (None if merknad else "OppslagIkkeSpurt")
    assert vist["lagrer"] == (1 if merknad else 0)
    assert set(alt_som_er_lagret(kjerne).values()) == {0}
