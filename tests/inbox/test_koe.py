"""Events whose key is not known at once wait in their producer's order of arrival; keys are kept hashed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from gateway.domain.kommandoer import Notifikasjonsreferanse, SlettNotifikasjon
from gateway.handling.utfoer import utfoer
from gateway.inbox.inntak import Mottaksregler
from gateway.inbox.oppfoelging import forkast, paa_nytt
from gateway.kjerne import Kjerne
from gateway.reading.spor import spor
from gateway.store.innboks import KOE
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Notifikasjon
from gateway.vertskap.erklaering import Plugins, Pluginsted
from gateway.vertskap.lasting import last_plugins
from tests.inbox.innboks import Innboks
from tests.verden import FastKlokke, aktoer

HEMMELIG = "gruppe-for-ola"


@pytest.fixture
def oedelagt(kjerne: Kjerne) -> Iterator[Innboks]:
    """The same producer, while its plugin is broken."""
    plugins = last_plugins([Pluginsted(navn="borte", modul="finnes_ikke", produsent="fager")])
    ny = Innboks(replace(kjerne, plugins=plugins), "fager", FastKlokke())
    yield ny
    ny.oversetter.lukk()


def rekkefoelge(innboks: Innboks) -> list[str]:
    with innboks.kjerne.database.tilkobling():
        return [rad.ekstern_id for rad in Notifikasjon.select(Notifikasjon.ekstern_id).order_by(Notifikasjon.id)]


def test_en_oedelagt_plugin_lar_hendelsene_sine_vente_til_den_er_mendet(innboks: Innboks, oedelagt: Innboks) -> None:
    oedelagt.hendelse("BESKJED", "1")
    oedelagt.runde()
    assert oedelagt.tilstander() == {"1": "PAA_VENT"}
    innboks.kjerne.klokke.gaa(minutes=5)  # type: ignore[attr-defined]
    innboks.runde()
    assert innboks.tilstander() == {"1": "BEHANDLET"}


@pytest.mark.parametrize("har_noekkel", [True, False])
def test_det_som_kommer_naar_pluginen_er_mendet_gaar_ikke_forbi_det_som_ventet(
    innboks: Innboks, oedelagt: Innboks, egne_plugins: Plugins, har_noekkel: bool
) -> None:
    """Also where the mended plugin leaves the key to the source, so that the later event's is known at once."""
    if not har_noekkel:
        lastet = egne_plugins.lastet["fager"]
        uten = replace(lastet, har_noekkel=False)
        innboks.kjerne = replace(innboks.kjerne, plugins=Plugins(lastet=[uten]))
    oedelagt.inn({"type": "BESKJED", "id": "foerst", "noekkel": "n"}, noekkel="n")
    oedelagt.runde()
    for nummer in range(3):
        innboks.inn({"type": "BESKJED", "id": str(nummer), "noekkel": "n"}, noekkel="n")
    innboks.kjerne.klokke.gaa(minutes=1)  # type: ignore[attr-defined]
    innboks.runde()
    assert rekkefoelge(innboks) == ["foerst", "0", "1", "2"]
    with innboks.kjerne.database.tilkobling():
        assert len({rad.noekkel for rad in Hendelse.select()}) == 1


def test_ingenting_av_pluginen_kjoerer_naar_en_hendelse_kommer_inn(innboks: Innboks) -> None:
    mottak = innboks.hendelse("BESKJED", "1", noekkel="henger")
    assert (mottak.tilstand, innboks.les(mottak).noekkel) == ("MOTTATT", KOE)


def test_en_noekkel_som_feiler_settes_i_karantene_og_koeen_gaar_videre(innboks: Innboks) -> None:
    umulig = innboks.hendelse("BESKJED", "1", noekkel="umulig")
    innboks.hendelse("BESKJED", "2")
    innboks.runde()
    rad = innboks.les(umulig)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", "Oversettelsesfeil")
    assert "uskikkelig.noekkel raised LookupError" in rad.feilmelding
    assert innboks.tilstander() == {"1": "KARANTENE", "2": "BEHANDLET"}


