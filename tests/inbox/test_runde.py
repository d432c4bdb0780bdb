"""A round: fair to every producer, and ended by nothing that one event or its plugin does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.inbox.inntak import Avsender, Mottak, ta_imot
from gateway.inbox.noekler import NOEKLER_OM_GANGEN, Noekler
from gateway.kjerne import Kjerne
from gateway.klokke import Systemklokke
from gateway.store.innboks import klare_hos_produsentene
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel
from gateway.vertskap.erklaering import Plugins
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Stoppet
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter
from tests.inbox.innboks import Innboks
from tests.verden import lest, melding, pluginsteder, registeret

MANGE = 15


@pytest.fixture
def to_team(kjerne: Kjerne, egne_plugins: Plugins) -> Iterator[Innboks]:
    """The bad plugin's producer beside all the others, on a clock of the real time for the leases."""
    plugins = last_plugins(
        [
            *egne_plugins.steder,
            *(sted for sted in pluginsteder(registeret()) if sted.produsent != "fager"),
        ],
        strenge=True,
    )
    ny = Innboks(replace(kjerne, plugins=plugins), "fager", Systemklokke())  # type: ignore[arg-type]
    ny.oversetter = Oversetter(plugins.steder, sekunder=10)
    yield ny
    ny.oversetter.lukk()


def fra_permittering(innboks: Innboks, id_: str) -> Mottak:
    avsender = Avsender(produsent="permittering", applikasjon="test", korrelasjonsid="k")
    return ta_imot(innboks.kjerne, lest({**melding("permittering/masseoppsigelse"), "id": id_}), avsender)


def vent_til(holder: Any, sekunder: float) -> float:
    """How long it took until it held; fails when it never did."""
    fra = time.monotonic()
    while time.monotonic() - fra < sekunder:
        if holder():
            return time.monotonic() - fra
    raise AssertionError(f"not within {sekunder} s")


def test_en_produsent_som_henger_koster_bare_seg_selv(to_team: Innboks) -> None:
    """With one worker: another producer's event that comes meanwhile is through within a second."""
    oppvarming = fra_permittering(to_team, "varm")
    to_team.runde()
    assert to_team.les(oppvarming).tilstand == "BEHANDLET"
    for nummer in range(MANGE):
        to_team.hendelse("HENGER", str(nummer))
    fortsett = threading.Event()
    fortsett.set()
    traad = threading.Thread(target=lambda: to_team.ny_runde().kjoer(fortsett=fortsett.is_set))
    traad.start()
    try:
        vent_til(lambda: _henger(to_team), 10)
        mottak = fra_permittering(to_team, "imens")
        assert vent_til(lambda: to_team.les(mottak).tilstand == "BEHANDLET", 5) < 1
        assert "BEHANDLET" not in {to_team.tilstander()[str(nummer)] for nummer in range(MANGE)}
    finally:
        fortsett.clear()
        to_team.oversetter.lukk()
        traad.join(20)
    assert not traad.is_alive()


def _henger(innboks: Innboks) -> bool:
    """Whether events of the hanging producer have got as far as to their mapping."""
    with innboks.kjerne.database.tilkobling():
        return bool(
            Hendelsesnoekkel.select().where(Hendelsesnoekkel.leie_til.is_null(False)).count()
            and Hendelse.select().where(Hendelse.produsent == "fager", Hendelse.noekkel == "koe").count() == 0
        )


def test_en_oversetter_som_lukkes_holder_ikke_runden_og_legges_ikke_hendelsen_til_last(
    to_team: Innboks, tmp_path: Path
) -> None:
    fil = tmp_path / "i_gang"
    mottak = to_team.hendelse("DROEYER", "1", fil=str(fil))
    traad = threading.Thread(target=to_team.runde)
    traad.start()
    vent_til(fil.exists, 10)
    to_team.oversetter.lukk()
    traad.join(2)
    assert not traad.is_alive()
    rad = to_team.les(mottak)
    assert (rad.tilstand, rad.forsoek, rad.feilkode) == ("MOTTATT", 0, None)
    with to_team.kjerne.database.tilkobling():
        assert {rad.leie_til for rad in Hendelsesnoekkel.select()} == {None}, "the key is given back"


