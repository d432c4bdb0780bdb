"""Rolling deploys: a worker leaves what it cannot do to one that can; nothing accepted is quarantined for that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog

from gateway.domain.prosess import Pluginstand, Prosess, Rolle
from gateway.inbox import fordeling as modul
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.fordeling import Fordeling
from gateway.inbox.inntak import Mottak
from gateway.kjerne import ny_id
from gateway.store.prosess import meld
from gateway.store.tabeller import Hendelsesnoekkel
from gateway.vertskap.erklaering import Erklaering, Oedelagt, Plugins, Pluginsted
from tests.inbox.innboks import Innboks


def _uten_typen(hel: Erklaering) -> Plugins:
    typer = {navn: type_ for navn, type_ in hel.typer.items() if navn != "BESKJED"}
    return Plugins(lastet=[replace(hel, versjon="0", typer=typer)])


def _oedelagt(hel: Erklaering) -> Plugins:
    sted = Pluginsted(navn=hel.navn, modul="", produsent=hel.produsent)
    return Plugins(oedelagte=[Oedelagt(sted=sted, feil="SyntaxError")])


UTEN_EVNE: dict[str, tuple[Callable[[Erklaering], Plugins], str]] = {
    "an older version that does not declare the type": (_uten_typen, "PluginMangler"),
    "the plugin is broken": (_oedelagt, "PluginErOedelagt"),
    "no such plugin": (lambda hel: Plugins(), "PluginMangler"),
}


class Arbeider:
    """A worker beside that of the inbox, with other plugins, whose rounds share what they have left to others."""

    def __init__(self, innboks: Innboks, plugins: Plugins) -> None:
        self.telt: list[tuple[str, str, str]] = []
        self._innboks = innboks
        self._kjerne = replace(innboks.kjerne, plugins=plugins, maaler=self)
        self._fordeling = Fordeling()

    def hendelse(self, produsent: str, plugin: str, utfall: str) -> None:
        self.telt.append((produsent, plugin, utfall))

    def runde(self) -> int:
        innboks = self._innboks
        runde = Innboksrunde(self._kjerne, innboks.oversetter, innboks.sann_tid, self._fordeling)
        return runde.kjoer(fortsett=lambda: True)


def _se(innboks: Innboks, versjon: str = "1", *, siden: dt.timedelta = dt.timedelta()) -> None:
    """A worker tells that it is here, with this version of the plugin."""
    naa = innboks.sann_tid.naa()
    plugin = Pluginstand(navn="uskikkelig", produsent="fager", versjon=versjon)
    prosess = Prosess(
        id=ny_id(), rolle=Rolle.WORKER, vert="v", versjon="1", plugins=(plugin,), startet=naa, sist_sett=naa - siden
    )
    meld(innboks.kjerne.database, prosess)


def _stand(innboks: Innboks, mottak: Mottak) -> tuple[str, int, str | None]:
    rad = innboks.les(mottak)
    return rad.tilstand, rad.forsoek, rad.feilkode


@pytest.fixture
def hel(innboks: Innboks) -> Erklaering:
    return innboks.kjerne.plugins.lastet["fager"]


@pytest.mark.parametrize("slag", UTEN_EVNE)
def test_det_en_arbeider_ikke_kan_lar_den_ligge_uroert_til_en_som_kan(
    innboks: Innboks, hel: Erklaering, slag: str, caplog: pytest.LogCaptureFixture
) -> None:
    mottak = innboks.hendelse("BESKJED", "1")
    _se(innboks)
    arbeider = Arbeider(innboks, UTEN_EVNE[slag][0](hel))
    for _ in range(3):
        assert arbeider.runde() == 0
    assert _stand(innboks, mottak) == ("MOTTATT", 0, None)
    with innboks.kjerne.database.tilkobling():
        assert {rad.leie_til for rad in Hendelsesnoekkel.select()} == {None}, "nothing is held"
    assert [linje for linje in caplog.messages if "are left to workers" in linje] == [caplog.messages[0]], "told once"
    assert len(arbeider.telt) <= 1, "and it does not spin"
    assert innboks.runde() == 1, "at once, by the one that can"
    assert innboks.les(mottak).tilstand == "BEHANDLET"


@pytest.mark.parametrize("slag", UTEN_EVNE)
@pytest.mark.parametrize("andre", ["none", "gone", "broken too"])
def test_det_ingen_kan_venter_paa_pluginen_og_er_intet_forsoek(
    innboks: Innboks, hel: Erklaering, slag: str, andre: str
) -> None:
    lag, kode = UTEN_EVNE[slag]
    if andre == "gone":
        _se(innboks, siden=dt.timedelta(minutes=2))
    elif andre == "broken too":
        _se(innboks, versjon="")
    mottak = innboks.hendelse("BESKJED", "1")
    arbeider = Arbeider(innboks, lag(hel))
    for _ in range(10):
        arbeider.runde()
        innboks.kjerne.klokke.gaa(minutes=1)  # type: ignore[attr-defined]
    assert _stand(innboks, mottak) == ("PAA_VENT", 0, kode)
    assert {ett[2] for ett in arbeider.telt} == {kode}
    innboks.runde()
    assert innboks.les(mottak).tilstand == "BEHANDLET"


def test_en_annen_utgave_faar_det_den_har_tatt_imot_saa_lenge_den_er_her(innboks: Innboks, hel: Erklaering) -> None:
    mottak = innboks.hendelse("BESKJED", "1")
    _se(innboks)
    ny = Arbeider(innboks, Plugins(innboks.kjerne.plugins.steder, lastet=[replace(hel, versjon="2")]))
    assert ny.runde() == 0
    assert _stand(innboks, mottak) == ("MOTTATT", 0, None)
    innboks.sann_tid.gaa(minutes=2)  # the one before has not been seen since
    assert ny.runde() == 1
    assert innboks.les(mottak).tilstand == "BEHANDLET"


def test_andre_noekler_hos_samme_produsent_gaar_videre(innboks: Innboks, hel: Erklaering) -> None:
    uten_noekkel = replace(hel, har_noekkel=False)
    innboks.kjerne = replace(innboks.kjerne, plugins=Plugins(innboks.kjerne.plugins.steder, lastet=[uten_noekkel]))
    venter, gaar = innboks.hendelse("BESKJED", "1"), innboks.hendelse("TULL", "2")
    _se(innboks)
    typer = {navn: type_ for navn, type_ in hel.typer.items() if navn != "BESKJED"}
    gammel = replace(uten_noekkel, typer=typer)
    steder = innboks.kjerne.plugins.steder
    assert Arbeider(innboks, Plugins(steder, lastet=[replace(gammel, versjon="1")])).runde() >= 1
    assert innboks.les(gaar).tilstand == "KARANTENE", "for what it says, and not for its type"
    assert innboks.les(venter).tilstand in ("MOTTATT", "PAA_VENT")


def test_rundens_egen_korrelasjonsid_overlever_hver_hendelse(innboks: Innboks) -> None:
    """A log line after an event is the round's again, and one of the event tells which round was at it."""
    sett: list[dict[str, object]] = []
    for nummer in range(2):
        innboks.hendelse("BESKJED", str(nummer))

    class Ser:
        def hendelse(self, produsent: str, plugin: str, utfall: str) -> None:
            sett.append(dict(structlog.contextvars.get_contextvars()))

    innboks.kjerne = replace(innboks.kjerne, maaler=Ser())
    with structlog.contextvars.bound_contextvars(korrelasjonsid="runde-1", runde_id="runde-1"):
        assert innboks.runde() >= 2
        assert structlog.contextvars.get_contextvars()["korrelasjonsid"] == "runde-1"
    assert [(ett["korrelasjonsid"], ett["runde_id"]) for ett in sett] == [("k", "runde-1")] * 2


def test_med_svaert_mange_overlatte_noekler_overlates_hele_produsenten(
    innboks: Innboks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modul, "FLEST_NOEKLER", 3)
    fordeling, naa = Fordeling(), innboks.sann_tid.naa()
    for nummer in range(4):
        fordeling.overlat("fager", str(nummer), naa)
    assert fordeling.overlatte("fager", naa) is None
    assert fordeling.overlatte("andre", naa) == []
    assert fordeling.overlatte("fager", naa + modul.OVERLATES_I) == []
