"""What every scheme promises, whatever it verifies by."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
from dataclasses import replace

import pytest

from adapters.signaturer.hemmeligheter import en_stemmer, er_en_av
from gateway.plugin import Anmodning, Bevis, Dekning, UgyldigSignatur, UgyldigValg
from tests.fuzz.ordningene import KROPPER, NAA, OPPSETT, ORDNINGER, Oppsett, ekte

ALLE = pytest.mark.parametrize("oppsett", OPPSETT, ids=lambda ett: f"{ett.navn}-{OPPSETT.index(ett)}")
MED_HEMMELIGHET = pytest.mark.parametrize(
    "oppsett", [ett for ett in OPPSETT if ett.hemmeligheter], ids=lambda ett: f"{ett.navn}-{OPPSETT.index(ett)}"
)
KROPP = KROPPER[1]

# What the page says of each, and what the reading of events is built on.
DEKNING = {
    "github": Dekning(),
    "standard-webhooks": Dekning(id_hode="webhook-id", dekker_tid=True),
    "stripe": Dekning(dekker_tid=True),
    "slack": Dekning(dekker_tid=True),
    "hmac": Dekning(),
    "basic": Dekning(dekker_hoder=True),
    "api-noekkel": Dekning(dekker_hoder=True),
    "hemmelig-sti": Dekning(dekker_hoder=True, bevis=Bevis.HEMMELIG_STI),
    "jwt": Dekning(dekker_hoder=True, bevis=Bevis.UTSTEDER),
}


def verifiser(oppsett: Oppsett, anmodning: Anmodning, *, naa: dt.datetime = NAA) -> None:
    oppsett.ordning.verifiser(anmodning, oppsett.hemmeligheter, naa)


def test_hver_ordning_sier_hva_den_dekker() -> None:
    assert {navn: ordning.dekker for navn, ordning in ORDNINGER.items()} == DEKNING
    assert {ett.navn for ett in OPPSETT} == set(ORDNINGER), "each is among those that are fuzzed"


@MED_HEMMELIGHET
def test_hemmelighetene_i_bruk_er_sterke_nok(oppsett: Oppsett) -> None:
    for hemmelighet in oppsett.hemmeligheter:
        oppsett.ordning.kontroller(hemmelighet)


@MED_HEMMELIGHET
def test_hvilken_som_helst_av_flere_hemmeligheter_gjelder_mens_de_roteres(oppsett: Oppsett) -> None:
    """Whichever place it has in the list; and one that has left the list is out."""
    anmodning = ekte(oppsett, KROPP)
    gjeldende = oppsett.signerer_med or oppsett.hemmeligheter[-1]
    gjeldende = next((ett for ett in oppsett.hemmeligheter if ett == gjeldende), oppsett.hemmeligheter[0])
    annen = {"basic": "annen:passord-som-er-langt-nok", "standard-webhooks": "whsec_" + "QQ" * 20}.get(
        oppsett.navn, "en-annen-hemmelighet-som-er-lang-nok"
    )
    oppsett.ordning.kontroller(annen)
    for hemmeligheter in ([gjeldende], [annen, gjeldende], [gjeldende, annen]):
        verifiser(replace(oppsett, hemmeligheter=hemmeligheter), anmodning)
    with pytest.raises(UgyldigSignatur) as feil:
        verifiser(replace(oppsett, hemmeligheter=[annen]), anmodning)
    assert annen not in str(feil.value)


@MED_HEMMELIGHET
def test_en_kilde_uten_hemmeligheter_slipper_ingenting_gjennom(oppsett: Oppsett) -> None:
    with pytest.raises(UgyldigSignatur, match="has no hemmelighet to verify with"):
        verifiser(replace(oppsett, hemmeligheter=[]), ekte(oppsett, KROPP))


@ALLE
def test_en_annen_kropp_avvises_der_kroppen_er_signert(oppsett: Oppsett) -> None:
    anmodning = replace(ekte(oppsett, KROPP), kropp=KROPP + b" ")
    if not oppsett.av_kroppen:
        verifiser(oppsett, anmodning)
        return
    with pytest.raises(UgyldigSignatur):
        verifiser(oppsett, anmodning)


@ALLE
def test_det_som_er_gammelt_avvises_begge_veier_der_tiden_er_signert(oppsett: Oppsett) -> None:
    anmodning = ekte(oppsett, KROPP)
    for avvik in (dt.timedelta(minutes=5), -dt.timedelta(minutes=5)):
        if oppsett.ordning.dekker.dekker_tid:
            verifiser(oppsett, anmodning, naa=NAA + avvik)
            with pytest.raises(UgyldigSignatur, match=r"is too (old|far in the future)"):
                verifiser(oppsett, anmodning, naa=NAA + avvik * 1.01)
        elif oppsett.navn != "jwt":
            verifiser(oppsett, anmodning, naa=NAA + avvik * 10_000)


@ALLE
def test_hvert_hode_som_er_sendt_to_ganger_er_ingen_av_dem(oppsett: Oppsett) -> None:
    """The way in joins them with a comma: neither a proxy nor the gateway chooses one in silence."""
    anmodning = ekte(oppsett, KROPP)
    for navn, verdi in anmodning.hoder.items():
        with pytest.raises(UgyldigSignatur):
            verifiser(oppsett, replace(anmodning, hoder={**anmodning.hoder, navn: f"{verdi},{verdi}"}))


@ALLE
def test_hvert_hode_maa_vaere_der_og_sies_naar_det_mangler(oppsett: Oppsett) -> None:
    anmodning = ekte(oppsett, KROPP)
    for navn in anmodning.hoder:
        for hoder in ({**anmodning.hoder, navn: ""}, {n: v for n, v in anmodning.hoder.items() if n != navn}):
            with pytest.raises(UgyldigSignatur, match=r"(?i)missing|there is no (user|token)|must be"):
                verifiser(oppsett, replace(anmodning, hoder=hoder))


@pytest.mark.parametrize("navn", [navn for navn, ordning in ORDNINGER.items() if getattr(ordning, "skjema", 0) is None])
def test_en_ordning_uten_valg_avviser_ethvert(navn: str) -> None:
    with pytest.raises(UgyldigValg, match=f"vindu is no option: {navn} has none; remove it"):
        ORDNINGER[navn].med({"vindu": 10})
    assert ORDNINGER[navn].med({}).navn == navn


def test_sammenligningen_ser_paa_alle_ogsaa_etter_treff() -> None:
    """So that the time tells nothing of which secret is in use."""
    sett: list[bytes] = []

    def ventede() -> object:
        for ett in (b"a", b"b", b"c"):
            sett.append(ett)
            yield ett

    assert en_stemmer(ventede(), [b"a", b"x"])
    assert sett == [b"a", b"b", b"c"]
    assert not en_stemmer([b"a", b"b"], [b"c"])
    assert not en_stemmer([b"a"], [])
    assert er_en_av(b"hemmelig", [b"annen", b"hemmelig"])
    assert not er_en_av(b"hemmelig", [b"hemmelig2", b""])


@pytest.mark.parametrize("navn", ORDNINGER)
def test_ingen_ordning_sammenligner_en_hemmelighet_i_annet_enn_fast_tid(navn: str) -> None:
    """`==`, `!=` and `in` are for names, options and forms: what is compared with them is a constant or an option."""
    modul = inspect.getmodule(type(ORDNINGER[navn]))
    assert modul is not None
    tre = ast.parse(inspect.getsource(modul))
    hemmelige = {"hemmelighet", "hemmeligheter", "ventet", "ventede", "noekkel", "signert", "passord"}
    sammenlignet = {
        navn_.id
        for node in ast.walk(tre)
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        for navn_ in ast.walk(side)
        if isinstance(navn_, ast.Name) and not _er_lengde(side)
    }
    assert not sammenlignet & hemmelige


def _er_lengde(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
