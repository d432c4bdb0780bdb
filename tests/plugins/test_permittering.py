"""Permittering: every submission becomes the one sak that is written out here, and holds nothing of the contact."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.feil import Valideringsfeil
from gateway.vertskap.feil import Pluginfeil
from gateway.vertskap.kjoering import Pluginkjoering
from tests.plugins.oversatt import hendelse, oversatt, plugin
from tests.verden import melding


@pytest.fixture(scope="module")
def permittering() -> Pluginkjoering:
    return plugin("permittering")


def sak(**felter: Any) -> list[dict[str, Any]]:
    felles = {
        "mottakere": [
            {"altinn_ressurs": {"ressurs_id": "nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger"}}
        ],
        "initiell_status": "MOTTATT",
        "tidspunkt": "2026-11-02T10:19:30Z",
        "hard_delete": {"om": "PT17520H"},
    }
    return [{"NySak": {**felles, **felter}}]


MASSEOPPSIGELSE = sak(
    grupperingsid="5f6027bf-0604-4acf-8168-0c1611f33c0d",
    merkelapp="Nedbemanning",
    virksomhetsnummer="910825526",
    tittel="Melding om oppsigelse",
    lenke="https://arbeidsgiver.nav.no/permittering/skjema/kvitteringsside/5f6027bf-0604-4acf-8168-0c1611f33c0d",
)
PERMITTERING = sak(
    grupperingsid="0c1e3f5e-9b4d-4a57-a1d2-6a0b61d1a001",
    merkelapp="Permittering",
    virksomhetsnummer="312914174",
    tittel="Melding om permittering",
    lenke="https://arbeidsgiver.nav.no/permittering/skjema/kvitteringsside/0c1e3f5e-9b4d-4a57-a1d2-6a0b61d1a001",
)
INNSKRENKNING = sak(
    grupperingsid="7ee1c9a8-2f0e-4bd6-9a34-0d9a5b22c002",
    merkelapp="Innskrenking av arbeidstid",
    virksomhetsnummer="910825526",
    tittel="Melding om innskrenking av arbeidstid",
    lenke="https://arbeidsgiver.nav.no/permittering/skjema/kvitteringsside/7ee1c9a8-2f0e-4bd6-9a34-0d9a5b22c002",
)
EKSEMPLER = {
    "masseoppsigelse": ("MASSEOPPSIGELSE", MASSEOPPSIGELSE),
    "permittering_uten_loenn": ("PERMITTERING_UTEN_LØNN", PERMITTERING),
    "innskrenkning": ("INNSKRENKNING_I_ARBEIDSTID", INNSKRENKNING),
}


@pytest.mark.parametrize(("navn", "ventet"), [(navn, ventet) for navn, (_, ventet) in EKSEMPLER.items()], ids=EKSEMPLER)
def test_en_innsending_blir_til_akkurat_denne_saken(
    permittering: Pluginkjoering, navn: str, ventet: list[dict[str, Any]]
) -> None:
    assert oversatt(permittering, melding(f"permittering/{navn}")) == ventet


def test_hver_hendelsestype_har_et_eksempel_her(permittering: Pluginkjoering) -> None:
    assert {type_ for type_, _ in EKSEMPLER.values()} == set(permittering.erklaering.hendelsestyper)
    assert {melding(f"permittering/{navn}")["type"] for navn in EKSEMPLER} == set(
        permittering.erklaering.hendelsestyper
    )


def test_eksemplene_i_dokumentasjonen_lar_seg_oversette(permittering: Pluginkjoering) -> None:
    for type_ in permittering.erklaering.hendelsestyper.values():
        assert len(oversatt(permittering, dict(type_.eksempel))) == 1


def test_et_bedriftsnummer_som_tall_er_det_samme_som_tekst(permittering: Pluginkjoering) -> None:
    som_tall = {**melding("permittering/masseoppsigelse"), "bedriftsnummer": 910825526}
    assert oversatt(permittering, som_tall) == MASSEOPPSIGELSE


def test_kontaktpersonen_er_ikke_med_i_noe_som_lagres(permittering: Pluginkjoering) -> None:
    fra = melding("permittering/masseoppsigelse")
    til = str(oversatt(permittering, fra))
    for felt in ("kontaktNavn", "kontaktTlf", "kontaktEpost", "fritekst"):
        assert fra[felt] not in til


@pytest.mark.parametrize(
    ("sendt", "tidspunkt"),
    [
        ("2026-11-02T10:19:30.000Z", "2026-11-02T10:19:30Z"),
        ("2026-11-02T11:19:30+01:00", "2026-11-02T11:19:30+01:00"),
        ("2026-11-02T11:19:30", "2026-11-02T11:19:30"),  # Oslo wall clock
    ],
)
def test_saken_er_mottatt_da_skjemaet_ble_sendt_inn(permittering: Pluginkjoering, sendt: str, tidspunkt: str) -> None:
    (steg,) = oversatt(permittering, {**melding("permittering/masseoppsigelse"), "sendtInnTidspunkt": sendt})
    assert steg["NySak"]["tidspunkt"] == tidspunkt


def test_lenken_begynner_med_lagets_egen_innstilling() -> None:
    (steg,) = oversatt(plugin("permittering", lenke="https://dev.nav.no/"), melding("permittering/masseoppsigelse"))
    assert steg["NySak"]["lenke"] == "https://dev.nav.no/5f6027bf-0604-4acf-8168-0c1611f33c0d"


@pytest.mark.parametrize(
    ("felter", "regel"),
    [
        ({"id": ""}, r"\$\.id, the rule 'minLength'"),
        ({"id": 1}, r"\$\.id, the rule 'type'"),
        ({"bedriftsnummer": None}, r"\$\.bedriftsnummer, the rule 'type'"),
        ({"sendtInnTidspunkt": ""}, r"\$\.sendtInnTidspunkt, the rule 'minLength'"),
    ],
)
def test_en_melding_som_bryter_skjemaet_stoppes_foer_den_oversettes(
    permittering: Pluginkjoering, felter: dict[str, Any], regel: str
) -> None:
    fra = melding("permittering/masseoppsigelse")
    data = {**fra, **felter}
    with pytest.raises(Pluginfeil, match=f"the schema of MASSEOPPSIGELSE: at {regel} is broken"):
        permittering.tilpass(hendelse(fra), data)


def test_et_umulig_bedriftsnummer_avvises_av_den_samme_regelen_som_ellers(permittering: Pluginkjoering) -> None:
    with pytest.raises(Valideringsfeil) as feil:
        oversatt(permittering, {**melding("permittering/masseoppsigelse"), "bedriftsnummer": 910825527})
    assert feil.value.felter == {"virksomhetsnummer": ["must be 9 digits with a valid mod-11 check digit."]}
