"""What may come of an event beside that all of it is done: it waits, is passed over, is done in parts, or is told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.registrer import Adaptere
from gateway.domain.feil import Avslag, MottakerUtenforSaken
from gateway.domain.hendelse import Feilklasse
from gateway.handling.utfoer import Stegavslag
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.fordeling import Fordeling
from gateway.inbox.funn import KLASSER, funn_av
from gateway.inbox.inntak import Mottak, ta_imot_alle
from gateway.inbox.kilder import les_kilder
from gateway.inbox.oppfoelging import forkast, paa_nytt
from gateway.inbox.oppslag import OppslagFeilet
from gateway.kjerne import Kjerne
from gateway.oppsett.produsentregister import Produsentregister
from gateway.plugin import Oppslag
from gateway.store.innboks import KOE
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Notifikasjon
from gateway.vertskap.feil import Bruddkode
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter
from tests.inbox.innboks import Innboks
from tests.plugins.moduler import Moduler
from tests.verden import FastKlokke, en_beskjed

PLUGIN = """
@hookimpl
def hendelsestyper():
    typer = ("BESKJED", "LAGRER", "VENTER", "HOPPER", "DELER", "SPOER", "FREMMED", "FEILER", "HVEM")
    return [Hendelsestype(navn=navn, beskrivelse=navn, skjema={"type": "object"}, eksempel={}) for navn in typer]

def beskjed(ekstern_id, merkelapp="Fager", tekst="Hei"):
    return NyBeskjed(
        merkelapp=merkelapp, ekstern_id=ekstern_id, virksomhetsnummer="312914174", tekst=tekst, lenke="https://nav.no",
        mottakere=(Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="nav_sykepenger_inntektsmelding")),),
    )

@hookimpl
def identitet(hendelse, kontekst):
    nr = hendelse.data.get("nr")
    return Identitet(id=nr, noekkel="n") if nr else None

@hookimpl
def oppslag(hendelse, kontekst):
    return [Oppslag(navn="svar", tjeneste="t", sti=hendelse.data["sti"])] if hendelse.type == "SPOER" else []

@hookimpl
def oversett(hendelse, kontekst):
    data, lager = hendelse.data, kontekst.lager
    if hendelse.type == "LAGRER":
        return [Lagre(noekkel=data["lagre"], verdi=data["verdi"]), beskjed(hendelse.id)]
    if hendelse.type == "VENTER":
        if data["paa"] in lager:
            return [beskjed(f"{hendelse.id}-{lager[data['paa']]}")]
        if kontekst.ventet_forgjeves and data.get("gir_opp"):
            return [beskjed(f"{hendelse.id}-forgjeves")]
        return [VentPaa(noekkel=data["paa"], lengst="PT2H")]
    if hendelse.type == "HOPPER":
        return [HoppOver(grunn="not for employers"), Merknad(tekst="an old form")]
    if hendelse.type == "DELER":
        friske = "reparert" in lager
        return [
            Del(navn=navn, kommandoer=[beskjed(f"{hendelse.id}-{navn}a"), beskjed(
                f"{hendelse.id}-{navn}b", tekst="Hei" if friske or navn not in data["daarlige"] else "",
            )])
            for navn in data["deler"]
        ]
    if hendelse.type == "SPOER":
        return [beskjed(hendelse.id, tekst=kontekst.oppslag["svar"]["navn"])]
    if hendelse.type == "FREMMED":
        return [beskjed(hendelse.id, merkelapp=lager.get("innstilling", "Permittering"))]
    if hendelse.type == "FEILER":
        raise LookupError("no")
    return [beskjed(hendelse.id)]
