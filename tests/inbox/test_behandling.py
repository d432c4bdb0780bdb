"""Events: stored raw and once, handled in order within a key, tried again, or kept for a person."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.feil import UkjentHendelsestype
from gateway.domain.kommandoer import Notifikasjonsreferanse, SlettNotifikasjon
from gateway.handling.utfoer import utfoer
from gateway.inbox.avslutning import Avslutning
from gateway.inbox.bryter import Pluginbryter
from gateway.inbox.inntak import Hendelsestilstand, Mottaksregler
from gateway.inbox.koe import Koe, Plassert
from gateway.inbox.konfigurasjon import Konfigurasjonsvakt
from gateway.inbox.lager import Lager
from gateway.inbox.noekler import LEIE, Noekler
from gateway.inbox.oppfoelging import paa_nytt
from gateway.inbox.oppslag import Oppslagstjeneste
from gateway.inbox.oversetting import Oversetting
from gateway.inbox.stykke import Stykke
from gateway.inbox.utfoering import Utfoering
from gateway.kjerne import Kjerne
from gateway.store.leie import MistetLeie
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Logg, Notifikasjon, Sak, Varsel
from gateway.vertskap.oversettelse import Oversettelse
from tests.inbox.innboks import Innboks
from tests.verden import START, aktoer, melding


def _antall(kjerne: Kjerne, tabell: Any) -> int:
    with kjerne.database.tilkobling():
        return int(tabell.select().count())


def test_en_hendelse_lagres_raa_foer_noen_ser_paa_den(innboks: Innboks) -> None:
    mottak = innboks.hendelse("BESKJED", "1", ekstern_id="b-1")
    assert (mottak.ny, mottak.tilstand) == (True, Hendelsestilstand.MOTTATT)
    assert bytes(innboks.les(mottak).raa) == b'{"type": "BESKJED", "id": "1", "ekstern_id": "b-1"}'
    assert _antall(innboks.kjerne, Notifikasjon) == 0


def test_samme_kilde_og_id_igjen_gir_den_foerstes_id_og_gjoer_ingenting(innboks: Innboks) -> None:
    foerst = innboks.hendelse("BESKJED", "1")
    innboks.runde()
    igjen = innboks.hendelse("BESKJED", "1")
    assert (igjen.id, igjen.ny, igjen.tilstand) == (foerst.id, False, Hendelsestilstand.BEHANDLET)
    assert innboks.runde() == 0
    assert _antall(innboks.kjerne, Notifikasjon) == 1


def test_samme_id_fra_en_annen_kilde_er_en_annen_hendelse(innboks: Innboks) -> None:
    foerst = innboks.inn({"type": "BESKJED", "id": "1"})
    assert innboks.inn({"type": "BESKJED", "id": "1"}, kilde="annen").id != foerst.id


def test_en_type_som_ingen_plugin_kjenner_avvises_og_lagres_ikke(innboks: Innboks) -> None:
    with pytest.raises(UkjentHendelsestype, match="BESKJED"):
        innboks.hendelse("UKJENT", "1")
    assert _antall(innboks.kjerne, Hendelse) == 0


def test_hendelsene_til_en_inntektsmelding_gir_sak_og_oppgave_og_avslutter_dem(inntektsmelding: Innboks) -> None:
    for navn in ("1_opprett", "2_fjern_paaminnelse", "3_besvart"):
        inntektsmelding.inn(melding(f"inntektsmelding/{navn}"))
    assert inntektsmelding.runde() == 3
    assert set(inntektsmelding.tilstander().values()) == {"BEHANDLET"}
    with inntektsmelding.kjerne.database.tilkobling():
        (sak,) = Sak.select()
        (oppgave,) = Notifikasjon.select()
        assert (sak.siste_status, oppgave.tilstand) == ("FERDIG", "UTFOERT")
        assert {(v.til_paaminnelse, v.status) for v in Varsel.select()} == {(False, "KANSELLERT"), (True, "KANSELLERT")}
        kommandoer = [innslag.hva for innslag in Logg.select().order_by(Logg.id)]
    assert kommandoer == ["NySak", "NyOppgave", "EndrePaaminnelse", "NyStatus", "OppgaveUtfoert"]


def test_de_samme_meldingene_fra_to_kilder_skjer_en_gang(inntektsmelding: Innboks) -> None:
    for kilde in ("webhook", "cloudevents"):
        for navn in ("1_opprett", "3_besvart"):
            inntektsmelding.inn(melding(f"inntektsmelding/{navn}"), kilde=kilde)
    inntektsmelding.runde()
    assert set(inntektsmelding.tilstander().values()) == {"BEHANDLET"}
    assert _antall(inntektsmelding.kjerne, Logg) == 4


def test_en_melding_om_en_sak_som_mangler_noteres_og_er_ingen_feil(inntektsmelding: Innboks) -> None:
    mottak = inntektsmelding.inn(melding("inntektsmelding/3_besvart"))
    inntektsmelding.runde()
    rad = inntektsmelding.les(mottak)
    assert rad.tilstand == "BEHANDLET"
    assert rad.utfall == [{"avslag": "SakFinnesIkke"}, {"avslag": "NotifikasjonFinnesIkke"}]


def test_hendelser_med_samme_noekkel_tas_i_den_rekkefoelgen_de_kom(innboks: Innboks) -> None:
    ider = [innboks.hendelse("BESKJED", str(nummer), noekkel="n").id for nummer in range(30)]
    innboks.runde()
    with innboks.kjerne.database.tilkobling():
        assert [
            int(innslag.ekstern_id)
            for innslag in Notifikasjon.select(Notifikasjon.ekstern_id).order_by(Notifikasjon.id)
        ] == list(range(30))
        loepenumre = [Hendelse.get_by_id(id_).loepenummer for id_ in ider]
    assert loepenumre == sorted(set(loepenumre))


def test_en_oversettelse_som_henger_stoppes_og_de_andre_gaar_videre(innboks: Innboks) -> None:
    innboks.hendelse("HENGER", "henger", noekkel="a")
    innboks.hendelse("BESKJED", "bak", noekkel="a")
    innboks.hendelse("BESKJED", "annen", noekkel="b")
    innboks.runde()
    assert innboks.tilstander() == {"henger": "PAA_VENT", "bak": "PAA_VENT", "annen": "BEHANDLET"}
    for _ in range(2):
        innboks.kjerne.klokke.gaa(hours=1)  # type: ignore[attr-defined]
        innboks.runde()
    assert innboks.tilstander() == {"henger": "KARANTENE", "bak": "BEHANDLET", "annen": "BEHANDLET"}


def test_en_oversettelse_som_tar_ned_prosessen_sin_rammer_bare_seg_selv(innboks: Innboks) -> None:
    innboks.hendelse("DOER", "doer")
    innboks.hendelse("BESKJED", "frisk")
    innboks.runde()
    assert innboks.tilstander() == {"doer": "PAA_VENT", "frisk": "BEHANDLET"}


@pytest.mark.parametrize(
    ("type_", "feilkode", "i_meldingen"),
    [
        ("FEILER", "Oversettelsesfeil", "uskikkelig.oversett raised LookupError"),
        ("TULL", "Oversettelsesfeil", "number 0 is no kommando"),
        ("TO_TING", "Valideringsfeil", "kommando 2 of 2, NyBeskjed: "),
    ],
)
def test_det_som_aldri_kan_lykkes_settes_i_karantene_med_grunnen(
    innboks: Innboks, type_: str, feilkode: str, i_meldingen: str, caplog: pytest.LogCaptureFixture
) -> None:
    mottak = innboks.hendelse(type_, "1", noekkel="n")
    innboks.hendelse("BESKJED", "2", noekkel="n")
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", feilkode)
    assert i_meldingen in rad.feilmelding
    assert innboks.tilstander()["2"] == "BEHANDLET", "the key goes on"
    assert "Ola Nordmann" not in caplog.text, "what a plugin says may be personal data"


@pytest.mark.parametrize(
    ("type_", "data", "i_meldingen"),
    [
        ("STRENG", {"15488510042 Ola Nordmann": 7}, "15488510042 Ola Nordmann"),
        ("EKKO", {"navn": "15488510042 Ola Nordmann"}, "Invalid enum value"),
    ],
)
def test_det_avsenderen_har_kalt_et_felt_staar_i_hendelsen_og_aldri_i_loggen(
    innboks: Innboks, type_: str, data: dict[str, Any], i_meldingen: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    mottak = innboks.hendelse(type_, "1", **data)
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", "Oversettelsesfeil")
    assert i_meldingen in rad.feilmelding
    _ingenting_personlig(caplog)


def test_en_type_som_ingen_plugin_kjenner_staar_ikke_i_loggen(
    innboks: Innboks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ukjent = {"type": "15488510042 Ola Nordmann", "id": "1"}
    mottak = innboks.inn(ukjent, Mottaksregler(behold_uforstaatt=True))
    produsent = innboks.kjerne.produsenter.hent(innboks.produsent)
    paa_nytt(innboks.kjerne, produsent.id, mottak.id, lambda _: None)
    innboks.runde()
    assert innboks.les(mottak).tilstand == "PAA_VENT"
    assert "event is tried again later" in caplog.text
    _ingenting_personlig(caplog)


def _ingenting_personlig(caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the messages nor in what stands beside them."""
    assert [ett for ett in caplog.records if any(ord_ in repr(vars(ett)) for ord_ in ("15488510042", "Nordmann"))] == []


