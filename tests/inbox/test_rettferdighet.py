"""A flood of one source holds up no other's events, and what is wrong with one key holds up that key alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.inbox.behandling import KOE_FOERST, SAMMEN, Innboksrunde
from gateway.inbox.inntak import Avsender, Lesning, ta_imot, ta_imot_alle
from gateway.inbox.koe import OM_GANGEN
from gateway.inbox.noekler import HENDELSER_OM_GANGEN
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Notifikasjon
from tests.inbox.test_orden import PRODUSENT, Skriptet, erklaering
from tests.verden import FastKlokke, lest

FLOM = 3_000
AVSENDER = Avsender(produsent=PRODUSENT, applikasjon="test", korrelasjonsid="k")


class Flom:
    """A flood of one source, and after it one event of another."""

    def __init__(self, kjerne: Kjerne, *, har_noekkel: bool, flom: int = FLOM) -> None:
        plugins = type(kjerne.plugins)(lastet=[replace(erklaering(), har_noekkel=har_noekkel)])
        self.kjerne = replace(kjerne, plugins=plugins)
        self.skript = Skriptet()
        for fra in range(0, flom, 500):
            ider = [f"f{nummer:05}" for nummer in range(fra, min(fra + 500, flom))]
            self.skript.oppfoersel |= dict.fromkeys(ider, "går")
            leste = [Lesning(hendelse=lest({"type": "T", "id": id_}, noekkel=id_, kilde="flom")) for id_ in ider]
            ta_imot_alle(self.kjerne, leste, AVSENDER)
        self.kjerne.klokke.gaa(seconds=1)  # type: ignore[attr-defined]

    def kommer(self, id_: str, oppfoersel: str = "går", noekkel: str | None = None, kilde: str = "annen") -> None:
        self.skript.oppfoersel[id_] = oppfoersel
        ta_imot(self.kjerne, lest({"type": "T", "id": id_}, noekkel=noekkel or id_, kilde=kilde), AVSENDER)

    def kjoer_til(self, id_: str) -> int:
        """Let a worker work until the event is done; how many of the flood were done before it."""

        def fortsett() -> bool:
            with self.kjerne.database.tilkobling():
                return not Notifikasjon.select().where(Notifikasjon.ekstern_id == id_).exists()

        oversetter: Any = self.skript
        Innboksrunde(self.kjerne, oversetter, FastKlokke()).kjoer(fortsett=fortsett)
        with self.kjerne.database.tilkobling():
            den = Notifikasjon.select(Notifikasjon.id).where(Notifikasjon.ekstern_id == id_).scalar()
            assert den is not None, "it was never done"
            return int(Notifikasjon.select().where(Notifikasjon.id < den).count())


@pytest.mark.parametrize("har_noekkel", [False, True])
def test_en_flom_fra_en_kilde_holder_ikke_opp_en_annens_hendelse(kjerne: Kjerne, har_noekkel: bool) -> None:
    """However long the flood is, those done before are what was taken at one time: a tenth of a second's work.

    Where only the plugin can tell the keys, all are first moved to theirs, which is little work for each.
    """
    flom = Flom(kjerne, har_noekkel=har_noekkel)
    flom.kommer("annen")
    omganger = 1 + (FLOM // (KOE_FOERST * OM_GANGEN) if har_noekkel else 0)
    assert flom.kjoer_til("annen") <= omganger * HENDELSER_OM_GANGEN


def test_en_noekkel_med_svaert_mange_hendelser_holder_ikke_opp_de_andre(kjerne: Kjerne) -> None:
    flom = Flom(kjerne, har_noekkel=False, flom=0)
    for nummer in range(300):
        flom.kommer(f"f{nummer:05}", noekkel="den samme", kilde="flom")
    flom.kommer("annen", kilde="flom")
    assert flom.kjoer_til("annen") <= 2 * HENDELSER_OM_GANGEN


@pytest.mark.parametrize("oppfoersel", ["henger", "feiler", "avvises"])
def test_det_som_er_galt_med_en_noekkel_stenger_bare_den(kjerne: Kjerne, oppfoersel: str) -> None:
    flom = Flom(kjerne, har_noekkel=False, flom=0)
    flom.kommer("gift", oppfoersel, noekkel="g")
    flom.kommer("bak", noekkel="g")
    for nummer in range(3 * SAMMEN):
        flom.kommer(f"{nummer:03}")
    oversetter: Any = flom.skript
    Innboksrunde(flom.kjerne, oversetter, FastKlokke()).kjoer(fortsett=lambda: True)
    with flom.kjerne.database.tilkobling():
        tilstander = {rad.ekstern_id: rad.tilstand for rad in Hendelse.select()}
        leier = {rad.leie_til for rad in Hendelsesnoekkel.select()}
    assert leier == {None}
    venter = oppfoersel == "henger"
    assert tilstander.pop("gift") == ("PAA_VENT" if venter else "KARANTENE")
    assert tilstander.pop("bak") == ("PAA_VENT" if venter else "BEHANDLET")
    assert set(tilstander.values()) == {"BEHANDLET"}
