"""An appointment gets a new time: with it goes the paaminnelse that is still to come, as it was wished for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain import feil
from gateway.domain.kalenderavtale import ENDELIGE, Lokasjon
from gateway.domain.kommandoer import OppdaterKalenderavtale
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand
from gateway.kjerne import Kjerne
from gateway.runder.kalenderavtaler import avhold_forfalte
from gateway.runder.paaminnelser import send_forfalte
from gateway.store.tabeller import Logg, Notifikasjon, Paaminnelsesrad, Varsel
from tests.domain.klokkeslett import utc
from tests.handling.gjoer import (
    AVTALEN,
    SMS_I_AAPNINGSTID,
    den_ene,
    en_avtale,
    gjoer,
    rader,
    til_det_er_tomt,
)
from tests.verden import START, FastKlokke, en_sak

GAMMEL_START = START + dt.timedelta(days=7)
NY_START = START + dt.timedelta(days=21)
EN_TIME = dt.timedelta(hours=1)


def flytt(**felter: Any) -> OppdaterKalenderavtale:
    return replace(OppdaterKalenderavtale(kalenderavtale=AVTALEN, nytt_start_tidspunkt=NY_START), **felter)


def paaminnelse(**tidspunkt: Any) -> Paaminnelse:
    return Paaminnelse(tidspunkt=Paaminnelsestidspunkt(**tidspunkt), eksterne_varsler=(SMS_I_AAPNINGSTID,))


@pytest.fixture(autouse=True)
def _sak(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())


def test_ny_tid_og_sted_og_ikke_noe_annet(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_avtale(slutt_tidspunkt=GAMMEL_START + EN_TIME))
    foer = den_ene(kjerne, Notifikasjon).__data__
    sted = Lokasjon(adresse="Storgata 1", postnummer="0155", poststed="Oslo")
    utfall = gjoer(kjerne, flytt(nytt_slutt_tidspunkt=NY_START + EN_TIME, ny_lokasjon=sted))
    assert utfall.merknader == ()
    assert den_ene(kjerne, Notifikasjon).__data__ == {
        **foer,
        "start_tidspunkt": NY_START,
        "slutt_tidspunkt": NY_START + EN_TIME,
        "lokasjon": {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"},
    }
    assert den_ene(kjerne, Logg, Logg.hva == "OppdaterKalenderavtale").innhold == {
        "start_tidspunkt": "2026-12-14T09:00:00+00:00",
        "slutt_tidspunkt": "2026-12-14T10:00:00+00:00",
    }
    assert not gjoer(kjerne, en_avtale(slutt_tidspunkt=GAMMEL_START + EN_TIME)).ny, "created as before is the same"


@pytest.mark.parametrize(
    ("slutt", "felter", "godtas"),
    [
        (None, {}, True),
        (GAMMEL_START + EN_TIME, {}, False),
        (GAMMEL_START + EN_TIME, {"nytt_slutt_tidspunkt": NY_START}, True),
        (GAMMEL_START + EN_TIME, {"nytt_start_tidspunkt": GAMMEL_START - EN_TIME}, True),
        (None, {"nytt_slutt_tidspunkt": NY_START - EN_TIME}, False),
        (None, {"nytt_start_tidspunkt": None, "nytt_slutt_tidspunkt": GAMMEL_START}, True),
        (None, {"nytt_start_tidspunkt": None, "nytt_slutt_tidspunkt": GAMMEL_START - EN_TIME}, False),
    ],
    ids=["no end", "the old end is too early", "both", "earlier", "its end is too early", "only an end", "a wrong end"],
)
def test_den_slutter_ikke_foer_den_begynner(
    kjerne: Kjerne, slutt: dt.datetime | None, felter: dict[str, Any], godtas: bool
) -> None:
    gjoer(kjerne, en_avtale(slutt_tidspunkt=slutt))
    foer = den_ene(kjerne, Notifikasjon).__data__
    if godtas:
        gjoer(kjerne, flytt(**felter))
        return
    with pytest.raises(feil.UgyldigKalenderavtale):
        gjoer(kjerne, flytt(**felter))
    assert den_ene(kjerne, Notifikasjon).__data__ == foer


@pytest.mark.parametrize("ny", [None, *Kalenderavtaletilstand], ids=str)
@pytest.mark.parametrize("var", list(Kalenderavtaletilstand), ids=str)
def test_den_som_er_avlyst_eller_avholdt_etter_endringen_flyttes_ikke(
    kjerne: Kjerne, var: Kalenderavtaletilstand, ny: Kalenderavtaletilstand | None
) -> None:
    gjoer(kjerne, en_avtale(tilstand=var))
    if (ny or var) in ENDELIGE:
        with pytest.raises(feil.Konflikt, match=str(ny or var)):
            gjoer(kjerne, flytt(ny_tilstand=ny))
        rad = den_ene(kjerne, Notifikasjon)
        assert (rad.start_tidspunkt, rad.tilstand) == (GAMMEL_START, var)
    else:
        gjoer(kjerne, flytt(ny_tilstand=ny))
        rad = den_ene(kjerne, Notifikasjon)
        assert (rad.start_tidspunkt, rad.tilstand) == (NY_START, ny or var)


def test_den_avholdes_naar_den_nye_tiden_kommer(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_avtale())
    gjoer(kjerne, flytt())
    klokke.still(NY_START - dt.timedelta(microseconds=1))
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 0
    klokke.still(NY_START)
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 1


def test_en_avholdt_avtale_som_likevel_er_flyttet_aapnes_med_sin_tilstand(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_avtale())
    klokke.still(GAMMEL_START)
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 1
    gjoer(kjerne, flytt(ny_tilstand=Kalenderavtaletilstand.ARBEIDSGIVER_HAR_GODTATT))
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 0


def test_en_start_som_er_forbi_godtas_og_sies(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_avtale())
    (merknad,) = gjoer(kjerne, flytt(nytt_start_tidspunkt=START - EN_TIME)).merknader
    assert "startTidspunkt has passed" in merknad


@pytest.mark.parametrize(
    ("oenske", "ny_start", "ventet"),
    [
        ({"foer_start_tidspunkt": "P1D"}, NY_START, "2026-12-13T09:00"),
        ({"foer_start_tidspunkt": "P1D"}, START + dt.timedelta(days=2), "2026-11-24T09:00"),
        ({"etter_opprettelse": "P3D"}, NY_START, "2026-11-26T09:00"),
        ({"etter_opprettelse": "P3D"}, START + dt.timedelta(days=3), "2026-11-26T09:00"),
        ({"konkret": dt.datetime.fromisoformat("2026-11-25T10:00")}, NY_START, "2026-11-25T09:00"),
        # Summer time has come between the two: a day before is at the same wall clock.
        ({"foer_start_tidspunkt": "P1D"}, utc("2027-03-28T10:00"), "2027-03-27T11:00"),
    ],
    ids=["later", "sooner", "from creation", "at the start", "konkret", "over the change of summer time"],
)
def test_paaminnelsen_regnes_ut_paa_nytt_av_oensket(
    kjerne: Kjerne, klokke: FastKlokke, oenske: dict[str, Any], ny_start: dt.datetime, ventet: str
) -> None:
    utfall = gjoer(kjerne, en_avtale(paaminnelse=paaminnelse(**oenske)))
    assert gjoer(kjerne, flytt(nytt_start_tidspunkt=ny_start)).merknader == ()
    rad = den_ene(kjerne, Paaminnelsesrad)
    assert (rad.paaminnelse_tidspunkt, rad.varsler) == (utc(ventet), [str(id_) for id_ in utfall.paaminnelse_varsler])
    klokke.still(utc(ventet) - dt.timedelta(microseconds=1))
    assert til_det_er_tomt(send_forfalte, kjerne) == 0
    klokke.still(utc(ventet))
    assert til_det_er_tomt(send_forfalte, kjerne) == 1
    assert den_ene(kjerne, Varsel).klar_tidspunkt is not None


@pytest.mark.parametrize(
    ("oenske", "ny_start", "hvorfor"),
    [
        ({"foer_start_tidspunkt": "P5D"}, START + dt.timedelta(days=2), "before the creation"),
        ({"etter_opprettelse": "P5D"}, START + dt.timedelta(days=2), "after the start"),
    ],
)
def test_en_paaminnelse_som_ikke_kan_staa_med_den_nye_tiden_faller_bort_og_det_sies(
    kjerne: Kjerne, oenske: dict[str, Any], ny_start: dt.datetime, hvorfor: str
) -> None:
    gjoer(kjerne, en_avtale(paaminnelse=paaminnelse(**oenske)))
    (merknad,) = gjoer(kjerne, flytt(nytt_start_tidspunkt=ny_start)).merknader
    assert "is dropped" in merknad
    assert hvorfor in merknad
    assert rader(kjerne, Paaminnelsesrad) == []
    assert den_ene(kjerne, Varsel).status == "KANSELLERT"


def test_en_paaminnelse_som_er_blitt_forbi_sies_og_vises_straks(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_avtale(paaminnelse=paaminnelse(foer_start_tidspunkt="P1D")))
    klokke.gaa(days=2)
    (merknad,) = gjoer(kjerne, flytt(nytt_start_tidspunkt=klokke.naa() + EN_TIME)).merknader
    assert "paaminnelse.tidspunkt has passed" in merknad
    assert til_det_er_tomt(send_forfalte, kjerne) == 1


def test_en_paaminnelse_som_er_sendt_staar_og_en_ny_maa_sies(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_avtale(paaminnelse=paaminnelse(foer_start_tidspunkt="P1D")))
    klokke.still(GAMMEL_START - dt.timedelta(days=1))
    assert til_det_er_tomt(send_forfalte, kjerne) == 1
    foer = den_ene(kjerne, Paaminnelsesrad).__data__
    gjoer(kjerne, flytt())
    assert den_ene(kjerne, Paaminnelsesrad).__data__ == foer
    gjoer(kjerne, flytt(paaminnelse=paaminnelse(foer_start_tidspunkt="P2D")))
    ny = den_ene(kjerne, Paaminnelsesrad)
    assert (ny.paaminnelse_tidspunkt, ny.sendt_tidspunkt) == (NY_START - dt.timedelta(days=2), None)


def test_en_paaminnelse_i_den_samme_endringen_regnes_fra_den_nye_tiden(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_avtale())
    gjoer(kjerne, flytt(paaminnelse=paaminnelse(foer_start_tidspunkt="P10D")))
    assert den_ene(kjerne, Paaminnelsesrad).paaminnelse_tidspunkt == NY_START - dt.timedelta(days=10)
    with pytest.raises(feil.UgyldigPaaminnelseTidspunkt):
        gjoer(kjerne, flytt(paaminnelse=paaminnelse(foer_start_tidspunkt="P30D")))


def test_en_flytting_sagt_igjen_under_samme_idempotensnoekkel_skjer_en_gang(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_avtale())
    foerste = gjoer(kjerne, flytt(idempotensnoekkel="k"))
    gjoer(kjerne, flytt(nytt_start_tidspunkt=GAMMEL_START))
    assert gjoer(kjerne, flytt(idempotensnoekkel="k")) == replace(foerste, ny=False)
    assert den_ene(kjerne, Notifikasjon).start_tidspunkt == GAMMEL_START
