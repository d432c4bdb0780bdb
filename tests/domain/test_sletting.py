"""Scheduled deletion: at a wall clock or after a duration, prolonged or overwritten."""

from __future__ import annotations

import pytest

from gateway.domain.feil import Valideringsfeil
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from tests.domain.klokkeslett import norsk, utc, veggur

FRA = norsk("2026-01-31T10:00")
FORLENG, OVERSKRIV = Slettestrategi.FORLENG, Slettestrategi.OVERSKRIV


@pytest.mark.parametrize(
    ("naar", "ventet"),
    [
        pytest.param(Slettetidspunkt(den=veggur("2026-07-01T08:00")), "2026-07-01T08:00", id="den"),
        pytest.param(Slettetidspunkt(den=utc("2026-07-01T08:00")), "2026-07-01T10:00", id="instant"),
        pytest.param(Slettetidspunkt(den=veggur("2025-07-01")), "2025-07-01T00:00", id="den, in the past"),
        pytest.param(Slettetidspunkt(om="P1M"), "2026-02-28T10:00", id="om a month"),
        pytest.param(Slettetidspunkt(om="P6M"), "2026-07-31T10:00", id="om half a year, on the wall clock"),
        pytest.param(Slettetidspunkt(om="P730D"), "2028-01-31T10:00", id="om 730 days"),
        pytest.param(Slettetidspunkt(om="PT24H"), "2026-02-01T10:00", id="om 24 hours"),
    ],
)
def test_sletting_skjer_den_dagen_eller_om_saa_lenge(naar: Slettetidspunkt, ventet: str) -> None:
    assert naar.beregn(FRA) == norsk(ventet)


@pytest.mark.parametrize(
    ("strategi", "naavaerende", "ny", "ventet"),
    [
        (FORLENG, "2026-06-01T00:00", "2026-07-01T00:00", "2026-07-01T00:00"),
        (FORLENG, "2026-08-01T00:00", "2026-07-01T00:00", "2026-08-01T00:00"),
        (FORLENG, None, "2026-07-01T00:00", "2026-07-01T00:00"),
        (OVERSKRIV, "2026-06-01T00:00", "2026-07-01T00:00", "2026-07-01T00:00"),
        (OVERSKRIV, "2026-08-01T00:00", "2026-07-01T00:00", "2026-07-01T00:00"),
        (OVERSKRIV, None, "2026-07-01T00:00", "2026-07-01T00:00"),
    ],
)
def test_forleng_tar_den_seneste_og_overskriv_den_nye(
    strategi: Slettestrategi, naavaerende: str | None, ny: str, ventet: str
) -> None:
    endring = NySlettetid(ny_tid=Slettetidspunkt(den=veggur(ny)), strategi=strategi)
    assert endring.beregn(naavaerende=norsk(naavaerende) if naavaerende else None, fra=FRA) == norsk(ventet)


def test_en_sletting_ut_av_kalenderen_avvises_ved_feltet_sitt() -> None:
    with pytest.raises(Valideringsfeil) as feil:
        Slettetidspunkt(om="P9000Y").beregn(FRA)
    assert feil.value.felter == {"hardDelete": {"om": ["leads outside the calendar; give a shorter duration."]}}
