"""Taking in what came together: as one by one, but in one transaction; each one's fault is its own."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.feil import Avslag, Konflikt, UkjentHendelsestype, Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.hendelsesdata import Format
from gateway.inbox.format import LestHendelse, Uidentifisert
from gateway.inbox.inntak import Lesning, Mottak, Mottaksregler, ta_imot, ta_imot_alle
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Plugins
from tests.conftest import toem
from tests.inbox.innboks import Innboks
from tests.noekkelbytte import Trinn, i_trinn
from tests.verden import lest

BEHOLD = Mottaksregler(behold_uforstaatt=True, noter_annet_innhold=True)
ULEST = Uidentifisert(kilde="test", id=None, format=Format.JSON, raa=b'{"a": 1}', grunn="It has no id.")


@pytest.fixture
def med_kildens_noekkel(innboks: Innboks, egne_plugins: Plugins) -> Innboks:
    """Keys are what the source gives: nothing waits in the producer's queue."""
    uten = replace(egne_plugins.lastet["fager"], har_noekkel=False)
    innboks.kjerne = replace(innboks.kjerne, plugins=Plugins(lastet=[uten]))
    return innboks


def en(id_: str, noekkel: str | None = "n", type_: str = "BESKJED", **data: Any) -> LestHendelse:
    return lest({"type": type_, "id": id_, **data}, noekkel=noekkel)


def alle(innboks: Innboks, *hendelser: LestHendelse | Uidentifisert | Avslag, **annet: Any) -> list[Mottak | Avslag]:
    lesninger = [ett if isinstance(ett, Avslag) else Lesning(hendelse=ett) for ett in hendelser]
    return ta_imot_alle(innboks.kjerne, lesninger, innboks.avsender, **annet)


def nye(svar: Sequence[Mottak | Avslag]) -> list[bool | type]:
    return [ett.ny if isinstance(ett, Mottak) else type(ett) for ett in svar]


def i_rekkefoelge(innboks: Innboks) -> dict[str, list[str]]:
    """The ids of each key's events, in the order in which they will be handled."""
    per_noekkel = defaultdict(list)
    with innboks.kjerne.database.tilkobling():
        for rad in Hendelse.select().order_by(Hendelse.noekkel, Hendelse.loepenummer):
            per_noekkel[rad.noekkel].append(rad.ekstern_id)
    return per_noekkel


def test_alt_som_kom_sammen_er_lagret_i_den_rekkefoelgen_det_sto(med_kildens_noekkel: Innboks) -> None:
    ider = [f"{nr:02}" for nr in range(40)]
    svar = alle(med_kildens_noekkel, *(en(id_, f"n{int(id_) % 3}") for id_ in ider))
    assert nye(svar) == [True] * 40
    assert sorted(i_rekkefoelge(med_kildens_noekkel).values()) == [ider[nr::3] for nr in range(3)]
    # What comes later is behind it.
    alle(med_kildens_noekkel, en("40", "n0"), en("41", "n0"))
    assert next(r for r in i_rekkefoelge(med_kildens_noekkel).values() if "40" in r)[:2] == ["00", "03"]
    assert med_kildens_noekkel.runde() == 42


def test_raden_er_den_samme_som_av_en_om_gangen(med_kildens_noekkel: Innboks) -> None:
    tid = med_kildens_noekkel.kjerne.klokke.naa()
    hendelser = [replace(en(id_), tid=tid, stopper_noekkelen=True) for id_ in ("1", "2")]
    svar = alle(med_kildens_noekkel, *hendelser)
    en_og_en = [ta_imot(med_kildens_noekkel.kjerne, replace(ett, id=f"{ett.id}e"), med_kildens_noekkel.avsender)
                for ett in hendelser]  # fmt: skip
    for sammen, alene in zip(svar, en_og_en, strict=True):
        assert isinstance(sammen, Mottak)
        rad, fasit = (med_kildens_noekkel.les(ett).__data__ for ett in (sammen, alene))
        ulike = {navn for navn in fasit if rad[navn] != fasit[navn]}
        assert ulike == {"id", "ekstern_id", "loepenummer"}
        assert (rad["tid"], rad["stopper_noekkelen"]) == (tid, True)


def test_en_gjentakelse_er_en_gjentakelse_i_samme_sending_og_fra_foer(innboks: Innboks) -> None:
    foer = innboks.hendelse("BESKJED", "1")
    svar = alle(innboks, en("1", None), en("2"), en("2"), en("1", None), en("3"))
    assert nye(svar) == [False, True, False, False, True]
    ider = [ett.id for ett in svar if isinstance(ett, Mottak)]
    assert (ider[0], ider[3], ider[2]) == (foer.id, foer.id, ider[1])
    assert nye(alle(innboks, en("1", None), en("2"), en("3"))) == [False] * 3


