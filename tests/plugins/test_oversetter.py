"""The mapping in a process of its own: what goes wrong in it costs that event only, and the next one is mapped."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from gateway.handling.utfoer import Steg
from gateway.inbox.format import Format
from gateway.inbox.oversetter import Grensebrudd, Oppdrag, Oversettelsesfeil, Oversetter, les_steg
from gateway.plugins import Pluginsted
from tests.plugins.moduler import HODE, Moduler
from tests.verden import START, en_beskjed

SEKUNDER = 1.0
UVAERENDE = """
import itertools, os, signal, sys, threading
from gateway.domain.feil import SakFinnesIkke
from tests.verden import en_beskjed

def henger():
    while True:
        try:
            threading.Event().wait(60)
        except BaseException:
            pass

def spinner():
    while True:
        try:
            pass
        except BaseException:
            pass

def i_c():
    return "a" * 40 == __import__("re").match(r"(a+)+$", "a" * 60 + "b")

def uendelig():
    return itertools.count()

def avslutter():
    os._exit(0)

def drept():
    os.kill(os.getpid(), signal.SIGKILL)

def i_en_annen_traad():
    threading.Thread(target=spinner).start()
    return [en_beskjed()]

def utgang():
    sys.exit("Ola Nordmann")

def feiler():
    raise LookupError("Ola Nordmann")

def feiler_med_tull_i_teksten():
    raise LookupError("Ola \\ud800 Nordmann")

def dypt():
    return dypt()

def tull():
    return [{"not": "a kommando"}]

def ingenting():
    return None

def feil_type():
    return [en_beskjed(tekst=7)]

def feil_status():
    from tests.verden import en_sak
    return [en_sak(initiell_status="Ola Nordmann")]

def ulagrbart():
    return [en_beskjed(tekst="a \\ud800 b")]

def feil_avslag():
    return [Tillat(kommando=en_beskjed(), avslag=("SakFinnesIkke",))]

def skriver():
    print("Ola Nordmann")
    return [en_beskjed(), Tillat(kommando=en_beskjed(ekstern_id="2"), avslag=(SakFinnesIkke,), avslutter=True)]

def tom():
    return []

@hookimpl
def hendelsestyper():
    return [
        Hendelsestype(navn=navn, beskrivelse=navn, skjema={"type": "object", "not": {"required": ["x"]}}, eksempel={})
        for navn, verdi in globals().items()
        if getattr(verdi, "__module__", None) == __name__ and navn not in ("hendelsestyper", "oversett")
    ]

@hookimpl
def oversett(hendelse, kontekst):
    return globals()[hendelse.type]()
"""


@pytest.fixture(scope="module")
def oversetter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oversetter]:
    """One child for all of the tests: each leaves it able to map the next event."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        moduler = Moduler(tmp_path_factory.mktemp("uvaerende"), monkeypatch)
        ny = Oversetter(
            [
                moduler.skriv("uvaerende", UVAERENDE.removeprefix(HODE)),
                moduler.skriv("syk", "import finnes_ikke_noe_sted"),
                Pluginsted(navn="borte", modul="", produsent="borte"),
            ],
            sekunder=SEKUNDER,
        )
        yield ny
        ny.lukk()


def oppdrag(type_: str, data: Any = None) -> Oppdrag:
    return Oppdrag(
        produsent="uvaerende",
        kilde="test",
        id="1",
        type=type_,
        mottatt=START,
        format=Format.JSON,
        raa=json.dumps({} if data is None else data).encode(),
    )


def krev_at_den_neste_gaar_bra(oversetter: Oversetter) -> None:
    assert les_steg(oversetter.oversett(oppdrag("skriver")))[0] == Steg(kommando=en_beskjed())


def test_en_oversettelse_kommer_tilbake_som_steg_som_kan_lagres(oversetter: Oversetter) -> None:
    steg = oversetter.oversett(oppdrag("skriver"))
    assert json.loads(json.dumps(steg)) == steg
    assert les_steg(steg) == [
        Steg(kommando=en_beskjed()),
        Steg(kommando=en_beskjed(ekstern_id="2"), tillatte_avslag=frozenset({"SakFinnesIkke"}), avslutter=True),
    ]


def test_en_oversettelse_uten_kommandoer_er_ogsaa_en(oversetter: Oversetter) -> None:
    assert oversetter.oversett(oppdrag("tom")) == []