def test_hver_produsent_faar_noekler_uansett_hvor_mange_en_annen_har(kjerne: Kjerne) -> None:
    avsender = Avsender(produsent="permittering", applikasjon="test", korrelasjonsid="k")
    for nummer in range(NOEKLER_OM_GANGEN * 3):
        ta_imot(kjerne, lest({**melding("permittering/masseoppsigelse"), "id": f"p{nummer}"}), avsender)
    kjerne.klokke.gaa(hours=1)  # type: ignore[attr-defined]
    data = melding("inntektsmelding/1_opprett")
    ta_imot(kjerne, lest(data), Avsender(produsent="inntektsmelding", applikasjon="test", korrelasjonsid="k"))
    noekler = Noekler(kjerne, Systemklokke())
    assert noekler.produsenter() == ["inntektsmelding", "permittering"]
    assert len(noekler.ta("permittering")) == NOEKLER_OM_GANGEN
    assert len(noekler.ta("inntektsmelding")) == 1


def test_de_som_ikke_har_noe_aa_vente_paa_koster_ingenting(innboks: Innboks) -> None:
    def klare() -> Sequence[str]:
        with innboks.kjerne.database.tilkobling():
            return list(klare_hos_produsentene(innboks.kjerne.klokke.naa()))

    assert klare() == []
    innboks.hendelse("HENGER", "1")
    assert klare() == ["fager"]
    innboks.runde()
    assert klare() == [], "it waits for its next try"
    innboks.kjerne.klokke.gaa(hours=1)  # type: ignore[attr-defined]
    assert klare() == ["fager"]


def test_naar_tiden_er_ute_gis_noeklene_tilbake(innboks: Innboks) -> None:
    for nummer in range(5):
        innboks.hendelse("BESKJED", str(nummer))
    igjen = iter([True] * 6 + [False] * 1_000)
    innboks.ny_runde().kjoer(fortsett=lambda: next(igjen))
    with innboks.kjerne.database.tilkobling():
        assert {rad.leie_til for rad in Hendelsesnoekkel.select()} == {None}
    innboks.runde()
    assert set(innboks.tilstander().values()) == {"BEHANDLET"}


# --- one event never ends a round ------------------------------------------------------------------------------------


class Raiser:
    """A mapper that raises for the events of one id."""

    def __init__(self, ekte: Oversetter, id_: str, feil: BaseException) -> None:
        self._ekte, self._id, self._feil = ekte, id_, feil

    def noekler(self, *args: Any, **valg: Any) -> Any:
        return self._ekte.noekler(*args, **valg)

    def oversett_alle(self, produsent: str, oppdrag: Sequence[Any], *args: Any, **valg: Any) -> list[Any]:
        if isinstance(self._feil, Stoppet):
            raise self._feil
        svar = self._ekte.oversett_alle(produsent, oppdrag, *args, **valg)
        return [self._feil if ett.id == self._id else sagt for ett, sagt in zip(oppdrag, svar, strict=True)]

    def lukk(self) -> None:
        self._ekte.lukk()


def test_det_en_plugin_sier_lagres_escapet_og_stopper_ingen(innboks: Innboks) -> None:
    nul = innboks.hendelse("NUL", "1", noekkel="n")
    innboks.hendelse("BESKJED", "2", noekkel="n")
    innboks.runde()
    rad = innboks.les(nul)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", "Oversettelsesfeil")
    assert "\x00" not in rad.feilmelding
    assert "a\\x00b \\ud800" in rad.feilmelding
    assert innboks.tilstander()["2"] == "BEHANDLET"


def test_en_kommando_som_ikke_kan_lagres_settes_i_karantene_og_vises_escapet(innboks: Innboks) -> None:
    mottak = innboks.hendelse("NUL_I_TEKST", "1")
    innboks.hendelse("BESKJED", "2")
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", "Valideringsfeil")
    assert rad.kommandoer[0]["innhold"]["tekst"] == "a\\x00b"
    assert innboks.tilstander()["2"] == "BEHANDLET"


