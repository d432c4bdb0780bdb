"""HEMMELIG_NOEKKEL is changed while events come: each is taken in once, and those of a key keep their order."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.feil import Konflikt
from gateway.domain.hendelsesdata import Format
from gateway.inbox.format import Uidentifisert
from gateway.inbox.inntak import Lesning, Mottak, Mottaksregler, ta_imot_alle
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Notifikasjon
from gateway.vertskap.erklaering import Plugins
from tests.conftest import toem
from tests.inbox.innboks import Innboks
from tests.noekkelbytte import Trinn, i_trinn

NOEKLER = ("n1", "n2")
BEHOLD = Mottaksregler(behold_uforstaatt=True)
ULEST = Uidentifisert(kilde="test", id=None, format=Format.JSON, raa=b'{"a": 1}', grunn="It has no id.")


@pytest.fixture(params=["kildens", "pluginens"])
def i_trinnene(request: pytest.FixtureRequest, innboks: Innboks, egne_plugins: Plugins) -> list[Innboks]:
    """A process of each step, on one database; keys that the source gives, and keys that the plugin is asked for."""
    kjerne = innboks.kjerne
    if request.param == "kildens":
        uten = replace(egne_plugins.lastet["fager"], har_noekkel=False)
        kjerne = replace(kjerne, plugins=Plugins(lastet=[uten]))
    prosesser = []
    for trinn in Trinn:
        ny = Innboks(i_trinn(kjerne, trinn), "fager", innboks.sann_tid)
        ny.oversetter.lukk()
        ny.oversetter = innboks.oversetter
        prosesser.append(ny)
    return prosesser


def inn(innboks: Innboks, noekkel: str, id_: str) -> Mottak:
    return innboks.inn({"type": "BESKJED", "id": id_, "noekkel": noekkel}, noekkel=noekkel)


def inn_ulest(kjerne: Kjerne, innboks: Innboks) -> Mottak:
    [mottak] = ta_imot_alle(kjerne, [Lesning(hendelse=ULEST)], innboks.avsender, regler=BEHOLD)
    assert isinstance(mottak, Mottak)
    return mottak


def utfoert(kjerne: Kjerne) -> dict[str, list[str]]:
    """The ids of each key's events, in the order in which they were carried out. An id names its key first."""
    per_noekkel: dict[str, list[str]] = defaultdict(list)
    with kjerne.database.tilkobling():
        for rad in Notifikasjon.select(Notifikasjon.ekstern_id).order_by(Notifikasjon.id):
            per_noekkel[rad.ekstern_id.split(":")[0]].append(rad.ekstern_id)
    return per_noekkel


@pytest.mark.parametrize(("foerst", "saa"), list(pairwise(Trinn)))
def test_en_gjentakelse_er_en_gjentakelse_og_annet_innhold_en_konflikt(
    innboks: Innboks, foerst: Trinn, saa: Trinn
) -> None:
    foer = Innboks(i_trinn(innboks.kjerne, foerst), "fager", innboks.sann_tid)
    etter = Innboks(i_trinn(innboks.kjerne, saa), "fager", innboks.sann_tid)
    for en, annen, id_ in ((foer, etter, "1"), (etter, foer, "2")):
        if annen is foer and foerst is Trinn.FOER:
            continue  # what the next step writes is recognised once it has been announced
        mottak = inn(en, "n", id_)
        gjentatt = inn(annen, "n", id_)
        assert (gjentatt.id, gjentatt.ny) == (mottak.id, False)
        with pytest.raises(Konflikt):
            annen.inn({"type": "BESKJED", "id": id_, "noekkel": "n", "annet": 1}, noekkel="n")


@pytest.mark.parametrize("foerst", [Trinn.FOER, Trinn.VARSLET, Trinn.BYTTET])
def test_en_melding_som_ikke_sier_hva_den_er_beholdes_en_gang(innboks: Innboks, foerst: Trinn) -> None:
    mottak = inn_ulest(i_trinn(innboks.kjerne, foerst), innboks)
    for trinn in (Trinn.VARSLET, Trinn.BYTTET, Trinn.ETTER):
        gjentatt = inn_ulest(i_trinn(innboks.kjerne, trinn), innboks)
        assert (gjentatt.id, gjentatt.ny) == (mottak.id, False)


def test_like_meldinger_som_ikke_sier_hva_de_er_beholdes_en_gang_ogsaa_samtidig(innboks: Innboks) -> None:
    kjerner = [i_trinn(innboks.kjerne, trinn) for trinn in (Trinn.VARSLET, Trinn.BYTTET)] * 6
    skudd = threading.Barrier(len(kjerner))

    def ett(kjerne: Kjerne) -> Mottak:
        skudd.wait(30)
        return inn_ulest(kjerne, innboks)

    with ThreadPoolExecutor(len(kjerner)) as traader:
        svar = list(traader.map(ett, kjerner))
    assert [ett.ny for ett in svar].count(True) == 1
    assert len({ett.id for ett in svar}) == 1


