"""What a drill counts as recovery, and what it calls broken."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.drill.alarmer import alarmene
from gateway.drill.http import Uteblitt
from gateway.drill.klienter import Forsoek, Slag
from gateway.drill.kommandoer import tabell
from gateway.drill.naboer import Kommet
from gateway.drill.oppgjoer import Oppgjoer, post
from gateway.drill.proever import KLAR, LEVER, Maalt, grunner
from gateway.drill.resultat import Grenser, Resultat, Tidsrom, igjen

TID = Tidsrom(start=0, feil=10, tilbake=20, slutt=30)


def _forsoek(fra: int, til: int, utfall: int | Uteblitt = 200, per_sekund: int = 50) -> list[Forsoek]:
    tider = [fra + nummer / per_sekund for nummer in range((til - fra) * per_sekund)]
    return [Forsoek(Slag.OPPGAVE, tid, 0.01, utfall) for tid in tider]


def _resultat(**annet: Any) -> Resultat:
    hele: dict[str, Any] = {
        "navn": "proeve",
        "grenser": Grenser(),
        "tid": TID,
        "forsoek": _forsoek(0, 30),
        "ventet": [0.01],
        "avvist": Counter(),
        "ubesvart": 0,
        "oppgjoer": Oppgjoer(hendelser=[(15, 15.1), *[(21, 21.5)] * 5]),
        "helse": [Maalt("web1", LEVER, 15, 0.01, 200)],
    }
    return Resultat(**{**hele, **annet})


@pytest.mark.parametrize(
    ("nyttige", "ventet"),
    [
        ([20 + nummer / 50 for nummer in range(100)], 0.0),
        ([23 + nummer / 50 for nummer in range(100)], 3.0),
        ([15.0, 19.9], None),
        # A few answers are not the load's rate.
        ([20 + nummer for nummer in range(10)] + [31 + nummer / 50 for nummer in range(50)], 11.0),
    ],
    ids=["at once", "after three seconds", "never", "a trickle first"],
)
def test_igjen_er_naar_belastningen_betjenes_igjen(nyttige: list[float], ventet: float | None) -> None:
    assert igjen(nyttige, 20.0, 40) == ventet


def test_et_resultat_uten_brudd_er_holdt() -> None:
    resultat = _resultat(grenser=Grenser(nyttig_innen=1, arbeid_innen=5, etterslep_under=1, nyttige_under=0.9))
    assert resultat.brudd() == []
    assert resultat.linjer()[0].startswith("proeve: kept")
    assert resultat.som_json()["holdt"]
    assert len(tabell([resultat])) == 3


@pytest.mark.parametrize(
    ("annet", "ord_"),
    [
        ({"oppgjoer": Oppgjoer(tapt=["oppgave 1"])}, "lost"),
        ({"oppgjoer": Oppgjoer(doblet=["oppgave 1"])}, "doubled"),
        ({"oppgjoer": Oppgjoer(uferdige=1)}, "1 acknowledged events are not handled"),
        ({"ubesvart": 1}, "never answered"),
        ({"forsoek": [*_forsoek(0, 30), *_forsoek(15, 16, 500)]}, "answered 500, 50 times"),
        ({"avvist": Counter({"oppgave 422 Valideringsfeil": 1})}, "refused for good"),
        ({"helse": [Maalt("web1", LEVER, 15, 1.2, 200)]}, "took more than 1 s"),
        ({"helse": [Maalt("web1", KLAR, 15, 5.0, Uteblitt.TIDSAVBRUDD)]}, "took more than 1 s"),
        ({"helse": [Maalt("web1", LEVER, 15, 0.1, 503)]}, "answered 503"),
        ({"helse": [Maalt("web1", LEVER, 15, 0.1, Uteblitt.NEKTET)]}, "was gone"),
        (
            {"grenser": Grenser(nyttig_innen=2), "forsoek": _forsoek(0, 10) + _forsoek(25, 30)},
            "useful answers came 5.0 s",
        ),
        ({"grenser": Grenser(arbeid_innen=1), "oppgjoer": Oppgjoer(hendelser=[(15, 22)] * 5)}, "work came 2.0 s"),
        ({"grenser": Grenser(arbeid_innen=1), "oppgjoer": Oppgjoer()}, "work came never"),
        ({"grenser": Grenser(etterslep_under=2), "oppgjoer": Oppgjoer(hendelser=[(15, 18)])}, "an event lay 3.0 s"),
        ({"grenser": Grenser(nyttige_under=0.9), "forsoek": _forsoek(10, 20, 503)}, "0.0 % was useful"),
        ({"andre_brudd": ["a child outlives its parent"]}, "a child outlives"),
    ],
)
def test_hvert_brudd_blir_sagt(annet: dict[str, Any], ord_: str) -> None:
    (brudd,) = _resultat(**annet).brudd()
    assert ord_ in brudd
    assert "NOT KEPT" in _resultat(**annet).linjer()[0]


def test_den_som_skulle_falle_kan_vaere_borte_men_ikke_treg() -> None:
    grenser = Grenser(faller=frozenset({"web1"}))
    borte = Maalt("web1", LEVER, 15, 0.1, Uteblitt.NEKTET)
    treg = Maalt("web1", LEVER, 15, 3.0, 200)
    assert _resultat(grenser=grenser, helse=[borte]).brudd() == []
    assert len(_resultat(grenser=grenser, helse=[borte, treg]).brudd()) == 1


def test_en_ready_som_sier_nei_i_tide_er_ikke_et_brudd() -> None:
    assert _resultat(helse=[Maalt("web1", KLAR, 15, 0.1, 503)]).brudd() == []


@pytest.mark.parametrize(
    ("kommet", "venter", "tapt", "doblet", "like", "ventende"),
    [
        (["<1>"], set(), 0, 0, 0, 0),
        ([], set(), 1, 0, 0, 0),
        ([], {"o1"}, 0, 0, 0, 1),
        (["<1>", "<1>"], set(), 0, 0, 1, 0),
        (["<1>", "<2>"], set(), 0, 1, 0, 0),
    ],
    ids=["came", "did not come", "is still to be sent", "came again under the same id", "came as two"],
)
def test_hver_epost_gjoeres_opp(
    kommet: list[str], venter: set[str], tapt: int, doblet: int, like: int, ventende: int
) -> None:
    oppgjoer = Oppgjoer()
    post(oppgjoer, {"o1": "o1@x"}, [Kommet("o1@x", ett, 0.0) for ett in kommet], venter)
    assert (len(oppgjoer.tapt), len(oppgjoer.doblet), oppgjoer.like_eposter, oppgjoer.venter) == (
        tapt,
        doblet,
        like,
        ventende,
    )


def test_en_epost_som_ingen_har_bestilt_er_en_for_mye() -> None:
    oppgjoer = Oppgjoer()
    post(oppgjoer, {"o1": "o1@x"}, [Kommet("o1@x", "<1>", 0.0), Kommet("o2@x", "<2>", 0.0)], set())
    assert (oppgjoer.tapt, len(oppgjoer.doblet)) == ([], 1)


def test_grunnene_leses_av_metrikkene() -> None:
    metrikker = (
        "# TYPE gateway_grunn_antall gauge\n"
        'gateway_grunn_antall{forhold="karantene"} 2.0\ngateway_grunn_antall{forhold="til_side"} 0.0\n'
    )
    assert grunner(metrikker) == ["karantene"]


def test_alarmene_leses_av_svaret_fra_prometheus() -> None:
    svar = b'{"status":"success","data":{"alerts":[{"labels":{"alertname":"ArbeiderBorte"},"state":"firing"}]}}'
    assert alarmene(svar) == ["ArbeiderBorte firing"]
