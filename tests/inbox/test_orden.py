"""Events of one key take effect in the order in which they came, whatever happens to those who handle them."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gateway.domain.feil import Konflikt
from gateway.domain.innhold import til_json
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.inbox.oppfoelging import forkast, paa_nytt
from gateway.kjerne import Kjerne
from gateway.plugin.hendelser import Hendelsestype
from gateway.store.database import Database
from gateway.store.tabeller import Hendelse, Notifikasjon
from gateway.vertskap.erklaering import Erklaering, Plugins
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Oversettelsesfeil
from gateway.vertskap.oppdrag import Noekkelsvar, Oppdrag
from gateway.vertskap.oversettelse import Lagerleser, Lagring, Oversettelse, Venting
from tests.conftest import toem
from tests.verden import FastKlokke, en_beskjed, lest

T = TypeVar("T")
PRODUSENT = "fager"
NOEKLER = ("a", "b", "c")
EKSEMPLER = 200 if os.environ.get("GATEWAY_NATTLIG") else 12
# What the mapping of an event does, until it is healed.
OPPFOERSEL = ("går", "går", "går", "henger", "feiler", "avvises", "venter", "lagrer")
DET_SOM_VENTES_PAA = "ab" * 32  # hashed, as all keys of the state


class Krasj(Exception):
    """The process has died: nothing more of it reaches the database."""


@dataclass
class UstabilDatabase(Database):
    """A database that one process reaches until it dies: before or after its nth transaction from now is committed."""

    igjen: int | None = None
    etter_commit_av_den: bool = False
    doed: bool = False

    def i_transaksjon(self, arbeid: Callable[[], T], *, en_setning: bool = False) -> T:
        if self.doed:
            raise Krasj
        if self.igjen is None or self.motor.in_transaction():
            return super().i_transaksjon(arbeid, en_setning=en_setning)
        self.igjen -= 1
        if self.igjen >= 0:
            return super().i_transaksjon(arbeid, en_setning=en_setning)
        self.doed = True
        if self.etter_commit_av_den:
            super().i_transaksjon(arbeid)
        else:
            super().i_transaksjon(lambda: _saa_krasj(arbeid))
        raise Krasj


def _saa_krasj(arbeid: Callable[[], Any]) -> None:
    arbeid()
    raise Krasj


class Skriptet:
    """Maps events as it is told to, by their ids; `imens` happens once, while it does."""

    def __init__(self) -> None:
        self.oppfoersel: dict[str, str] = {}
        self.imens: Callable[[], None] | None = None

    def noekler(self, _: str, oppdrag: Sequence[Oppdrag], **__: Any) -> list[Noekkelsvar]:
        return [Noekkelsvar() for _ in oppdrag]

    def oversett_alle(self, _: str, oppdrag: Sequence[Oppdrag], lager: Lagerleser, **__: Any) -> list[Any]:
        svar = []
        for ett in oppdrag:
            svar.append(self._ett(ett, lager))
            if isinstance(svar[-1], Oversettelse):
                lager.skrevet(svar[-1])
        imens, self.imens = self.imens, None
        if imens:
            imens()
        return svar

    def _ett(self, ett: Oppdrag, lager: Lagerleser) -> Oversettelse | Exception:
        match self.oppfoersel[ett.id]:
            case "henger":
                return Grensebrudd(Bruddkode.TIDSGRENSE, "took too long")
            case "feiler":
                return Oversettelsesfeil("raised LookupError")
            case "avvises":
                return Oversettelse(steg=[_steg(ett.id, tekst="")])
            case "venter":
                funnet = lager.les(DET_SOM_VENTES_PAA)
                if funnet is None and not ett.ventet_forgjeves:
                    til = ett.mottatt + dt.timedelta(hours=1)
                    venting = Venting(noekkel=DET_SOM_VENTES_PAA, til=til)
                    return Oversettelse(venter_paa=venting, lest={DET_SOM_VENTES_PAA: 0})
                return Oversettelse(steg=[_steg(ett.id)], lest={DET_SOM_VENTES_PAA: funnet.versjon if funnet else 0})
            case "lagrer":
                funnet = lager.les(DET_SOM_VENTES_PAA)
                lagring = Lagring(
                    noekkel=DET_SOM_VENTES_PAA,
                    verdi=ett.id,
                    skjemaversjon=1,
                    versjon=next(VERSJONER),
                    utloeper_tidspunkt=ett.mottatt + dt.timedelta(days=365),
                )
                lest_ = {DET_SOM_VENTES_PAA: funnet.versjon if funnet else 0}
                return Oversettelse(steg=[_steg(ett.id)], lagre=[lagring], lest=lest_)
        return Oversettelse(steg=[_steg(ett.id)])


VERSJONER = itertools.count(1)


def erklaering() -> Erklaering:
    """Of the plugin that is a script: one type, whose key the source knows."""
    type_ = Hendelsestype(navn="T", beskrivelse="x", skjema={}, eksempel={})
    return Erklaering(navn="p", versjon="1", produsent=PRODUSENT, typer={"T": (type_,)})


def _steg(id_: str, **felter: Any) -> dict[str, Any]:
    kommando = til_json(en_beskjed(ekstern_id=id_, **felter))
    return {**json.loads(json.dumps(kommando)), "tillatteAvslag": [], "avslutter": False}


class Orden(RuleBasedStateMachine):
    """Three keys, some workers that die and are slow, and a person who decides."""

    kjerne: Kjerne

    @initialize()
    def begynn(self) -> None:
        toem(self.kjerne.database)
        self.klokke, self.sann_tid = FastKlokke(), FastKlokke()
        self.min_kjerne = replace(self.kjerne, klokke=self.klokke, plugins=Plugins(lastet=[erklaering()]))
        self.skript = Skriptet()
        self.noekkel: dict[str, str] = {}
        self.var_i_karantene: set[str] = set()
        self.hendelse: dict[str, Any] = {}

    # --- what happens ------------------------------------------------------------------------------------------

    @rule(noekkel=st.sampled_from(NOEKLER), oppfoersel=st.sampled_from(OPPFOERSEL), antall=st.integers(1, 3))
    def noe_kommer(self, noekkel: str, oppfoersel: str, antall: int) -> None:
        for _ in range(antall):
            id_ = f"{len(self.noekkel):03}"
            self.skript.oppfoersel[id_] = oppfoersel
            avsender = Avsender(produsent=PRODUSENT, applikasjon="test", korrelasjonsid="k")
            inn = lest({"type": "T", "id": id_}, noekkel=noekkel, kilde=f"kilde-{len(self.noekkel) % 2}")
            self.hendelse[id_] = ta_imot(self.min_kjerne, inn, avsender).id
            self.noekkel[id_] = noekkel

    @rule()
    def en_runde(self) -> None:
        self._runde(self.min_kjerne.database)

    @rule(transaksjon=st.integers(0, 6), etter=st.booleans())
    def en_arbeider_doer(self, transaksjon: int, etter: bool) -> None:
        ekte = self.min_kjerne.database
        self._runde(
            UstabilDatabase(
                url=ekte.url,
                motor=ekte.motor,
                er_postgres=ekte.er_postgres,
                grenser=ekte.grenser,
                igjen=transaksjon,
                etter_commit_av_den=etter,
            )
        )
        self.sann_tid.gaa(seconds=16)

    @rule()
    def en_arbeider_er_saa_treg_at_en_annen_tar_over(self) -> None:
        def imens() -> None:
            self.sann_tid.gaa(seconds=16)
            self._runde(self.min_kjerne.database)

        self.skript.imens = imens
        self._runde(self.min_kjerne.database)
        self.skript.imens = None

    @rule(minutter=st.sampled_from((1, 15, 90)))
    def tiden_gaar(self, minutter: int) -> None:
        self.klokke.gaa(minutes=minutter)
        self.sann_tid.gaa(minutes=minutter)

    @rule(valg=st.data())
    def noe_retter_seg(self, valg: st.DataObject) -> None:
        if self.noekkel:
            self.skript.oppfoersel[valg.draw(st.sampled_from(sorted(self.noekkel)))] = "går"

    @rule(valg=st.data(), forkastes=st.booleans())
    def en_person_bestemmer(self, valg: st.DataObject, forkastes: bool) -> None:
        if not self.noekkel:
            return
        id_ = self.hendelse[valg.draw(st.sampled_from(sorted(self.noekkel)))]
        with suppress(Konflikt):  # it is in no state for it
            if forkastes:
                forkast(self.min_kjerne, PRODUSENT, id_, "x")
            else:
                paa_nytt(self.min_kjerne, PRODUSENT, id_, lambda _: None)

    # --- what holds --------------------------------------------------------------------------------------------

    @invariant()
    def hver_har_virket_en_gang_og_i_rekkefoelge(self) -> None:
        if not hasattr(self, "noekkel"):
            return
        tilstander, virket = self._les()
        self.var_i_karantene |= {id_ for id_, tilstand in tilstander.items() if tilstand == "KARANTENE"}
        assert len(virket) == len(set(virket))
        assert set(virket) == {id_ for id_, tilstand in tilstander.items() if tilstand == "BEHANDLET"}
        for noekkel in NOEKLER:
            # One that was in quarantine let those behind it go on, and may follow them.
            deres = [id_ for id_ in virket if self.noekkel[id_] == noekkel and id_ not in self.var_i_karantene]
            assert all(foer < etter for foer, etter in pairwise(deres)), deres
            ventende = [
                id_
                for id_ in sorted(self.noekkel)
                if self.noekkel[id_] == noekkel and tilstander[id_] in ("MOTTATT", "PAA_VENT")
            ]
            if ventende and deres:
                assert ventende[0] in self.var_i_karantene or max(deres) < ventende[0], (
                    "nobody went past one that waits"
                )

    def teardown(self) -> None:
        """Once all is well, and a person has tried again what was set aside, all is done that was not dropped."""
        if not hasattr(self, "noekkel"):
            return
        self.skript.oppfoersel = dict.fromkeys(self.skript.oppfoersel, "går")
        for _ in range(3):
            self.klokke.gaa(hours=3)
            self.sann_tid.gaa(hours=3)
            self._runde(self.min_kjerne.database)
            tilstander, _ = self._les()
            for id_ in sorted(id_ for id_, tilstand in tilstander.items() if tilstand == "KARANTENE"):
                self.var_i_karantene.add(id_)
                paa_nytt(self.min_kjerne, PRODUSENT, self.hendelse[id_], lambda _: None)
        self.hver_har_virket_en_gang_og_i_rekkefoelge()
        tilstander, _ = self._les()
        assert set(tilstander.values()) <= {"BEHANDLET", "FORKASTET"}, tilstander

    # --- how -----------------------------------------------------------------------------------------------------

    def _runde(self, database: Database) -> None:
        kjerne = replace(self.min_kjerne, database=database)
        oversetter: Any = self.skript
        with suppress(Krasj):
            Innboksrunde(kjerne, oversetter, self.sann_tid).kjoer(fortsett=lambda: True)

    def _les(self) -> tuple[dict[str, str], list[str]]:
        """(the states of the events, the events in the order in which they took effect)."""
        with self.min_kjerne.database.tilkobling():
            tilstander = {rad.ekstern_id: rad.tilstand for rad in Hendelse.select()}
            virket = [rad.ekstern_id for rad in Notifikasjon.select().order_by(Notifikasjon.id)]
        return tilstander, virket


def test_rekkefoelgen_staar_gjennom_alt_som_kan_skje(kjerne: Kjerne) -> None:
    class PaaDenne(Orden):
        pass

    PaaDenne.kjerne = kjerne
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        PaaDenne,
        settings=settings(
            max_examples=EKSEMPLER, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
