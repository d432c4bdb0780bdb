"""Appointments: on a sak, changed by what an update names, and AVHOLDT once their start has passed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gateway.domain import feil
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import OppdaterKalenderavtale, SlettSak
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand
from gateway.kjerne import Kjerne
from gateway.runder.kalenderavtaler import avhold_forfalte
from gateway.runder.paaminnelser import send_forfalte
from gateway.store.tabeller import Logg, Notifikasjon, Paaminnelsesrad, Varsel
from tests.handling.gjoer import (
    AVTALEN,
    EPOST,
    SAKEN,
    SMS_I_AAPNINGSTID,
    den_ene,
    en_avtale,
    gjoer,
    notifikasjonen,
    rader,
    til_det_er_tomt,
)
from tests.verden import START, FastKlokke, en_sak

DAGEN_FOER = Paaminnelse(
    tidspunkt=Paaminnelsestidspunkt(foer_start_tidspunkt="P1D"), eksterne_varsler=(SMS_I_AAPNINGSTID,)
)


def test_en_avtale_trenger_en_sak(kjerne: Kjerne) -> None:
    with pytest.raises(feil.SakFinnesIkke):
        gjoer(kjerne, en_avtale())
    gjoer(kjerne, en_sak())
    assert gjoer(kjerne, en_avtale()).ny
    assert not gjoer(kjerne, en_avtale()).ny, "the same content is the same appointment"
    with pytest.raises(feil.DuplikatEksternIdOgMerkelapp):
        gjoer(kjerne, en_avtale(er_digitalt=True))


def test_en_avtale_slutter_ikke_foer_den_begynner(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    start = en_avtale().start_tidspunkt
    with pytest.raises(feil.UgyldigKalenderavtale):
        gjoer(kjerne, en_avtale(slutt_tidspunkt=start - dt.timedelta(seconds=1)))
    assert gjoer(kjerne, en_avtale(slutt_tidspunkt=start)).ny, "one that takes no time is allowed"


STED = Lokasjon(adresse="Fyrstikkalléen 1", postnummer="0661", poststed="Oslo")


@pytest.mark.parametrize(
    ("endring", "kolonne", "ventet"),
    [
        ({"ny_tilstand": Kalenderavtaletilstand.ARBEIDSGIVER_HAR_GODTATT}, "tilstand", "ARBEIDSGIVER_HAR_GODTATT"),
        ({"ny_tekst": "Flyttet"}, "tekst", "Flyttet"),
        ({"ny_lenke": "https://nav.no/ny"}, "lenke", "https://nav.no/ny"),
        (
            {"ny_lokasjon": STED},
            "lokasjon",
            {"adresse": "Fyrstikkalléen 1", "postnummer": "0661", "poststed": "Oslo"},
        ),
        ({"ny_er_digitalt": True}, "er_digitalt", True),
    ],
)
def test_en_oppdatering_endrer_bare_det_den_nevner(
    kjerne: Kjerne, endring: dict[str, Any], kolonne: str, ventet: Any
) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale())
    foer = den_ene(kjerne, Notifikasjon).__data__
    gjoer(kjerne, OppdaterKalenderavtale(kalenderavtale=AVTALEN, **endring))
    assert den_ene(kjerne, Notifikasjon).__data__ == {**foer, kolonne: ventet}


def test_en_oppdatering_som_ikke_nevner_noe_lykkes_og_endrer_ingenting(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale())
    foer = den_ene(kjerne, Notifikasjon).__data__, len(rader(kjerne, Logg))
    gjoer(kjerne, OppdaterKalenderavtale(kalenderavtale=AVTALEN))
    assert (den_ene(kjerne, Notifikasjon).__data__, len(rader(kjerne, Logg))) == foer


def test_nye_varsler_tar_plassen_til_de_som_ikke_er_sendt(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale(eksterne_varsler=(EPOST,), paaminnelse=DAGEN_FOER))
    utfall = gjoer(kjerne, OppdaterKalenderavtale(kalenderavtale=AVTALEN, eksterne_varsler=(EPOST, EPOST)))
    varsler = {rad.id: (rad.til_paaminnelse, rad.status) for rad in rader(kjerne, Varsel)}
    assert {varsler[id_] for id_ in utfall.eksterne_varsler or ()} == {(False, "NY")}
    assert sorted(varsler.values()) == [(False, "KANSELLERT"), (False, "NY"), (False, "NY"), (True, "NY")]


def test_avlyst_kansellerer_usendte_varsler_og_paaminnelsen_men_ikke_varselet_om_at_den_er_avlyst(
    kjerne: Kjerne,
) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale(eksterne_varsler=(EPOST,), paaminnelse=DAGEN_FOER))
    avlys = OppdaterKalenderavtale(
        kalenderavtale=AVTALEN, ny_tilstand=Kalenderavtaletilstand.AVLYST, eksterne_varsler=(SMS_I_AAPNINGSTID,)
    )
    utfall = gjoer(kjerne, avlys)
    assert rader(kjerne, Paaminnelsesrad) == []
    assert {rad.id for rad in rader(kjerne, Varsel) if rad.status == "NY"} == set(utfall.eksterne_varsler or ())


def test_en_avtale_er_avholdt_naar_den_har_begynt(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_sak())
    for navn, tilstand in (("vanlig", "ARBEIDSGIVER_HAR_GODTATT"), ("avlyst", "AVLYST"), ("avholdt", "AVHOLDT")):
        gjoer(kjerne, en_avtale(ekstern_id=navn, tilstand=Kalenderavtaletilstand(tilstand)))
    start = en_avtale().start_tidspunkt
    klokke.still(start - dt.timedelta(microseconds=1))
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 0
    klokke.still(start)
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 1
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 0
    tilstander = {rad.ekstern_id: rad.tilstand for rad in rader(kjerne, Notifikasjon)}
    assert tilstander == {"vanlig": "AVHOLDT", "avlyst": "AVLYST", "avholdt": "AVHOLDT"}
    assert den_ene(kjerne, Logg, Logg.hva == "KalenderavtaleAvholdt").innhold == {"tilstand": "AVHOLDT"}
    gjoer(
        kjerne,
        OppdaterKalenderavtale(
            kalenderavtale=notifikasjonen("vanlig"), ny_tilstand=Kalenderavtaletilstand.ARBEIDSGIVER_VIL_AVLYSE
        ),
    )
    assert til_det_er_tomt(avhold_forfalte, kjerne) == 1, "the producer may set any tilstand at any time"


def test_paaminnelsen_om_en_avtale_kommer_foer_den_begynner(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale(paaminnelse=DAGEN_FOER))
    klokke.still(START + dt.timedelta(days=6))
    assert til_det_er_tomt(send_forfalte, kjerne) == 1
    assert den_ene(kjerne, Notifikasjon).sortering_tidspunkt == klokke.naa()
    assert den_ene(kjerne, Varsel).klar_tidspunkt is not None


def test_en_paaminnelse_om_en_avtale_som_ble_opprettet_avlyst_faller_bort(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale(tilstand=Kalenderavtaletilstand.AVLYST, paaminnelse=DAGEN_FOER))
    klokke.still(START + dt.timedelta(days=6))
    assert til_det_er_tomt(send_forfalte, kjerne) == 1
    assert rader(kjerne, Paaminnelsesrad) == []
    assert den_ene(kjerne, Varsel).status == "KANSELLERT"
    assert den_ene(kjerne, Notifikasjon).sortering_tidspunkt == START


def test_avtalen_gaar_med_saken_naar_den_slettes(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_avtale())
    gjoer(kjerne, SlettSak(sak=SAKEN))
    assert rader(kjerne, Notifikasjon) == []
    with pytest.raises(feil.SakFinnesIkke):
        gjoer(kjerne, en_avtale())
