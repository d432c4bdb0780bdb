"""A plugin in a process of its own: what goes wrong in it costs that event only, and the next one is mapped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import psutil
import pytest

from gateway.domain.hendelsesdata import Format
from gateway.handling.utfoer import Steg
from gateway.inbox.steg import les_steg
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Oversettelsesfeil, Stoppet
from gateway.vertskap.grenser import UTEN_GATEWAY_SEKUNDER, Grenser
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oppdrag import Oppdrag
from gateway.vertskap.oversetter import Oversetter
from tests.plugins.moduler import TYPER, Moduler
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


def grensebrudd(oversetter: Oversetter, type_: str) -> Grensebrudd:
    with pytest.raises(Grensebrudd) as brudd:
        oversetter.oversett(oppdrag(type_))
    return brudd.value


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
    assert len(oversetter.oversett(oppdrag("akkurat_nok"))) == GRENSER.kommandoer


def test_det_en_plugin_skriver_ut_havner_ingen_steder_og_stopper_ingenting(
    oversetter: Oversetter, capfd: pytest.CaptureFixture[str]
) -> None:
    assert oversetter.oversett(oppdrag("skriver_mye")) == []
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
        (steg,) = ny.oversett(oppdrag("hemmeligheter", produsent="nysgjerrig"))
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
        oversetter.oversett(oppdrag(type_))
    assert str(feil.value).startswith(sagt)
    assert "Ola" not in str(feil.value), "what the plugin said stays in the traceback, which is not logged"
    krev_at_den_neste_gaar_bra(oversetter)


def test_sporet_til_en_feil_begynner_i_pluginens_egen_kode(oversetter: Oversetter) -> None:
    with pytest.raises(Oversettelsesfeil) as feil:
        oversetter.oversett(oppdrag("feiler"))
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
        oversetter.oversett(oppdrag("lang"))
    assert len(feil.value.spor) < 25_000
    assert "in oversett" in feil.value.spor


@pytest.mark.parametrize(("type_", "noekkel"), [("skriver", "noekkelen"), ("tom", None)])
def test_noekkelen_kommer_fra_pluginens_egen_prosess(oversetter: Oversetter, type_: str, noekkel: str | None) -> None:
    assert oversetter.noekkel(oppdrag(type_)) == noekkel


@pytest.mark.parametrize(
    ("type_", "sagt"),
    [
        ("feiler", "uvaerende.noekkel raised LookupError"),
        ("ulagrbart", "uvaerende.noekkel answered text that is no Unicode"),
    ],
)
def test_en_noekkel_som_feiler_sier_hva(oversetter: Oversetter, type_: str, sagt: str) -> None:
    with pytest.raises(Oversettelsesfeil) as feil:
        oversetter.noekkel(oppdrag(type_))
    assert str(feil.value) == sagt


def test_en_noekkel_som_henger_stoppes_naar_tiden_er_ute(oversetter: Oversetter) -> None:
    with pytest.raises(Grensebrudd, match="uvaerende: noekkel took more than 1 s and was stopped"):
        oversetter.noekkel(oppdrag("henger"))


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
            oversetter.oversett(oppdrag("FRISK", produsent=produsent))
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
        assert to_lag.oversett(oppdrag("FRISK", produsent="frisk")) == []
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
        to_lag.oversett(oppdrag("FRISK", produsent="frisk"))
    to_lag.lukk()


FORELDRELOES = """
import os, signal, sys, threading
import psutil
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.oppdrag import Oppdrag
from gateway.vertskap.oversetter import Oversetter
from tests.verden import START
ny = Oversetter([Pluginsted(navn=n, modul=f"proeveplugin_{n}", produsent=n) for n in ("henger", "frisk")], sekunder=3)
oppdrag = lambda n: Oppdrag(produsent=n, kilde="k", id="1", type="FRISK", mottatt=START, format="json", raa=b"{}")
ny.oversett(oppdrag("frisk"))
plass = ny._plasser["henger"]
plass._klar()
print(plass._prosess._prosess.pid, ny._plasser["frisk"]._prosess._prosess.pid, flush=True)
sys.stdin.readline()
threading.Thread(target=lambda: ny.oversett(oppdrag("henger")), daemon=True).start()
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
        (steg,) = ny.oversett(oppdrag("FRISK", produsent="starter"))
        barnebarn = psutil.Process(int(steg["innhold"]["tekst"]))
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
            ny.oversett(oppdrag("FRISK", {"a": "a" * 60 + "b"}, produsent="henger"))
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
            (steg,) = ny.oversett(oppdrag("FRISK", produsent=navn))
            assert steg["innhold"]["tekst"] == f"Hei fra {navn}"
    finally:
        ny.lukk()


def test_en_plugin_som_ikke_lar_seg_laste_igjen_er_ikke_hendelsens_feil(oversetter: Oversetter) -> None:
    with pytest.raises(Grensebrudd) as brudd:
        oversetter.oversett(oppdrag("FRISK", produsent="syk"))
    assert (brudd.value.kode, brudd.value.varig) == (Bruddkode.PROSESSEN_DOEDE, False)
    assert "syk: its process could not load it again: ModuleNotFoundError" in str(brudd.value)


def test_steg_som_ikke_lar_seg_lese_avvises() -> None:
    with pytest.raises(msgspec.ValidationError):
        les_steg([{"kommando": "SlettAlt", "innhold": {}, "tillatteAvslag": [], "avslutter": False}])