def test_en_noekkel_som_henger_proeves_tre_ganger_og_ingen_gaar_forbi(innboks: Innboks) -> None:
    innboks.hendelse("BESKJED", "0")
    henger = innboks.hendelse("BESKJED", "1", noekkel="henger")
    innboks.hendelse("BESKJED", "2")
    for ventet in ("PAA_VENT", "PAA_VENT", "KARANTENE"):
        innboks.runde()
        assert innboks.les(henger).tilstand == ventet
        assert innboks.tilstander()["2"] == ("BEHANDLET" if ventet == "KARANTENE" else "PAA_VENT")
        innboks.kjerne.klokke.gaa(hours=1)  # type: ignore[attr-defined]
    assert innboks.tilstander()["0"] == "BEHANDLET", "what came before it is not held up"
    assert innboks.les(henger).feilkode == "Tidsgrense"


@pytest.mark.parametrize(
    ("noekkel", "sagt"),
    [
        ("a\x00b", "must not hold control characters"),
        ("x" * 3_000, "must be at most 500 characters"),
        ("æ" * 501, "must be at most 500 characters"),
        ("😀" * 300, "must be at most 1000 bytes"),
    ],
)
def test_en_noekkel_fra_en_plugin_som_ikke_kan_brukes_settes_i_karantene(
    innboks: Innboks, noekkel: str, sagt: str
) -> None:
    mottak = innboks.hendelse("BESKJED", "1", noekkel=noekkel)
    innboks.hendelse("BESKJED", "2")
    innboks.runde()
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).feilkode) == ("KARANTENE", "Oversettelsesfeil")
    assert sagt in innboks.les(mottak).feilmelding
    assert innboks.tilstander()["2"] == "BEHANDLET"


def test_noekler_som_bare_er_ulike_i_unicode_form_er_samme_noekkel(innboks: Innboks) -> None:
    innboks.hendelse("BESKJED", "1", noekkel="Sør-Varanger å")
    innboks.hendelse("BESKJED", "2", noekkel="Sør-Varanger a\u030a")
    innboks.runde()
    with innboks.kjerne.database.tilkobling():
        assert len({rad.noekkel for rad in Hendelse.select()}) == 1


def test_svarer_pluginen_ingenting_gjelder_kildens_noekkel_og_glemmes_i_klartekst(innboks: Innboks) -> None:
    for id_ in ("1", "2"):
        innboks.inn({"type": "BESKJED", "id": id_}, noekkel=HEMMELIG)
    alene = innboks.hendelse("BESKJED", "3")
    with innboks.kjerne.database.tilkobling():
        assert {rad.kilde_noekkel for rad in Hendelse.select()} == {HEMMELIG, None}
    innboks.runde()
    with innboks.kjerne.database.tilkobling():
        en, to, tre = Hendelse.select().order_by(Hendelse.id)
        assert {en.kilde_noekkel, to.kilde_noekkel, tre.kilde_noekkel} == {None}
        assert (en.noekkel, en.loepenummer, to.loepenummer) == (to.noekkel, 1, 2)
        assert innboks.les(alene).noekkel not in (en.noekkel, KOE)


def test_ingen_noekkel_staar_i_klartekst_naar_det_den_gjaldt_er_slettet(innboks: Innboks) -> None:
    innboks.hendelse("BESKJED", "1", noekkel=HEMMELIG, ekstern_id="felles")
    innboks.inn({"type": "BESKJED", "id": "2", "ekstern_id": "felles"}, noekkel=HEMMELIG)
    innboks.runde()
    with innboks.kjerne.database.tilkobling():
        (notifikasjon,) = Notifikasjon.select()
        assert {len(rad.noekkel) for rad in Hendelse.select()} == {64}
        assert {rad.noekkel for rad in Hendelsesnoekkel.select()} - {rad.noekkel for rad in Hendelse.select()} == {KOE}
    referanse = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="felles")
    utfoer(innboks.kjerne, SlettNotifikasjon(notifikasjon=referanse), aktoer(innboks.kjerne))
    assert [
        ett for ett in spor(innboks.kjerne.database, notifikasjon.id, [HEMMELIG], ()) if ett.sted.endswith("by text")
    ] == []