@pytest.mark.parametrize(("tegn", "feilkode"), [("nul", "Valideringsfeil"), ("halv", "Oversettelsesfeil")])
def test_en_saksnoekkel_som_ikke_kan_vaere_en_settes_i_karantene(innboks: Innboks, tegn: str, feilkode: str) -> None:
    mottak = innboks.hendelse("UMULIG_NOEKKEL", "1", tegn=tegn, noekkel="n")
    innboks.hendelse("BESKJED", "2", noekkel="n")
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", feilkode)
    assert innboks.tilstander()["2"] == "BEHANDLET", "the key goes on"


def test_alle_kommandoer_av_en_hendelse_virker_eller_ingen(innboks: Innboks) -> None:
    innboks.hendelse("TO_TING", "1")
    innboks.runde()
    assert _antall(innboks.kjerne, Notifikasjon) == 0
    assert _antall(innboks.kjerne, Logg) == 0


def test_noekler_til_en_arbeider_som_doede_tas_over_naar_leien_er_ute(innboks: Innboks) -> None:
    innboks.hendelse("BESKJED", "1")
    assert Noekler(innboks.kjerne, innboks.sann_tid).ta_koeen("fager") is not None
    assert innboks.runde() == 0, "the lease still holds"
    innboks.sann_tid.gaa(seconds=LEIE.total_seconds() + 1)
    assert innboks.runde() == 1