"""


class Svarer:
    """Answers look-ups, or raises, as it is told; and remembers what it was asked."""

    def __init__(self) -> None:
        self.spurt: list[str] = []
        self.feil: OppslagFeilet | None = None

    def svar(self, produsent: str, spoersmaal: Sequence[Oppslag]) -> Mapping[str, Any]:
        self.spurt += [ett.sti for ett in spoersmaal]
        if self.feil:
            raise self.feil
        return {ett.navn: {"navn": f"svar {len(self.spurt)} om {ett.sti}"} for ett in spoersmaal}


class Verden(Innboks):
    """The inbox of a producer whose plugin uses all that plugins may answer; its rounds are of one process."""

    def __init__(self, kjerne: Kjerne, oversetter: Oversetter) -> None:
        super().__init__(kjerne, "fager", FastKlokke())
        self.oversetter.lukk()
        self.oversetter = oversetter
        self.tjeneste = Svarer()
        self.fordeling = Fordeling()
        self.telt: list[str] = []

    def hendelse_maalt(self, utfall: str) -> int:
        return self.telt.count(utfall)

    def ny_runde(self) -> Innboksrunde:
        oppslag: Any = self.tjeneste
        return Innboksrunde(self.kjerne, self.oversetter, self.sann_tid, self.fordeling, oppslag=oppslag)

    def send(self, type_: str, id_: str, noekkel: str | None = None, **data: Any) -> Mottak:
        stopper = data.pop("stopper", None)
        return self.inn({"type": type_, "id": id_, **data}, noekkel=noekkel, stopper_noekkelen=stopper)

    def gaa(self, **tid: float) -> None:
        self.kjerne.klokke.gaa(**tid)  # type: ignore[attr-defined]

    def beskjeder(self) -> list[str]:
        with self.kjerne.database.tilkobling():
            return [rad.ekstern_id for rad in Notifikasjon.select().order_by(Notifikasjon.id)]

    def stand(self, mottak: Mottak) -> tuple[str, str | None, str | None]:
        rad = self.les(mottak)
        return rad.tilstand, rad.feilkode, rad.feilklasse


class Maaler:
    def __init__(self, verden: Verden) -> None:
        self._verden = verden

    def hendelse(self, produsent: str, plugin: str, utfall: str, klasse: str = "") -> None:
        self._verden.telt.append(utfall)

    def oppslag(self, *_: Any) -> None:
        """Not looked at."""


@pytest.fixture
def verden(kjerne: Kjerne, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Verden]:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sted = replace(Moduler(tmp_path, monkeypatch).skriv("allsidig", PLUGIN), produsent="fager")
    kjerne = replace(kjerne, plugins=last_plugins([sted], strenge=True))
    hemmelighet = Produsentnoekler(kjerne.database, kjerne.noekkelring)
    ny = Verden(kjerne, Oversetter([sted], sekunder=10, hemmelighet=hemmelighet))
    ny.kjerne = replace(ny.kjerne, maaler=Maaler(ny))
    yield ny
    ny.oversetter.lukk()


# --- classes ---------------------------------------------------------------------------------------------------------


def _alle_avslag() -> list[type[Avslag]]:
    return [ett for ett in Avslag.__subclasses__() if ett.__module__ == Avslag.__module__]


def test_hver_feilkode_har_en_klasse() -> None:
    koder = {avslag.kode for avslag in _alle_avslag()} | {str(kode) for kode in Bruddkode}
    assert koder <= KLASSER.keys()


@pytest.mark.parametrize("kode", ["UgyldigMerkelapp", "UgyldigMottaker", "VilkaarIkkeGodkjent", "UkjentProdusent"])
def test_det_konfigurasjonen_mangler_er_konfigurasjon(kode: str) -> None:
    (avslag,) = (ett for ett in _alle_avslag() if ett.kode == kode)
    assert funn_av(avslag("x")).klasse is Feilklasse.KONFIGURASJON


def test_en_mottaker_som_saken_ikke_har_er_en_konflikt_som_intet_register_retter() -> None:
    avslag = MottakerUtenforSaken("x")
    assert avslag.kode == "UgyldigMottaker"
    steg = Stegavslag(avslag, nummer=1, av=1, kommando=en_beskjed())
    assert funn_av(steg).klasse is Feilklasse.KONFLIKT


def test_et_avslag_ingen_kjenner_klassen_til_loves_ingen_at_gaar_over() -> None:
    class Nytt(Avslag):
        kode = "Nytt"
        tittel = "x"

    assert funn_av(Nytt("x")).klasse is Feilklasse.VARIG


# --- configuration ---------------------------------------------------------------------------------------------------


def _med_merkelapp(kjerne: Kjerne) -> Produsentregister:
    alle = dict(kjerne.produsenter.oppfoeringer)
    fager = alle["fager"]
    merkelapper = (*fager.produsent.merkelapper, "Permittering")
    alle["fager"] = replace(fager, produsent=replace(fager.produsent, merkelapper=merkelapper))
    return Produsentregister(alle.values())


def test_en_merkelapp_som_ikke_er_gitt_ventes_paa_uten_aa_telle_forsoek(verden: Verden) -> None:
    fremmed = verden.send("FREMMED", "1", "n")
    bak = verden.send("BESKJED", "2", "n")
    annen = verden.send("BESKJED", "3", "m")
    for _ in range(12):
        verden.runde()
        verden.gaa(minutes=5)
    assert verden.stand(fremmed) == ("PAA_VENT", "UgyldigMerkelapp", "KONFIGURASJON")
    assert verden.les(fremmed).forsoek == 0
    assert verden.stand(bak)[0] == "PAA_VENT"
    assert verden.stand(annen)[0] == "BEHANDLET"


def test_naar_registeret_leses_paa_nytt_gaar_det_videre_av_seg_selv_i_rekkefoelge(verden: Verden) -> None:
    fremmed = verden.send("FREMMED", "1", "n")
    for nummer in range(2, 5):
        verden.send("BESKJED", str(nummer), "n")
    verden.runde()
    assert verden.beskjeder() == []
    verden.kjerne = replace(verden.kjerne, produsenter=_med_merkelapp(verden.kjerne))
    verden.runde()
    assert verden.beskjeder() == ["1", "2", "3", "4"], "at once, without the clock having moved"
    assert verden.stand(fremmed) == ("BEHANDLET", None, None)


def test_det_som_ventet_paa_konfigurasjonen_oversettes_av_den_som_er_naa(verden: Verden) -> None:
    """The settings of the plugin may have been what was wrong."""
    fremmed = verden.send("FREMMED", "1", "n")
    verden.runde()
    assert [ett["innhold"]["merkelapp"] for ett in verden.les(fremmed).kommandoer] == ["Permittering"]
    verden.send("LAGRER", "2", lagre="innstilling", verdi="Fager")
    verden.runde()
    verden.gaa(minutes=5)
    verden.runde()
    assert verden.beskjeder() == ["2", "1"]


def test_det_som_ble_konfigurert_uten_at_prosessen_saa_det_finnes_av_et_blikk_nu_og_da(verden: Verden) -> None:
    verden.send("FREMMED", "1")
    verden.runde()
    with verden.kjerne.database.tilkobling():
        (klar,) = (rad.klar_tidspunkt for rad in Hendelsesnoekkel.select() if rad.klar_tidspunkt)
    assert dt.timedelta(seconds=30) < klar - verden.kjerne.klokke.naa() <= dt.timedelta(minutes=1)


# --- parked ----------------------------------------------------------------------------------------------------------


def test_en_hendelse_venter_til_en_annen_har_kommet_og_de_bak_venter_med_den(verden: Verden) -> None:
    venter = verden.send("VENTER", "1", "n", paa="avtale")
    verden.send("BESKJED", "2", "n")
    verden.runde()
    rad = verden.les(venter)
    assert (rad.tilstand, rad.forsoek, rad.feilkode) == ("PAA_VENT", 0, None)
    assert rad.venter_paa not in (None, "avtale"), "hashed"
    assert rad.vent_til == verden.kjerne.klokke.naa() + dt.timedelta(hours=2)
    verden.send("LAGRER", "3", "annen", lagre="avtale", verdi="ja")
    verden.runde()
    verden.runde()
    assert sorted(verden.beskjeder()) == ["1-ja", "2", "3"]
    assert verden.beskjeder().index("1-ja") < verden.beskjeder().index("2")
    rad = verden.les(venter)
    assert (rad.tilstand, rad.venter_paa, rad.vent_til) == ("BEHANDLET", None, None)


@pytest.mark.parametrize("gir_opp", [True, False])
def test_det_som_aldri_kom_er_sagt_i_oversettelsen_og_saa_for_en_person(verden: Verden, gir_opp: bool) -> None:
    venter = verden.send("VENTER", "1", "n", paa="avtale", gir_opp=gir_opp)
    bak = verden.send("BESKJED", "2", "n")
    verden.runde()
    verden.gaa(hours=3)
    verden.runde()
    assert verden.stand(bak)[0] == "BEHANDLET", "the key goes on"
    if gir_opp:
        assert verden.beskjeder() == ["1-forgjeves", "2"]
    else:
        assert verden.stand(venter) == ("KARANTENE", "KomAldri", "KONFLIKT")


def test_den_som_venter_kan_forkastes_og_slipper_de_andre_frem(verden: Verden) -> None:
    venter = verden.send("VENTER", "1", "n", paa="avtale")
    verden.send("BESKJED", "2", "n")
    verden.runde()
    forkast(verden.kjerne, "fager", venter.id, "trengs ikke")
    verden.runde()
    assert verden.beskjeder() == ["2"]


def test_to_som_kommer_sammen_ser_det_den_foerste_lagret(verden: Verden) -> None:
    verden.send("LAGRER", "1", "a", lagre="x", verdi="en")
    verden.send("VENTER", "2", "b", paa="x")
    verden.runde()
    assert verden.beskjeder() == ["1", "2-en"]


def test_det_en_feilet_hendelse_ville_ha_lagret_har_ingen_lest(verden: Verden) -> None:
    """The second of the batch was mapped by what the first would have stored, which was undone."""
    verden.send("LAGRER", "1", "a", lagre="x", verdi="en")
    verden.runde()
    foerst = verden.inn({"type": "LAGRER", "id": "1", "lagre": "x", "verdi": "to"}, kilde="annen", noekkel="a")
    verden.send("VENTER", "3", "b", paa="x")
    with verden.kjerne.database.tilkobling():
        Notifikasjon.update(innhold_hash="another content").execute()
    verden.runde()
    verden.runde()
    assert verden.stand(foerst) == ("KARANTENE", "DuplikatEksternIdOgMerkelapp", "KONFLIKT")
    assert verden.beskjeder() == ["1", "3-en"]


# --- notes, parts ----------------------------------------------------------------------------------------------------


def test_det_som_hoppes_over_er_ferdig_med_grunnen_og_telles(verden: Verden) -> None:
    mottak = verden.send("HOPPER", "1")
    verden.runde()
    rad = verden.les(mottak)
    assert (rad.tilstand, rad.merknader) == (
        "BEHANDLET",
        {"hoppetOver": "not for employers", "merknader": ["an old form"]},
    )
    assert verden.hendelse_maalt("HOPPET_OVER") == 1
    assert verden.beskjeder() == []


def test_delene_av_en_hendelse_lykkes_en_for_en_og_bare_de_andre_tas_paa_nytt(verden: Verden) -> None:
    mottak = verden.send("DELER", "1", "n", deler=["x", "y", "z"], daarlige=["y"])
    bak = verden.send("BESKJED", "2", "n")
    verden.runde()
    rad = verden.les(mottak)
    assert (rad.tilstand, rad.feilkode, rad.ferdige_deler) == ("KARANTENE", "DelerFeilet", ["x", "z"])
    assert rad.feilmelding.startswith("1 of 3 parts failed")
    assert "y: Valideringsfeil" in rad.feilmelding
    assert verden.beskjeder() == ["1-xa", "1-xb", "1-za", "1-zb", "2"], "of a part all or nothing"
    assert verden.stand(bak)[0] == "BEHANDLET"
    verden.send("LAGRER", "3", lagre="reparert", verdi=1)
    verden.runde()
    paa_nytt(verden.kjerne, "fager", mottak.id, lambda _: None)
    verden.runde()
    rad = verden.les(mottak)
    assert (rad.tilstand, rad.ferdige_deler, len(rad.utfall)) == ("BEHANDLET", ["x", "z", "y"], 6)
    assert verden.beskjeder()[-2:] == ["1-ya", "1-yb"]
    assert len(verden.beskjeder()) == 8


# --- after a quarantine ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hva", ["forkast", "paa nytt"])
def test_en_kilde_kan_la_noekkelen_vente_til_en_person_har_bestemt(verden: Verden, hva: str) -> None:
    feiler = verden.send("FEILER", "1", "n", stopper=True)
    bak = verden.send("BESKJED", "2", "n", stopper=True)
    verden.send("BESKJED", "3", "m", stopper=True)
    for _ in range(3):
        verden.runde()
        verden.gaa(hours=1)
    assert verden.stand(feiler)[0] == "KARANTENE"
    assert (verden.stand(bak)[0], verden.beskjeder()) == ("PAA_VENT", ["3"])
    etter = verden.send("BESKJED", "4", "n", stopper=True)
    verden.runde()
    assert (verden.stand(etter)[0], verden.beskjeder()) == ("PAA_VENT", ["3"]), "what comes after waits too"
    if hva == "forkast":
        forkast(verden.kjerne, "fager", feiler.id, "ødelagt")
    else:
        verden.kjerne.database.i_transaksjon(
            lambda: Hendelse.update(type="BESKJED").where(Hendelse.id == feiler.id).execute()
        )
        paa_nytt(verden.kjerne, "fager", feiler.id, lambda _: None)
    verden.runde()
    assert verden.beskjeder() == ["3", *([] if hva == "forkast" else ["1"]), "2", "4"]


# --- look-ups --------------------------------------------------------------------------------------------------------


def test_oppslag_gjoeres_foer_oversettelsen_og_huskes_med_hendelsen(verden: Verden) -> None:
    mottak = verden.send("SPOER", "1", "n", sti="a")
    verden.send("BESKJED", "2", "n")
    verden.send("BESKJED", "3", "m")
    verden.runde()
    assert sorted(verden.beskjeder()) == ["1", "2", "3"]
    assert verden.beskjeder().index("1") < verden.beskjeder().index("2")
    assert verden.les(mottak).oppslag == {"svar": {"navn": "svar 1 om a"}}
    with verden.kjerne.database.tilkobling():
        assert Notifikasjon.get(Notifikasjon.ekstern_id == "1").tekst == "svar 1 om a"


def test_et_oppslag_uten_svar_proeves_igjen_og_de_bak_venter(verden: Verden) -> None:
    verden.tjeneste.feil = OppslagFeilet("OppslagSvarerIkke", Feilklasse.MIDLERTIDIG, "t answered 503")
    mottak = verden.send("SPOER", "1", "n", sti="a")
    verden.send("BESKJED", "2", "n")
    verden.runde()
    assert verden.stand(mottak) == ("PAA_VENT", "OppslagSvarerIkke", "MIDLERTIDIG")
    verden.tjeneste.feil = None
    verden.gaa(hours=1)
    verden.runde()
    assert verden.beskjeder() == ["1", "2"]


def test_et_oppslag_som_mangler_i_registeret_er_konfigurasjon(verden: Verden) -> None:
    verden.tjeneste.feil = OppslagFeilet("OppslagMangler", Feilklasse.KONFIGURASJON, "add it")
    mottak = verden.send("SPOER", "1", sti="a")
    verden.runde()
    assert verden.stand(mottak) == ("PAA_VENT", "OppslagMangler", "KONFIGURASJON")


# --- who it is -------------------------------------------------------------------------------------------------------


KILDE = """
- navn: hvem
  produsent: fager
  adapter: github
  hemmeligheter: [en-hemmelighet-som-er-lang-nok]
  type: type
