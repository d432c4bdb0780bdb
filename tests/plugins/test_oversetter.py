"""A plugin in a process of its own: what goes wrong in it costs that event only, and the next one is mapped."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from gateway.domain.hendelse import Feilklasse
from gateway.domain.hendelsesdata import Format
from gateway.handling.utfoer import Steg
from gateway.inbox.steg import les_steg
from gateway.plugin import Identitet, Oppslag
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Oversettelsesfeil, Pluginfeil, Stoppet
from gateway.vertskap.grenser import UTEN_GATEWAY_SEKUNDER, Grenser
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oppdrag import Noekkelsvar, Oppdrag
from gateway.vertskap.oversettelse import LestVerdi, Oversettelse
from gateway.vertskap.oversetter import Oversetter
from tests.plugins.moduler import TYPER, Moduler, TomtLager
from tests.verden import START, en_beskjed

SEKUNDER = 1.0
GRENSER = Grenser(lastesekunder=10, minne_mb=128, kommandoer=50, svar_bytes=200_000)
UVAERENDE = """
import itertools, os, signal, subprocess, sys, threading
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

def litt_treg():
    threading.Event().wait(0.4)
    return []

def deler_seg():
    os.fork()
    return [en_beskjed()]

def uendelig():
    return itertools.count()

def stor_i_minnet():
    return [bytearray(1 << 20) for _ in range(10_000)]

def for_mange():
    return [en_beskjed()] * 51

def akkurat_nok():
    return [en_beskjed()] * 50

def for_stort():
    return [en_beskjed(tekst="a" * 300_000)]

def skriver_paa_roeret():
    for fd in range(3, 1000):
        try:
            os.write(fd, bytes((0, 0, 0, 4)) + b"tull")
        except OSError:
            pass
    henger()

def lukker_roeret():
    os.closerange(3, 1000)
    henger()

def skriver_mye():
    for strom in (sys.stdout, sys.stderr):
        strom.write("Ola Nordmann" * 1_000_000)
        strom.flush()
    os.write(1, b"Ola" * 1_000_000)
    subprocess.run([sys.executable, "-c", "print('Ola' * 1000000)"], check=True)
    return []

def i_dybden():
    from gateway.plugin import NyBeskjed
    return [NyBeskjed()]

def sier_ikke_hva():
    class Taus(Exception):
        def __str__(self):
            raise LookupError("Ola Nordmann")
    raise Taus

def lang():
    raise LookupError("Ola Nordmann" * 1_000_000)

def avbrutt():
    raise KeyboardInterrupt

def avslutter():
    os._exit(3)

def drept():
    os.kill(os.getpid(), signal.SIGKILL)

def drept_av_noe_uten_navn():
    os.kill(os.getpid(), 40)

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
        if getattr(verdi, "__module__", None) == __name__ and navn not in ("hendelsestyper", "noekkel", "oversett")
    ]

@hookimpl
def noekkel(hendelse):
    return {"henger": henger, "feiler": feiler, "ulagrbart": lambda: "a \\ud800", "tom": lambda: None}.get(
        hendelse.type, lambda: "noekkelen"
    )()

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
                moduler.skriv("uvaerende", UVAERENDE),
                moduler.skriv("syk", "import finnes_ikke_noe_sted"),
                Pluginsted(navn="borte", modul="", produsent="borte"),
            ],
            sekunder=SEKUNDER,
            grenser=GRENSER,
        )
        yield ny
        ny.lukk()


def oppdrag(type_: str, data: Any = None, *, produsent: str = "uvaerende") -> Oppdrag:
    return Oppdrag(
        produsent=produsent,
        kilde="test",
        id="1",
        type=type_,
        mottatt=START,
        format=Format.JSON,
        raa=json.dumps({} if data is None else data).encode(),
    )


def oversett(oversetter: Oversetter, om: Oppdrag) -> list[dict[str, Any]]:
    """The steps of one event. Raises what is wrong with it."""
    (svar,) = oversetter.oversett_alle(om.produsent, [om], TomtLager())
    if isinstance(svar, Exception):
        raise svar
    return list(svar.steg)


def noekkel(oversetter: Oversetter, om: Oppdrag) -> str | None:
    """The key of one event. Raises what is wrong with it."""
    (svar,) = oversetter.noekler(om.produsent, [om])
    if isinstance(svar, Exception):
        raise svar
    return svar.noekkel


def grensebrudd(oversetter: Oversetter, type_: str) -> Grensebrudd:
    with pytest.raises(Grensebrudd) as brudd:
        oversett(oversetter, oppdrag(type_))
    return brudd.value