def test_det_som_ventet_under_den_gamle_noekkelen_gaar_foerst(i_trinnene: list[Innboks]) -> None:
    inn(i_trinnene[Trinn.VARSLET], "n1", "n1:0")
    inn(i_trinnene[Trinn.BYTTET], "n1", "n1:1")
    inn(i_trinnene[Trinn.VARSLET], "n1", "n1:2")
    i_trinnene[Trinn.BYTTET].runde()
    assert utfoert(i_trinnene[0].kjerne) == {"n1": ["n1:0", "n1:1", "n1:2"]}


def test_en_arbeider_som_holdt_paa_med_det_som_ble_flyttet_fullfoerer_ikke(i_trinnene: list[Innboks]) -> None:
    foer, byttet = i_trinnene[Trinn.VARSLET], i_trinnene[Trinn.BYTTET]
    inn(foer, "n1", "n1:0")
    runde = foer.ny_runde()
    les, underveis = runde._noekler.neste, []

    def les_tregt(*hva: Any) -> Any:
        """What the worker has at hand is moved before it is done with it."""
        lest = les(*hva)
        if not underveis and any(lest.values()):
            underveis.append(lest)
            inn(byttet, "n1", "n1:1")
        return lest

    runde._noekler.neste = les_tregt  # type: ignore[method-assign]
    runde.kjoer(fortsett=lambda: True)
    assert underveis
    byttet.sann_tid.gaa(minutes=1)
    byttet.runde()
    assert utfoert(foer.kjerne) == {"n1": ["n1:0", "n1:1"]}


Skritt = tuple[str, int, int]
SKRITT = st.lists(
    st.one_of(
        st.tuples(st.just("inn"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("runde"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("trinn"), st.integers(0, 2), st.just(0)),
    ),
    min_size=5,
    max_size=25,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(start=st.lists(st.sampled_from([Trinn.VARSLET, Trinn.BYTTET]), min_size=2, max_size=2), skritt=SKRITT)
def test_rekkefoelgen_staar_hvordan_enn_prosessene_byttes(
    i_trinnene: list[Innboks], start: Sequence[Trinn], skritt: Sequence[Skritt]
) -> None:
    """Three processes go through the steps, none two ahead of another; each takes in events and does rounds."""
    kjerne = i_trinnene[0].kjerne
    toem(kjerne.database)
    trinnet = [Trinn.VARSLET if Trinn.BYTTET in start else Trinn.FOER, *start]
    kom: dict[str, list[str]] = defaultdict(list)
    for hva, prosess, nr in skritt:
        min_egen = i_trinnene[trinnet[prosess]]
        if hva == "inn":
            id_ = f"{NOEKLER[nr]}:{len(kom[NOEKLER[nr]])}"
            kom[NOEKLER[nr]].append(id_)
            inn(min_egen, NOEKLER[nr], id_)
        elif hva == "runde":
            min_egen.runde()
        elif trinnet[prosess] < Trinn.ETTER and min(trinnet) >= trinnet[prosess]:
            if trinnet[prosess] is Trinn.BYTTET:
                min_egen.runde()  # nothing waits that came before the change
            trinnet[prosess] = Trinn(trinnet[prosess] + 1)
    i_trinnene[trinnet[0]].runde()
    assert utfoert(kjerne) == {noekkel: ider for noekkel, ider in kom.items() if ider}
    with kjerne.database.tilkobling():
        assert {rad.tilstand for rad in Hendelse.select()} <= {"BEHANDLET"}
        assert not Hendelsesnoekkel.select().where(Hendelsesnoekkel.klar_tidspunkt.is_null(False)).exists()


def test_rekkefoelgen_staar_ogsaa_naar_alt_skjer_samtidig(i_trinnene: list[Innboks]) -> None:
    """Each sender waits for an answer before it sends its next, so its events have an order."""
    sendere, hver = 4, 8
    ferdig = threading.Event()

    def send(nr: int) -> None:
        for id_ in range(hver):
            inn(i_trinnene[Trinn.VARSLET if (nr + id_) % 2 else Trinn.BYTTET], "n1", f"n1:{nr}:{id_}")

    def arbeid(innboks: Innboks) -> None:
        while not ferdig.is_set():
            innboks.runde()

    with ThreadPoolExecutor(sendere + 2) as traader:
        arbeidere = [traader.submit(arbeid, i_trinnene[trinn]) for trinn in (Trinn.VARSLET, Trinn.BYTTET)]
        sendt = [traader.submit(send, nr) for nr in range(sendere)]
        try:
            for ett in sendt:
                ett.result()
        finally:
            ferdig.set()
        for ett in arbeidere:
            ett.result()
    i_trinnene[Trinn.BYTTET].sann_tid.gaa(minutes=1)
    i_trinnene[Trinn.BYTTET].runde()
    rekkefoelge = utfoert(i_trinnene[0].kjerne)["n1"]
    for nr in range(sendere):
        assert [id_ for id_ in rekkefoelge if id_.startswith(f"n1:{nr}:")] == [f"n1:{nr}:{id_}" for id_ in range(hver)]