def test_annet_innhold_er_en_konflikt_for_den_ene(innboks: Innboks) -> None:
    foer = innboks.hendelse("BESKJED", "1")
    svar = alle(innboks, en("1", None, annet=1), en("2"), en("2", annet=1), en("3"))
    assert nye(svar) == [Konflikt, True, Konflikt, True]
    assert isinstance(svar[0], Konflikt)
    assert isinstance(svar[1], Mottak)
    assert isinstance(svar[2], Konflikt)
    assert (svar[0].id_til_eksisterende, svar[2].id_til_eksisterende) == (foer.id, svar[1].id)


def test_annet_innhold_noteres_der_kilden_vil_det(innboks: Innboks) -> None:
    svar = alle(innboks, en("1"), en("1", annet=1), en("1", annet=2), en("2"), regler=BEHOLD)
    assert nye(svar) == [True, False, False, True]
    assert isinstance(svar[0], Mottak)
    assert innboks.les(svar[0]).annet_innhold == 2


def test_hver_faar_sitt_eget_avslag_og_resten_er_inne(innboks: Innboks) -> None:
    ulest = Valideringsfeil("Not a CloudEvent.")
    svar = alle(innboks, ulest, en("1"), en("2", type_="UKJENT"), ULEST, en("3"))
    assert nye(svar) == [Valideringsfeil, True, UkjentHendelsestype, Valideringsfeil, True]
    assert svar[0] is ulest
    assert innboks.tilstander() == {"1": "MOTTATT", "3": "MOTTATT"}


def test_det_uforstaatte_beholdes_der_kilden_vil_det(innboks: Innboks) -> None:
    hendelser = [en("1"), en("2", type_="UKJENT"), ULEST, ULEST]
    assert nye(alle(innboks, *hendelser, regler=BEHOLD)) == [True, True, True, False]
    assert sorted(innboks.tilstander().values()) == ["KARANTENE", "KARANTENE", "MOTTATT"]
    assert nye(alle(innboks, *hendelser, regler=BEHOLD)) == [False] * 4


def test_det_kilden_ikke_bryr_seg_om_forkastes(innboks: Innboks) -> None:
    lesninger = [
        Lesning(hendelse=en("1"), ignorert=True),
        Lesning(hendelse=en("2")),
        Lesning(hendelse=ULEST, ignorert=True),
    ]
    svar = ta_imot_alle(innboks.kjerne, lesninger, innboks.avsender)
    assert [ett.tilstand for ett in svar if isinstance(ett, Mottak)] == ["FORKASTET", "MOTTATT", "FORKASTET"]


@pytest.mark.parametrize("felt", ["kilde", "id", "type", "noekkel"])
@pytest.mark.parametrize("verdi", ["a\x00b", "\ud800"])
def test_det_som_ikke_kan_lagres_stopper_ingen_andre(innboks: Innboks, felt: str, verdi: str) -> None:
    """What the readers let through by mistake: the database has the last word, and only on that one."""
    svar = alle(innboks, en("1"), replace(en("2"), **{felt: verdi}), en("3"), regler=BEHOLD)
    assert (nye(svar)[0], nye(svar)[2]) == (True, True)
    assert isinstance(svar[1], Valideringsfeil | Mottak)
    assert {"1", "3"} <= set(innboks.tilstander())
    # The whole again: what was stored is a repeat.
    assert nye(alle(innboks, en("1"), en("3"))) == [False, False]


def test_bak_det_som_venter_paa_sin_noekkel(innboks: Innboks, egne_plugins: Plugins) -> None:
    """Of two kinds of events, one has a key that only the plugin can tell: what came after it stays behind it."""
    kjent = replace(innboks.kjerne, plugins=Plugins(lastet=[replace(egne_plugins.lastet["fager"], har_noekkel=False)]))
    med_plugin = innboks.kjerne
    alle(innboks, en("1"), en("2"))
    innboks.kjerne = kjent
    alle(innboks, en("3"), en("4"))
    assert i_rekkefoelge(innboks) == {"koe": ["1", "2", "3", "4"]}
    innboks.kjerne = med_plugin
    innboks.runde()
    assert set(innboks.tilstander().values()) == {"BEHANDLET"}
    innboks.kjerne = kjent
    alle(innboks, en("5"), en("6"))
    assert i_rekkefoelge(innboks).get("koe", []) == []


def test_det_ringes_en_gang_for_alt(innboks: Innboks) -> None:
    ringt: list[str] = []
    innboks.kjerne = innboks.kjerne_som_ringer(ringt)
    alle(innboks, en("1"), en("2"), en("3"))
    assert ringt == ["innboks"]
    alle(innboks, en("1"), en("2"), en("3"))
    assert ringt == ["innboks"], "nothing new came"