@pytest.mark.parametrize(
    ("feil", "kode", "forsoek"),
    [
        (ValueError("a\x00b"), "UkjentFeil", 8),
        (Grensebrudd(Bruddkode.TIDSGRENSE, "took too long"), "Tidsgrense", 3),
        (Grensebrudd(Bruddkode.PROSESSEN_DOEDE, "\x00"), "ProsessenDoede", 3),
        (Grensebrudd(Bruddkode.MINNEGRENSE, "used 513 MiB"), "Minnegrense", 3),
        (Grensebrudd(Bruddkode.FOR_MANGE_KOMMANDOER, "1001"), "ForMangeKommandoer", 1),
        (Grensebrudd(Bruddkode.FOR_STORT, "\ud800"), "ForStort", 1),
    ],
)
def test_hva_som_enn_er_galt_med_en_hendelse_gaar_de_andre_videre(
    innboks: Innboks, feil: BaseException, kode: str, forsoek: int
) -> None:
    mottak = innboks.hendelse("BESKJED", "1", noekkel="a")
    innboks.hendelse("BESKJED", "2", noekkel="b")
    innboks.oversetter = Raiser(innboks.oversetter, "1", feil)  # type: ignore[assignment]
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE" if forsoek == 1 else "PAA_VENT", kode)
    assert innboks.tilstander()["2"] == "BEHANDLET"
    for _ in range(8):
        innboks.kjerne.klokke.gaa(hours=1)  # type: ignore[attr-defined]
        innboks.runde()
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).forsoek) == ("KARANTENE", forsoek)


def test_stoppet_legges_ingen_til_last(innboks: Innboks) -> None:
    mottak = innboks.hendelse("BESKJED", "1")
    innboks.oversetter = Raiser(innboks.oversetter, "1", Stoppet())  # type: ignore[assignment]
    assert innboks.runde() == 0
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).forsoek) == ("MOTTATT", 0)


def _som_ikke_kan_skrives(tekst: str) -> str:
    raise OverflowError(tekst)


def test_en_grunn_som_ikke_kan_skrives_stopper_ingen(innboks: Innboks, monkeypatch: pytest.MonkeyPatch) -> None:
    mottak = innboks.hendelse("FEILER", "1", noekkel="n")
    innboks.hendelse("BESKJED", "2", noekkel="n")
    monkeypatch.setattr("gateway.inbox.avslutning.escapet", _som_ikke_kan_skrives)
    innboks.runde()
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).feilkode) == ("KARANTENE", "UkjentFeil")
    assert innboks.tilstander()["2"] == "BEHANDLET"


def test_en_rad_som_ikke_kan_leses_settes_til_side_med_grunnen(innboks: Innboks) -> None:
    utenfor_kalenderen = "'infinity'" if innboks.kjerne.database.er_postgres else "'{'"
    mottak = innboks.hendelse("BESKJED", "1", noekkel="n")
    innboks.hendelse("BESKJED", "2", noekkel="n")
    innboks.hendelse("BESKJED", "3")
    innboks.kjerne.database.i_transaksjon(
        lambda: innboks.kjerne.database.motor.execute_sql(
            f"UPDATE hendelse SET neste_forsoek = {utenfor_kalenderen} WHERE ekstern_id = '1'"
        )
    )
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", "UkjentFeil")
    assert rad.feilmelding.startswith("The row cannot be read: ")
    assert innboks.tilstander()["2"] == innboks.tilstander()["3"] == "BEHANDLET"


def test_lagrede_kommandoer_som_ikke_kan_leses_er_hendelsens_egen_feil(innboks: Innboks) -> None:
    mottak = innboks.hendelse("BESKJED", "1")
    innboks.hendelse("BESKJED", "2")
    innboks.kjerne.database.i_transaksjon(
        lambda: Hendelse.update(kommandoer=[{"kommando": "Ukjent"}]).where(Hendelse.id == mottak.id).execute()
    )
    innboks.runde()
    assert innboks.les(mottak).feilkode == "UkjentFeil"
    assert innboks.tilstander()["2"] == "BEHANDLET"