def krev_at_den_neste_gaar_bra(oversetter: Oversetter) -> None:
    assert les_steg(oversett(oversetter, oppdrag("skriver")))[0] == Steg(kommando=en_beskjed())


def test_en_oversettelse_kommer_tilbake_som_steg_som_kan_lagres(oversetter: Oversetter) -> None:
    steg = oversett(oversetter, oppdrag("skriver"))
    assert json.loads(json.dumps(steg)) == steg
    assert les_steg(steg) == [
        Steg(kommando=en_beskjed()),
        Steg(kommando=en_beskjed(ekstern_id="2"), tillatte_avslag=frozenset({"SakFinnesIkke"}), avslutter=True),
    ]


def test_en_oversettelse_uten_kommandoer_er_ogsaa_en(oversetter: Oversetter) -> None:
    assert oversett(oversetter, oppdrag("tom")) == []


@pytest.mark.parametrize("type_", ["henger", "spinner", "i_c"])
def test_en_oversettelse_som_aldri_blir_ferdig_stoppes_naar_tiden_er_ute(oversetter: Oversetter, type_: str) -> None:
    krev_at_den_neste_gaar_bra(oversetter)  # so that the child is up
    fra = time.monotonic()
    brudd = grensebrudd(oversetter, type_)
    assert (brudd.kode, brudd.varig) == (Bruddkode.TIDSGRENSE, False)
    assert str(brudd) == "uvaerende: oversett took more than 1 s and was stopped"
    assert SEKUNDER <= time.monotonic() - fra < SEKUNDER + 2
    krev_at_den_neste_gaar_bra(oversetter)


@pytest.mark.parametrize(
    ("type_", "kode", "varig", "sagt"),
    [
        ("avslutter", "ProsessenDoede", False, "uvaerende: oversett: its process ended with exit code 3"),
        ("drept", "ProsessenDoede", False, "uvaerende: oversett: its process was killed by SIGKILL"),
        ("drept_av_noe_uten_navn", "ProsessenDoede", False, "uvaerende: oversett: its process was killed by signal 40"),
        (
            "lukker_roeret",
            "ProsessenDoede",
            False,
            "uvaerende: oversett: its process closed the connection, and was stopped",
        ),
        ("skriver_paa_roeret", "ProsessenDoede", False, "uvaerende: oversett: the process answered what is no answer"),
        (
            "stor_i_minnet",
            "Minnegrense",
            False,
            "uvaerende: oversett used more than 128 MiB of memory and was stopped",
        ),
        (
            "for_mange",
            "ForMangeKommandoer",
            True,
            "uvaerende: uvaerende.oversett answered more than 50 kommandoer for one event; split the event",
        ),
        (
            "uendelig",
            "ForMangeKommandoer",
            True,
            "uvaerende: uvaerende.oversett answered more than 50 kommandoer for one event; split the event",
        ),
        ("for_stort", "ForStort", True, "uvaerende: the answer is larger than 200000 bytes"),
    ],
)
def test_hver_grense_som_brytes_sies_som_den_grensen_og_rammer_bare_den_hendelsen(
    oversetter: Oversetter, type_: str, kode: str, varig: bool, sagt: str
) -> None:
    brudd = grensebrudd(oversetter, type_)
    assert (brudd.kode, brudd.varig, str(brudd)) == (kode, varig, sagt)
    krev_at_den_neste_gaar_bra(oversetter)


def test_saa_mange_kommandoer_som_grensen_sier_er_lov(oversetter: Oversetter) -> None:
    assert len(oversett(oversetter, oppdrag("akkurat_nok"))) == GRENSER.kommandoer


def test_det_en_plugin_skriver_ut_havner_ingen_steder_og_stopper_ingenting(
    oversetter: Oversetter, capfd: pytest.CaptureFixture[str]
) -> None:
    assert oversett(oversetter, oppdrag("skriver_mye")) == []
    assert capfd.readouterr() == ("", "")