def test_en_arbeider_som_var_for_treg_oppdages_foer_den_fullfoerer(innboks: Innboks) -> None:
    """It had mapped the event, and was about to carry it out."""
    mottak = innboks.hendelse("BESKJED", "1", noekkel="n")
    treg = Noekler(innboks.kjerne, innboks.sann_tid)
    utfoering = Utfoering(innboks.kjerne, treg, Avslutning(innboks.kjerne, Konfigurasjonsvakt()))
    koe = treg.ta_koeen("fager")
    assert koe is not None
    oversetting = Oversetting(
        innboks.kjerne,
        innboks.oversetter,
        Oppslagstjeneste(innboks.kjerne, innboks.sann_tid.naa),
        Pluginbryter(innboks.kjerne, innboks.sann_tid),
    )
    ny_koe = Koe(innboks.kjerne, oversetting, treg, utfoering)
    ny_koe.flytt([Plassert(hendelse=innboks.les(mottak), noekkel="n")], koe)
    (leie,) = treg.ta("fager")
    plugin = innboks.kjerne.plugins.lastet["fager"]
    stykke = Stykke(hendelse=innboks.les(mottak), leie=leie, plugin=plugin, oversettelse=Oversettelse())
    innboks.sann_tid.gaa(seconds=LEIE.total_seconds() + 1)
    assert innboks.runde() == 1
    assert utfoering.gjoer([stykke], Lager(innboks.kjerne, "fager")) == [], "another has done it"
    with pytest.raises(MistetLeie):
        ny_koe.flytt([Plassert(hendelse=innboks.les(mottak), noekkel="n")], koe)
    assert _antall(innboks.kjerne, Notifikasjon) == 1


def test_en_noekkel_uten_mer_aa_gjoere_koster_ingenting(innboks: Innboks) -> None:
    innboks.hendelse("BESKJED", "1")
    innboks.runde()
    with innboks.kjerne.database.tilkobling():
        noekler = list(Hendelsesnoekkel.select())
    assert len(noekler) == 2, "the queue, and the event's own"
    assert {(noekkel.klar_tidspunkt, noekkel.leie_til) for noekkel in noekler} == {(None, None)}


def test_tidene_til_en_hendelse_er_gatewayens_klokke(innboks: Innboks) -> None:
    mottak = innboks.hendelse("BESKJED", "1")
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.mottatt_tidspunkt, rad.behandlet_tidspunkt) == (START, START)


@pytest.mark.parametrize("av_en_hendelse", [True, False])
def test_det_en_hendelse_sa_om_noe_gaar_med_naar_det_slettes_og_hendelsen_tas_ikke_inn_igjen(
    innboks: Innboks, av_en_hendelse: bool
) -> None:
    mottatt = innboks.hendelse("BESKJED", "1", ekstern_id="felles", navn="Ola Nordmann")
    annen = innboks.hendelse("BESKJED", "2", navn="Kari Nordmann")
    innboks.runde()
    assert b"Ola Nordmann" in bytes(innboks.les(mottatt).raa)
    if av_en_hendelse:
        slett = innboks.hendelse("SLETT", "3", navn="Ola Nordmann")
        innboks.runde()
        assert (innboks.les(slett).tilstand, bytes(innboks.les(slett).raa)) == ("BEHANDLET", b"")
    else:
        referanse = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="felles")
        utfoer(innboks.kjerne, SlettNotifikasjon(notifikasjon=referanse), aktoer(innboks.kjerne))
    rad = innboks.les(mottatt)
    assert (bytes(rad.raa), rad.kommandoer, rad.tilstand) == (b"", None, "BEHANDLET")
    assert b"Kari Nordmann" in bytes(innboks.les(annen).raa)
    assert not innboks.hendelse("BESKJED", "1", ekstern_id="felles", navn="Ola Nordmann").ny
    assert innboks.runde() == 0
    with innboks.kjerne.database.tilkobling():
        assert [rad.ekstern_id for rad in Notifikasjon.select()] == ["2"]