"""


def _uidentifisert(verden: Verden, mappe: Path, **data: Any) -> Mottak:
    """As its source takes in a message of a known type, of which only the plugin can say which event it is."""
    fil = mappe / "kilder.yaml"
    fil.write_text(KILDE, encoding="utf-8")
    kilde = les_kilder(fil, Adaptere().signaturordninger(), verden.kjerne.produsenter, dev=True).hent("hvem")
    kropp = json.dumps({"type": "HVEM", **data}).encode()
    lesninger = kilde.les("application/json", {}, kropp, verden.kjerne.plugins)
    (mottak,) = ta_imot_alle(verden.kjerne, lesninger.alle, verden.avsender, regler=kilde.regler)
    assert isinstance(mottak, Mottak)
    return mottak


def test_pluginen_sier_hvem_hendelsen_er_og_en_gjentakelse_forkastes(verden: Verden, tmp_path: Path) -> None:
    foerst = _uidentifisert(verden, tmp_path, nr="42")
    igjen = _uidentifisert(verden, tmp_path, nr="42", annet=1)
    ukjent = _uidentifisert(verden, tmp_path)
    assert verden.les(foerst).noekkel == KOE
    verden.runde()
    assert (verden.les(foerst).ekstern_id, verden.stand(foerst)) == ("42", ("BEHANDLET", None, None))
    assert verden.stand(igjen) == ("FORKASTET", "Gjentatt", None)
    assert verden.stand(ukjent) == ("KARANTENE", "Uidentifisert", "VARIG")
    assert verden.beskjeder() == ["42"]


# --- the breaker -----------------------------------------------------------------------------------------------------


def test_en_plugin_som_feiler_igjen_og_igjen_pauses_og_hendelsene_venter_i_rekkefoelge(verden: Verden) -> None:
    for nummer in range(10):
        verden.send("FEILER", f"f{nummer}")
    verden.runde()
    for nummer in range(5):
        verden.send("BESKJED", str(nummer), "n")
    assert verden.runde() == 0, "paused"
    assert {verden.tilstander()[str(nummer)] for nummer in range(5)} == {"MOTTATT"}
    verden.sann_tid.gaa(minutes=1)
    verden.runde()
    assert verden.beskjeder() == ["0", "1", "2", "3", "4"], "one tried it, and the rest followed"