def test_en_plugin_ser_ingen_av_gatewayens_hemmeligheter(moduler: Moduler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMMELIG_NOEKKEL", "hysj")
    monkeypatch.setenv("DATABASE_URL", "postgresql://hysj")
    kode = (
        "import os\nfrom tests.verden import en_beskjed\n"
        + TYPER.format(type_="hemmeligheter")
        + '@hookimpl\ndef oversett(hendelse, kontekst): return [en_beskjed(tekst=",".join(sorted(os.environ)))]'
    )
    ny = Oversetter([moduler.skriv("nysgjerrig", kode)], sekunder=5)
    try:
        (steg,) = oversett(ny, oppdrag("hemmeligheter", produsent="nysgjerrig"))
    finally:
        ny.lukk()
    assert set(steg["innhold"]["tekst"].split(",")) <= {
        *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
    }


@pytest.mark.parametrize(
    ("type_", "sagt"),
    [
        ("feiler", "uvaerende.oversett raised LookupError"),
        ("feiler_med_tull_i_teksten", "uvaerende.oversett raised LookupError"),
        ("utgang", "uvaerende.oversett raised SystemExit"),
        ("dypt", "uvaerende.oversett raised RecursionError"),
        ("sier_ikke_hva", "uvaerende.oversett raised Taus"),
        ("lang", "uvaerende.oversett raised LookupError"),
        ("avbrutt", "uvaerende.oversett raised KeyboardInterrupt"),
        ("i_dybden", "uvaerende.oversett raised TypeError"),
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
        oversett(oversetter, oppdrag(type_))
    assert str(feil.value).startswith(sagt)
    assert "Ola" not in str(feil.value), "what the plugin said stays in the traceback, which is not logged"
    krev_at_den_neste_gaar_bra(oversetter)


def test_sporet_til_en_feil_begynner_i_pluginens_egen_kode(oversetter: Oversetter) -> None:
    with pytest.raises(Oversettelsesfeil) as feil:
        oversett(oversetter, oppdrag("feiler"))
    hode, foerste, *_ = feil.value.spor.splitlines()
    assert hode == "Traceback (most recent call last):"
    assert "proeveplugin_uvaerende.py" in foerste
    assert foerste.endswith("in oversett")
    assert "in feiler" in feil.value.spor
    assert feil.value.spor.endswith("LookupError: Ola Nordmann\n")
    assert "vertskap" not in feil.value.spor
    assert "pluggy" not in feil.value.spor


def test_et_langt_spor_kortes_ned(oversetter: Oversetter) -> None:
    with pytest.raises(Oversettelsesfeil) as feil:
        oversett(oversetter, oppdrag("lang"))
    assert len(feil.value.spor) < 25_000
    assert "in oversett" in feil.value.spor


@pytest.mark.parametrize(("type_", "ventet"), [("skriver", "noekkelen"), ("tom", None)])
def test_noekkelen_kommer_fra_pluginens_egen_prosess(oversetter: Oversetter, type_: str, ventet: str | None) -> None:
    assert noekkel(oversetter, oppdrag(type_)) == ventet


@pytest.mark.parametrize(
    ("type_", "sagt"),
    [
        ("feiler", "uvaerende.noekkel raised LookupError"),
        ("ulagrbart", "uvaerende.noekkel answered text that is no Unicode"),
    ],
)
def test_en_noekkel_som_feiler_sier_hva(oversetter: Oversetter, type_: str, sagt: str) -> None:
    with pytest.raises(Oversettelsesfeil) as feil:
        noekkel(oversetter, oppdrag(type_))
    assert str(feil.value) == sagt


def test_en_noekkel_som_henger_stoppes_naar_tiden_er_ute(oversetter: Oversetter) -> None:
    with pytest.raises(Grensebrudd, match="uvaerende: noekkel took more than 1 s and was stopped"):
        noekkel(oversetter, oppdrag("henger"))


def test_data_som_bryter_skjemaet_naar_aldri_oversettelsen(oversetter: Oversetter) -> None:
    with pytest.raises(Oversettelsesfeil, match=r"does not follow the schema of avslutter: at \$, the rule 'not'"):
        oversett(oversetter, oppdrag("avslutter", {"x": "Ola Nordmann"}))
    krev_at_den_neste_gaar_bra(oversetter)


def test_en_traad_som_lever_videre_stopper_ikke_den_neste(oversetter: Oversetter) -> None:
    assert len(oversett(oversetter, oppdrag("i_en_annen_traad"))) == 1
    krev_at_den_neste_gaar_bra(oversetter)


def test_mange_traader_faar_hver_sitt_svar(oversetter: Oversetter) -> None:
    svar: dict[int, Any] = {}

    def spoer(nummer: int) -> None:
        svar[nummer] = len(oversett(oversetter, oppdrag("skriver" if nummer % 2 else "tom")))

    traader = [threading.Thread(target=spoer, args=(nummer,)) for nummer in range(20)]
    for traad in traader:
        traad.start()
    for traad in traader:
        traad.join(timeout=20)
    assert svar == {nummer: 2 if nummer % 2 else 0 for nummer in range(20)}


# --- many events in one call ---------------------------------------------------------------------------------------


def alle(oversetter: Oversetter, *typer: str, senest: float | None = None) -> list[str]:
    """What each event came to, in one call: how many steps, or the kode of what was wrong."""

    def kort(svar: Oversettelse | Exception) -> str:
        match svar:
            case Oversettelse():
                return str(len(svar.steg))
            case Grensebrudd() | Oversettelsesfeil():
                return svar.kode
        return type(svar).__name__

    om = [oppdrag(type_) for type_ in typer]
    return [kort(ett) for ett in oversetter.oversett_alle("uvaerende", om, TomtLager(), senest=senest)]


def test_mange_hendelser_i_ett_kall_faar_hver_sitt_svar_i_rekkefoelge(oversetter: Oversetter) -> None:
    assert alle(oversetter, "skriver", "tom", "skriver", "akkurat_nok", "tom") == ["2", "0", "2", "50", "0"]
    assert alle(oversetter) == []


@pytest.mark.parametrize(
    ("type_", "kode"),
    [
        *(("feiler", "Oversettelsesfeil"), ("for_mange", "ForMangeKommandoer"), ("for_stort", "ForStort")),
        *(("henger", "Tidsgrense"), ("avslutter", "ProsessenDoede"), ("drept", "ProsessenDoede")),
        *(("stor_i_minnet", "Minnegrense"), ("lukker_roeret", "ProsessenDoede"), ("tull", "Oversettelsesfeil")),
        ("skriver_paa_roeret", "ProsessenDoede"),
    ],
)
def test_en_hendelse_som_gaar_galt_koster_ingen_andre_i_kallet(oversetter: Oversetter, type_: str, kode: str) -> None:
    """Those after one that took the process with it are put to a new one, and those before it stand."""
    assert alle(oversetter, "skriver", type_, "tom", type_, "skriver") == ["2", kode, "0", kode, "2"]


def test_en_kopi_av_prosessen_har_ingen_stemme_og_stjeler_ingenting(oversetter: Oversetter) -> None:
    """A plugin that splits itself off: neither is an answer given twice, nor is one event's taken for another's."""
    for _ in range(3):
        assert alle(oversetter, "deler_seg", "skriver", "tom", "deler_seg", "tom") == ["1", "2", "0", "1", "0"]


def test_et_svar_som_kommer_for_sent_er_aldri_en_annens(moduler: Moduler) -> None:
    kode = (
        "from tests.verden import en_beskjed\nfrom gateway.vertskap import barn, oppdrag\nimport gc, msgspec\n"
        + TYPER.format(type_="T")
        + """
@hookimpl
def oversett(hendelse, kontekst):
    roer = next(ett for ett in gc.get_objects() if isinstance(ett, barn.Roer))
    svar = oppdrag.Hendelsessvar(nummer=hendelse.data["nummer"], resultat=oppdrag.Resultat())
    roer.send(msgspec.msgpack.encode(svar))
    return [en_beskjed()]
"""
    )
    ny = Oversetter([moduler.skriv("falsk", kode)], sekunder=5)
    try:
        om = [oppdrag("T", {"nummer": nummer}, produsent="falsk") for nummer in (0, 1)]
        foerste, andre = ny.oversett_alle("falsk", om, TomtLager())
        neste = ny.oversett_alle("falsk", [om[0]], TomtLager())
    finally:
        ny.lukk()
    assert isinstance(foerste, Grensebrudd)
    assert str(foerste) == "falsk: oversett: the process answered what it was not asked"
    assert isinstance(andre, Oversettelse), "it said twice what it was asked, in a process of its own"
    assert isinstance(neste[0], Grensebrudd)


def test_tiden_er_hver_hendelses_egen(oversetter: Oversetter) -> None:
    krev_at_den_neste_gaar_bra(oversetter)
    fra = time.monotonic()
    assert alle(oversetter, *["litt_treg"] * 3) == ["0"] * 3
    assert time.monotonic() - fra > SEKUNDER


def test_mer_enn_en_melding_tar_gaar_i_flere(oversetter: Oversetter) -> None:
    assert alle(oversetter, *["tom"] * 250, "skriver") == ["0"] * 250 + ["2"]
    store = [replace(oppdrag("tom"), raa=json.dumps({"a": "x" * 700_000}).encode()) for _ in range(4)]
    svar = oversetter.oversett_alle("uvaerende", store, TomtLager())
    assert [isinstance(ett, Oversettelse) for ett in svar] == [True] * 4


def test_det_som_ikke_rekkes_er_uroert_og_tas_neste_gang(oversetter: Oversetter) -> None:
    krev_at_den_neste_gaar_bra(oversetter)
    svar = alle(oversetter, *["litt_treg"] * 6, senest=time.monotonic() + 0.6)
    antall = svar.count("0")
    assert svar == ["0"] * antall + ["IkkeRukket"] * (6 - antall)
    assert 1 <= antall <= 3
    assert alle(oversetter, "tom", senest=time.monotonic() - 1) == ["IkkeRukket"]
    krev_at_den_neste_gaar_bra(oversetter)


def test_en_plugin_som_ikke_lar_seg_laste_sies_for_alle_paa_en_gang(oversetter: Oversetter) -> None:
    svar = oversetter.oversett_alle("syk", [oppdrag("FRISK", produsent="syk")] * 50, TomtLager())
    assert {type(ett) for ett in svar} == {Grensebrudd}
    assert len(svar) == 50


IDENTITET = """
@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="T", beskrivelse="x", skjema={"type": "object"}, eksempel={}, id="id", noekkel="n")]
@hookimpl
def identitet(hendelse):
    assert hendelse.id == ""
    return Identitet(id=hendelse.data["min"], noekkel="k") if "min" in hendelse.data else None
@hookimpl
def noekkel(hendelse): return f"{hendelse.id}!" if "min" not in hendelse.data else None
@hookimpl
def oppslag(hendelse):
    return [Oppslag(navn="n", tjeneste="t", sti=hendelse.data["min"])] if "min" in hendelse.data else []
@hookimpl
def oversett(hendelse, kontekst):
    return [Merknad(tekst=f"{kontekst.naa:%d.%m} {kontekst.ventet_forgjeves} {dict(kontekst.oppslag)} {hendelse.tid}")]
"""


@pytest.fixture
def med_identitet(moduler: Moduler) -> Iterator[Oversetter]:
    ny = Oversetter([moduler.skriv("id", IDENTITET)], sekunder=5)
    yield ny
    ny.lukk()


def test_den_som_ikke_har_en_id_faar_den_av_hooken_saa_av_typen_og_saa_noekkelen(med_identitet: Oversetter) -> None:
    om = [
        replace(oppdrag("T", data, produsent="id"), id=id_)
        for id_, data in (("", {"min": "m", "id": "i"}), ("", {"id": "i"}), ("", {}), ("x", {"id": "i"}))
    ]
    assert med_identitet.noekler("id", om) == [
        Noekkelsvar(identitet=Identitet(id="m", noekkel="k")),
        Noekkelsvar(identitet=Identitet(id="i"), noekkel="i!"),
        Noekkelsvar(),
        Noekkelsvar(noekkel="x!"),
    ]


def test_oppslagene_sies_foerst_og_svarene_naar_fram_med_alt_annet_som_er_kjent(med_identitet: Oversetter) -> None:
    om = [oppdrag("T", {"min": "m"}, produsent="id"), oppdrag("T", {}, produsent="id")]
    assert med_identitet.oppslag("id", om) == [[Oppslag(navn="n", tjeneste="t", sti="m")], []]
    kjent = replace(om[0], oppslag={"n": "svar"}, ventet_forgjeves=True, naa=START + dt.timedelta(days=1), tid=START)
    svar = med_identitet.oversett_alle("id", [kjent, om[1]], TomtLager())
    assert [ett.merknader for ett in svar if isinstance(ett, Oversettelse)] == [
        ["24.11 True {'n': 'svar'} 2026-11-23 09:00:00+00:00"],
        ["23.11 False {} None"],
    ]


# --- the state, seen from here -------------------------------------------------------------------------------------

LESER = (
    TYPER.format(type_="T")
    + """
@hookimpl
def oversett(hendelse, kontekst):
    match hendelse.data:
        case {"alle": antall}:
            for nr in range(antall):
                try: kontekst.lager.get(str(nr))
                except BaseException: pass
            return [Merknad(tekst="leste")]
        case {"om_igjen": antall}:
            for _ in range(antall): kontekst.lager.get("k")
        case {"fang": _}:
            try: kontekst.lager.get("k")
            except BaseException: pass
    return [Merknad(tekst="gikk bra")]
"""
)


class Lagerproeve:
    """A state that does as it is told when it is read."""

    def __init__(self, gjoer: Callable[[], LestVerdi | None] = lambda: None) -> None:
        self.lest: list[str] = []
        self.gjoer = gjoer

    def les(self, noekkel: str) -> LestVerdi | None:
        self.lest.append(noekkel)
        return self.gjoer()

    def skrevet(self, oversettelse: Oversettelse) -> None:
        """Nothing is remembered."""


class Borte(Exception):
    """As when the database is."""


@pytest.fixture
def leser(moduler: Moduler) -> Iterator[Oversetter]:
    ny = Oversetter(
        [moduler.skriv("leser", LESER)],
        sekunder=1,
        grenser=Grenser(lager_noekler=5),
        hemmelighet=lambda produsent: f"hemmelig for {produsent}".encode(),
    )
    yield ny
    ny.lukk()


def spoer(oversetter: Oversetter, lager: Lagerproeve, *data: Any) -> list[Any]:
    svar = oversetter.oversett_alle("leser", [oppdrag("T", ett, produsent="leser") for ett in data], lager)
    return [ett.merknader[0] if isinstance(ett, Oversettelse) else ett for ett in svar]


def test_hver_noekkel_leses_en_gang_for_hver_hendelse(leser: Oversetter) -> None:
    lager = Lagerproeve()
    assert spoer(leser, lager, {"om_igjen": 1000}, {"om_igjen": 1}) == ["gikk bra"] * 2
    assert len(lager.lest) == 2
    assert lager.lest[0] == lager.lest[1] != "k"


def test_en_som_leser_i_det_uendelige_stoppes_av_gatewayen_uansett_hva_den_fanger(leser: Oversetter) -> None:
    lager = Lagerproeve()
    nok, for_mye, neste = spoer(leser, lager, {"alle": 5}, {"alle": 6}, {})
    assert (nok, neste) == ("leste", "gikk bra")
    assert (for_mye.kode, for_mye.varig) == (Bruddkode.FOR_MYE_LAGER, True)
    assert str(for_mye) == (
        "leser: it reads more than 5 keys of its state for one event, and was stopped; split the event"
    )
    assert len(lager.lest) == 10


def test_tiden_som_databasen_bruker_er_ikke_pluginens(leser: Oversetter) -> None:
    spoer(leser, Lagerproeve(), {})
    ferdig = threading.Event()
    threading.Timer(SEKUNDER * 1.5, ferdig.set).start()

    def treg() -> None:
        ferdig.wait(20)

    assert spoer(leser, Lagerproeve(treg), {"om_igjen": 1}) == ["gikk bra"]


def test_en_database_som_er_borte_sies_som_det_og_den_neste_gaar_bra(leser: Oversetter) -> None:
    def borte() -> None:
        raise Borte

    with pytest.raises(Borte):
        spoer(leser, Lagerproeve(borte), {}, {"fang": 1}, {})
    assert spoer(leser, Lagerproeve(), {"fang": 1}) == ["gikk bra"]


def test_uten_hemmelighet_leses_og_hashes_ingenting(moduler: Moduler) -> None:
    ny = Oversetter([moduler.skriv("leser", LESER)], sekunder=5)
    lager = Lagerproeve()
    try:
        (feil,) = spoer(ny, lager, {"om_igjen": 1})
    finally:
        ny.lukk()
    assert "the state is read by oversett and etter_endring only, in a gateway that keeps it" in feil.spor
    assert lager.lest == []


def test_en_hemmelighet_som_ikke_kan_pakkes_ut_venter_paa_konfigurasjonen(moduler: Moduler) -> None:
    def hent(produsent: str) -> bytes:
        raise Pluginfeil(f"the key of {produsent}", kode="ManglerKonfigurasjon", klasse=Feilklasse.KONFIGURASJON)

    ny = Oversetter([moduler.skriv("leser", LESER)], sekunder=5, hemmelighet=hent)
    try:
        foerste, andre = spoer(ny, Lagerproeve(), {}, {})
    finally:
        ny.lukk()
    assert (foerste.kode, foerste.klasse, str(andre)) == (
        "ManglerKonfigurasjon",
        Feilklasse.KONFIGURASJON,
        "the key of leser",
    )


# --- many producers ------------------------------------------------------------------------------------------------


HENGER = TYPER.format(type_="FRISK") + "@hookimpl\ndef oversett(hendelse, kontekst):\n    while True: pass\n"


@pytest.fixture
def to_lag(moduler: Moduler) -> Iterator[Oversetter]:
    """One team's plugin hangs, the other's is well; the time limit is so long that nobody lives to see it."""
    ny = Oversetter([moduler.skriv("henger", HENGER), moduler.frisk()], sekunder=600, grenser=GRENSER)
    yield ny
    ny.lukk()


def spoer_i_en_traad(oversetter: Oversetter, produsent: str) -> tuple[threading.Thread, list[BaseException]]:
    feil: list[BaseException] = []

    def spoer() -> None:
        try:
            oversett(oversetter, oppdrag("FRISK", produsent=produsent))
        except (Grensebrudd, Stoppet) as fanget:
            feil.append(fanget)

    traad = threading.Thread(target=spoer, daemon=True)
    traad.start()
    return traad, feil


def barnet_henger(oversetter: Oversetter) -> bool:
    prosess = oversetter._plasser["henger"]._prosess
    return prosess is not None and psutil.Process(prosess._prosess.pid).cpu_times().user > 0.7


def vent_til_barnet_henger(oversetter: Oversetter) -> None:
    frist = time.monotonic() + 20
    while not barnet_henger(oversetter):
        assert time.monotonic() < frist


def test_en_plugin_som_henger_holder_ingen_andre_lag_oppe(to_lag: Oversetter) -> None:
    spoer_i_en_traad(to_lag, "henger")
    vent_til_barnet_henger(to_lag)
    fra = time.monotonic()
    for _ in range(20):
        assert oversett(to_lag, oppdrag("FRISK", produsent="frisk")) == []
    assert time.monotonic() - fra < 5


def test_lukk_stopper_alt_straks_og_den_som_venter_faar_vite_at_det_er_stoppet(to_lag: Oversetter) -> None:
    henger, feil = spoer_i_en_traad(to_lag, "henger")
    vent_til_barnet_henger(to_lag)
    venter, ventefeil = spoer_i_en_traad(to_lag, "henger")
    barn = psutil.Process(to_lag._plasser["henger"]._prosess._prosess.pid)  # type: ignore[union-attr]
    fra = time.monotonic()
    to_lag.lukk()
    assert time.monotonic() - fra < 2
    for traad in (henger, venter):
        traad.join(5)
    assert [type(ett) for ett in (*feil, *ventefeil)] == [Stoppet, Stoppet]
    assert not barn.is_running()
    with pytest.raises(Stoppet):
        oversett(to_lag, oppdrag("FRISK", produsent="frisk"))
    to_lag.lukk()


FORELDRELOES = """
import os, signal, sys, threading
import psutil
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.oppdrag import Oppdrag
from gateway.vertskap.oversetter import Oversetter
from tests.plugins.moduler import TomtLager
from tests.verden import START
ny = Oversetter([Pluginsted(navn=n, modul=f"proeveplugin_{n}", produsent=n) for n in ("henger", "frisk")], sekunder=3)
oppdrag = lambda n: Oppdrag(produsent=n, kilde="k", id="1", type="FRISK", mottatt=START, format="json", raa=b"{}")
oversett = lambda n: ny.oversett_alle(n, [oppdrag(n)], TomtLager())
oversett("frisk")
plass = ny._plasser["henger"]
plass._klar()
print(plass._prosess._prosess.pid, ny._plasser["frisk"]._prosess._prosess.pid, flush=True)
sys.stdin.readline()
threading.Thread(target=lambda: oversett("henger"), daemon=True).start()
barn = psutil.Process(plass._prosess._prosess.pid)
while barn.cpu_times().user < 0.3:
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_barna_lever_ikke_lenger_enn_gatewayen(moduler: Moduler) -> None:
    """Also one that hangs: it has no parent left to stop it, so the kernel does."""
    moduler.skriv("henger", HENGER)
    moduler.frisk()
    with subprocess.Popen(
        [sys.executable, "-c", FORELDRELOES],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as forelder:
        assert forelder.stdout is not None
        assert forelder.stdin is not None
        barn = [psutil.Process(int(pid)) for pid in forelder.stdout.readline().split()]
        forelder.stdin.write("\n")
        forelder.stdin.flush()
        assert forelder.wait(20) == -signal.SIGKILL
    assert psutil.wait_procs(barn, timeout=UTEN_GATEWAY_SEKUNDER + 10)[1] == []


def test_det_en_plugin_har_startet_stoppes_med_den(moduler: Moduler) -> None:
    kode = (
        "import subprocess, sys\nfrom tests.verden import en_beskjed\n"
        + TYPER.format(type_="FRISK")
        + "@hookimpl\ndef oversett(hendelse, kontekst):\n"
        + "    ett = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        + "    return [en_beskjed(tekst=str(ett.pid))]\n"
    )
    ny = Oversetter([moduler.skriv("starter", kode)], sekunder=10)
    try:
        (steg,) = oversett(ny, oppdrag("FRISK", produsent="starter"))
        barnebarn = psutil.Process(int(steg["innhold"]["tekst"]))
    finally:
        ny.lukk()
    assert psutil.wait_procs([barnebarn], timeout=5)[1] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what descends from a process")
def test_det_en_plugin_har_startet_stoppes_ogsaa_naar_det_har_forlatt_baade_gruppen_og_foreldrene(
    moduler: Moduler, tmp_path: Path
) -> None:
    fil = tmp_path / "pid"
    kode = (
        "import os, threading\nfrom pathlib import Path\n"
        + TYPER.format(type_="FRISK")
        + f"""
@hookimpl
def oversett(hendelse, kontekst):
    fil = Path({str(fil)!r})
    if not os.fork():
        os.setsid()
        if not os.fork():
            fil.with_suffix(".ny").write_text(str(os.getpid()))
            fil.with_suffix(".ny").rename(fil)
            threading.Event().wait()
        os._exit(0)
    while not fil.exists():
        threading.Event().wait(0.01)
    return []
"""
    )
    ny = Oversetter([moduler.skriv("starter", kode)], sekunder=10)
    try:
        assert oversett(ny, oppdrag("FRISK", produsent="starter")) == []
        barnebarn = psutil.Process(int(fil.read_text()))
        assert barnebarn.is_running()
    finally:
        ny.lukk()
    assert psutil.wait_procs([barnebarn], timeout=5)[1] == []


def test_et_skjema_som_henger_paa_en_hendelse_er_pluginens_egen_feil(moduler: Moduler) -> None:
    kode = (
        "@hookimpl\ndef hendelsestyper(): return [Hendelsestype(navn='FRISK', beskrivelse='x', eksempel={}, "
        "skjema={'properties': {'a': {'pattern': '^(a+)+$'}}})]\n"
        "@hookimpl\ndef oversett(hendelse, kontekst): return []\n"
    )
    ny = Oversetter([moduler.skriv("henger", kode)], sekunder=1)
    try:
        with pytest.raises(Grensebrudd, match="took more than 1 s") as brudd:
            oversett(ny, oppdrag("FRISK", {"a": "a" * 60 + "b"}, produsent="henger"))
    finally:
        ny.lukk()
    assert brudd.value.kode is Bruddkode.TIDSGRENSE


def test_en_plugin_kan_tjene_flere_produsenter_hver_med_sine_innstillinger(moduler: Moduler) -> None:
    kode = (
        "from tests.verden import en_beskjed\n"
        + TYPER.format(type_="FRISK")
        + "@hookimpl\ndef oversett(hendelse, kontekst): return [en_beskjed(tekst=kontekst.innstillinger['tekst'])]"
    )
    sted = moduler.skriv("felles", kode)
    steder = [replace(sted, produsent=navn, innstillinger={"tekst": f"Hei fra {navn}"}) for navn in ("a", "b")]
    plugins = last_plugins(steder, strenge=True)
    ny = Oversetter(plugins.steder, sekunder=5)
    try:
        for navn in ("a", "b"):
            erklaering = plugins.for_hendelse(navn, "FRISK")
            assert erklaering is not None
            assert (erklaering.id, erklaering.produsent) == ("felles==1", navn)
            (steg,) = oversett(ny, oppdrag("FRISK", produsent=navn))
            assert steg["innhold"]["tekst"] == f"Hei fra {navn}"
    finally:
        ny.lukk()


def test_en_plugin_som_ikke_lar_seg_laste_igjen_er_ikke_hendelsens_feil(oversetter: Oversetter) -> None:
    with pytest.raises(Grensebrudd) as brudd:
        oversett(oversetter, oppdrag("FRISK", produsent="syk"))
    assert (brudd.value.kode, brudd.value.varig) == (Bruddkode.PROSESSEN_DOEDE, False)
    assert "syk: its process could not load it again: ModuleNotFoundError" in str(brudd.value)


def test_steg_som_ikke_lar_seg_lese_avvises() -> None:
    with pytest.raises(msgspec.ValidationError):
        les_steg([{"kommando": "SlettAlt", "innhold": {}, "tillatteAvslag": [], "avslutter": False}])