def test_en_avvist_hendelse_toemmes_med_det_den_handlet_om(innboks: Innboks) -> None:
    """What it would have said stands in its payload, its kommandoer and its reason."""
    innboks.hendelse("BESKJED", "felles")
    avvist = innboks.inn({"type": "TO_TING", "id": "felles", "navn": "Ola Nordmann"}, kilde="annen")
    innboks.runde()
    assert innboks.les(avvist).tilstand == "KARANTENE"
    assert b"Ola Nordmann" in bytes(innboks.les(avvist).raa)
    referanse = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="felles")
    utfoer(innboks.kjerne, SlettNotifikasjon(notifikasjon=referanse), aktoer(innboks.kjerne))
    rad = innboks.les(avvist)
    assert (rad.tilstand, bytes(rad.raa), rad.kommandoer, rad.feilmelding) == ("KARANTENE", b"", None, None)


def test_en_hendelse_av_en_type_som_var_ukjent_kan_proeves_paa_nytt_naar_pluginen_kjenner_den(
    innboks: Innboks, egne_plugins: Plugins
) -> None:
    fager = innboks.kjerne.produsenter.hent("fager")
    kjenner = innboks.kjerne.plugins
    lastet = egne_plugins.lastet["fager"]
    uten = replace(lastet, typer={navn: type_ for navn, type_ in lastet.typer.items() if navn != "BESKJED"})
    innboks.kjerne = replace(innboks.kjerne, plugins=Plugins(lastet=[uten]))
    mottak = innboks.inn({"type": "BESKJED", "id": "1"}, Mottaksregler(behold_uforstaatt=True))
    innboks.runde()
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).feilkode) == ("KARANTENE", "UkjentHendelsestype")
    innboks.kjerne = replace(innboks.kjerne, plugins=kjenner)
    paa_nytt(innboks.kjerne, fager.id, mottak.id, lambda rad: None)
    innboks.runde()
    assert innboks.les(mottak).tilstand == "BEHANDLET"


def test_en_hendelse_i_koeen_som_forkastes_slipper_de_andre_frem(innboks: Innboks, oedelagt: Innboks) -> None:
    foerst, neste = oedelagt.inn({"type": "BESKJED", "id": "1"}, noekkel=HEMMELIG), oedelagt.hendelse("BESKJED", "2")
    oedelagt.runde()
    fager = innboks.kjerne.produsenter.hent("fager")
    forkast(innboks.kjerne, fager.id, foerst.id, "sendt ved en feil")
    assert innboks.les(foerst).kilde_noekkel is None
    innboks.runde()
    assert (innboks.les(foerst).tilstand, innboks.les(neste).tilstand) == ("FORKASTET", "BEHANDLET")


def test_rekkefoelgen_staar_gjennom_alt_som_kan_skje_i_koeen(innboks: Innboks, oedelagt: Innboks) -> None:
    """Events of two keys, taken in while the plugin comes and goes, more than a batch of the queue."""
    for nummer in range(45):
        (oedelagt if nummer % 3 == 0 else innboks).hendelse("BESKJED", f"{nummer:02}", noekkel=str(nummer % 2))
        if nummer % 10 == 0:
            oedelagt.runde()
    innboks.kjerne.klokke.gaa(minutes=5)  # type: ignore[attr-defined]
    innboks.runde()
    tatt = rekkefoelge(innboks)
    assert len(tatt) == 45
    for noekkel in (0, 1):
        egne = [int(ett) for ett in tatt if int(ett) % 2 == noekkel]
        assert all(foer < etter for foer, etter in pairwise(egne))