@pytest.mark.parametrize("trinn", [Trinn.VARSLET, Trinn.BYTTET])
def test_ogsaa_mens_hemmeligheten_byttes(med_kildens_noekkel: Innboks, trinn: Trinn) -> None:
    kjerne = med_kildens_noekkel.kjerne
    med_kildens_noekkel.kjerne = i_trinn(kjerne, trinn)
    assert nye(alle(med_kildens_noekkel, *(en(str(nr)) for nr in range(5)))) == [True] * 5
    assert list(i_rekkefoelge(med_kildens_noekkel).values()) == [[str(nr) for nr in range(5)]]
    med_kildens_noekkel.kjerne = i_trinn(kjerne, Trinn.BYTTET)
    assert nye(alle(med_kildens_noekkel, *(en(str(nr)) for nr in range(5)))) == [False] * 5


SENDING = st.lists(
    st.tuples(
        st.integers(0, 4),  # the id
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["BESKJED", "UKJENT"]),
        st.integers(0, 1),  # the content
        st.booleans(),  # ignored
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sendinger=st.lists(SENDING, max_size=4), regler=st.sampled_from([BEHOLD, Mottaksregler()]))
def test_sammen_er_som_en_og_en(innboks: Innboks, sendinger: list[list[Any]], regler: Mottaksregler) -> None:
    """The same answers, and the same in the database, however the events are put together."""

    def utfall(en_og_en: bool) -> tuple[list[Any], list[Any]]:
        toem(innboks.kjerne.database)
        svar: list[Mottak | Avslag] = []
        for sending in sendinger:
            lesninger = [
                Lesning(hendelse=en(str(id_), noekkel, type_, annet=annet), ignorert=ignorert)
                for id_, noekkel, type_, annet, ignorert in sending
            ]
            for deler in [[ett] for ett in lesninger] if en_og_en else [lesninger]:
                svar += ta_imot_alle(innboks.kjerne, deler, innboks.avsender, regler=regler)
        with innboks.kjerne.database.tilkobling():
            rader = [
                (rad.ekstern_id, rad.tilstand, rad.annet_innhold, bytes(rad.raa))
                # Those that will be handled, in their places.
                + ((rad.noekkel, rad.kilde_noekkel) if rad.tilstand == Hendelsestilstand.MOTTATT else ())
                for rad in Hendelse.select().order_by(Hendelse.noekkel, Hendelse.loepenummer)
            ]
            ventende = [rad for rad in rader if Hendelsestilstand.MOTTATT in rad]
            rader = [*ventende, *sorted(set(rader) - set(ventende), key=str)]
        return [(nye([ett]), getattr(ett, "tilstand", None)) for ett in svar], rader

    assert utfall(en_og_en=False) == utfall(en_og_en=True)


def test_sendinger_som_griper_i_hverandre_laaser_seg_aldri(med_kildens_noekkel: Innboks) -> None:
    """Many send the same keys and ids in orders of their own, at once: each event is taken in once, and none fails."""
    sendere, hver = 6, 60
    skudd = threading.Barrier(sendere)
    utfall: list[Mottak | Avslag] = []

    def send(nummer: int) -> None:
        hendelser = [en(str(nr), f"n{nr % 7}") for nr in range(hver)]
        hendelser += [en(f"{nummer}-{nr}", f"n{nr % 7}") for nr in range(hver)]
        # And the same ids under keys of each one's own, which nothing but the name holds together.
        hendelser += [en(f"navn-{nr}", f"egen-{nummer}-{nr}") for nr in range(hver)]
        hendelser = hendelser[nummer * 7 :] + hendelser[: nummer * 7]
        if nummer % 2:
            hendelser.reverse()
        skudd.wait(30)
        utfall.extend(alle(med_kildens_noekkel, *hendelser, regler=BEHOLD))

    with ThreadPoolExecutor(sendere) as traader:
        for ett in [traader.submit(send, nummer) for nummer in range(sendere)]:
            ett.result()
    assert [ett.ny for ett in utfall if isinstance(ett, Mottak)].count(True) == hver * (sendere + 2)
    assert len(utfall) == 3 * hver * sendere
    with med_kildens_noekkel.kjerne.database.tilkobling():
        assert Hendelse.select().count() == hver * (sendere + 2)


def test_mange_tusen_er_en_sending(kjerne: Kjerne, med_kildens_noekkel: Innboks) -> None:
    """As many as a body of the largest size can hold."""
    antall = kjerne.innstillinger.maks_kropp // 60
    svar = alle(med_kildens_noekkel, *(replace(en(str(nr), None), raa=b"{}") for nr in range(antall)))
    assert nye(svar) == [True] * antall
    assert json.dumps(nye(svar[:2])) == "[true, true]"