@pytest.mark.parametrize("type_", ["henger", "spinner", "i_c", "uendelig"])
def test_en_oversettelse_som_aldri_blir_ferdig_stoppes_naar_tiden_er_ute(oversetter: Oversetter, type_: str) -> None:
    krev_at_den_neste_gaar_bra(oversetter)  # so that the child is up
    fra = time.monotonic()
    with pytest.raises(Grensebrudd, match=r"took more than 1\.0 s and was stopped"):
        oversetter.oversett(oppdrag(type_))
    assert SEKUNDER <= time.monotonic() - fra < SEKUNDER + 2
    krev_at_den_neste_gaar_bra(oversetter)


@pytest.mark.parametrize("type_", ["avslutter", "drept"])
def test_en_oversettelse_som_tar_livet_av_prosessen_sin_rammer_bare_seg_selv(
    oversetter: Oversetter, type_: str
) -> None:
    with pytest.raises(Grensebrudd, match="the process of the mapping went down"):
        oversetter.oversett(oppdrag(type_))
    krev_at_den_neste_gaar_bra(oversetter)


@pytest.mark.parametrize(
    ("type_", "sagt"),
    [
        ("feiler", "uvaerende.oversett raised LookupError"),
        ("feiler_med_tull_i_teksten", "uvaerende.oversett raised LookupError"),
        ("utgang", "uvaerende.oversett raised SystemExit"),
        ("dypt", "uvaerende.oversett raised RecursionError"),
        ("ingenting", "uvaerende.oversett answered NoneType; it must answer a list of kommandoer"),
        ("tull", "uvaerende.oversett: what it returned as number 0 is no kommando: is not a kommando"),
        ("feil_type", "uvaerende.oversett: what it returned as number 0 is no kommando: Expected `str`, got `int`"),
        ("feil_status", "uvaerende.oversett: what it returned as number 0 is no kommando: Invalid enum value"),
        ("ulagrbart", "uvaerende.oversett: what it returned as number 0 is no kommando"),
        (
            "feil_avslag",
            "uvaerende.oversett: what it returned as number 0 is no kommando: 'str' object has no attribute 'kode'",
        ),
    ],
)
def test_en_oversettelse_som_gjoer_feil_sier_hva_uten_aa_gjenta_hendelsen(
    oversetter: Oversetter, type_: str, sagt: str
) -> None:
    with pytest.raises(Oversettelsesfeil) as feil:
        oversetter.oversett(oppdrag(type_))
    assert str(feil.value).startswith(sagt)
    assert "Ola" not in str(feil.value), "what the plugin said stays in the traceback, which is not logged"
    krev_at_den_neste_gaar_bra(oversetter)


def test_sporet_til_en_feil_er_pluginens_eget(oversetter: Oversetter) -> None:
    with pytest.raises(Oversettelsesfeil) as feil:
        oversetter.oversett(oppdrag("feiler"))
    assert "in feiler" in feil.value.spor
    assert "LookupError: Ola Nordmann" in feil.value.spor


def test_data_som_bryter_skjemaet_naar_aldri_oversettelsen(oversetter: Oversetter) -> None:
    with pytest.raises(Oversettelsesfeil, match=r"does not follow the schema of avslutter: at \$, the rule 'not'"):
        oversetter.oversett(oppdrag("avslutter", {"x": "Ola Nordmann"}))
    krev_at_den_neste_gaar_bra(oversetter)


def test_en_traad_som_lever_videre_stopper_ikke_den_neste(oversetter: Oversetter) -> None:
    assert len(oversetter.oversett(oppdrag("i_en_annen_traad"))) == 1
    krev_at_den_neste_gaar_bra(oversetter)


def test_mange_traader_faar_hver_sitt_svar(oversetter: Oversetter) -> None:
    svar: dict[int, Any] = {}

    def spoer(nummer: int) -> None:
        svar[nummer] = len(oversetter.oversett(oppdrag("skriver" if nummer % 2 else "tom")))

    traader = [threading.Thread(target=spoer, args=(nummer,)) for nummer in range(20)]
    for traad in traader:
        traad.start()
    for traad in traader:
        traad.join(timeout=20)
    assert svar == {nummer: 2 if nummer % 2 else 0 for nummer in range(20)}


def test_en_lukket_oversetter_har_ingen_prosess_og_starter_en_ny_om_den_trengs(oversetter: Oversetter) -> None:
    oversetter.lukk()
    oversetter.lukk()
    krev_at_den_neste_gaar_bra(oversetter)


def test_steg_som_ikke_lar_seg_lese_avvises() -> None:
    with pytest.raises(msgspec.ValidationError):
        les_steg([{"kommando": "SlettAlt", "innhold": {}, "tillatteAvslag": [], "avslutter": False}])
