"""When an oppgave is brought up again: every way to say it, and everything that cannot be."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.feil import UgyldigPaaminnelseTidspunkt
from gateway.domain.paaminnelse import Holdepunkter, Paaminnelsestidspunkt, paaminnelse_tidspunkt
from gateway.domain.tid import UTC, dagens_slutt, instant, oslo
from tests.domain.klokkeslett import norsk, veggur

OPPRETTET = norsk("2026-11-02T10:00")
FRIST = dt.date(2026, 11, 20)


def paa_klokken(tekst: str) -> Paaminnelsestidspunkt:
    return Paaminnelsestidspunkt(konkret=veggur(tekst))


@pytest.mark.parametrize(
    ("oenske", "frist", "ventet"),
    [
        pytest.param(paa_klokken("2026-11-10T08:00"), None, "2026-11-10T08:00:00", id="konkret"),
        pytest.param(paa_klokken("2026-11-10T08:00"), FRIST, "2026-11-10T08:00:00", id="konkret, with a frist"),
        pytest.param(paa_klokken("2026-11-10T08:00+00:00"), None, "2026-11-10T09:00:00", id="konkret, as an instant"),
        pytest.param(paa_klokken("2026-11-02T10:00"), None, "2026-11-02T10:00:00", id="konkret, at creation"),
        pytest.param(paa_klokken("2026-11-20T23:59"), FRIST, "2026-11-20T23:59:00", id="konkret, as the frist ends"),
        pytest.param(
            Paaminnelsestidspunkt(etter_opprettelse="P5D"), None, "2026-11-07T10:00:00", id="etterOpprettelse"
        ),
        pytest.param(
            Paaminnelsestidspunkt(etter_opprettelse="P18DT13H59M"),
            FRIST,
            "2026-11-20T23:59:00",
            id="until it ends",
        ),
        pytest.param(Paaminnelsestidspunkt(etter_opprettelse="PT0S"), None, "2026-11-02T10:00:00", id="at once"),
        pytest.param(Paaminnelsestidspunkt(foer_frist="P5D"), FRIST, "2026-11-16T00:00:00", id="foerFrist"),
        pytest.param(Paaminnelsestidspunkt(foer_frist="PT12H"), FRIST, "2026-11-20T12:00:00", id="foerFrist, in hours"),
        pytest.param(Paaminnelsestidspunkt(foer_frist="PT1S"), FRIST, "2026-11-20T23:59:59", id="as the frist ends"),
        pytest.param(
            Paaminnelsestidspunkt(foer_frist="P18DT14H"), FRIST, "2026-11-02T10:00:00", id="foerFrist, back to creation"
        ),
    ],
)
def test_en_paaminnelse_kommer_naar_den_er_oensket(
    oenske: Paaminnelsestidspunkt, frist: dt.date | None, ventet: str
) -> None:
    tidspunkt = paaminnelse_tidspunkt(oenske, Holdepunkter(opprettet=OPPRETTET, frist=frist))
    assert tidspunkt.tzinfo is UTC
    assert oslo(tidspunkt).isoformat() == ventet


@pytest.mark.parametrize(
    ("oenske", "frist", "grunn"),
    [
        pytest.param(paa_klokken("2026-11-02T09:59"), None, "before the creation", id="konkret, too early"),
        pytest.param(paa_klokken("2026-11-21T00:00"), FRIST, "after the frist's day has ended", id="konkret, too late"),
        pytest.param(
            Paaminnelsestidspunkt(etter_opprettelse="P18DT14H"),
            FRIST,
            "after the frist's day has ended",
            id="etterOpprettelse, too late",
        ),
        pytest.param(
            Paaminnelsestidspunkt(foer_frist="P0D"),
            FRIST,
            "after the frist's day has ended",
            id="at its end",
        ),
        pytest.param(Paaminnelsestidspunkt(foer_frist="P19D"), FRIST, "before the creation", id="foerFrist, too early"),
        pytest.param(Paaminnelsestidspunkt(foer_frist="P5D"), None, "a frist, and there is none", id="no frist"),
        pytest.param(
            Paaminnelsestidspunkt(foer_start_tidspunkt="P5D"),
            FRIST,
            "a start, which only a kalenderavtale has",
            id="start",
        ),
        pytest.param(
            Paaminnelsestidspunkt(etter_opprettelse="P9000Y"), None, "leads outside the calendar", id="outside, after"
        ),
        pytest.param(Paaminnelsestidspunkt(foer_frist="P9000Y"), FRIST, "leads outside the calendar", id="outside"),
    ],
)
def test_en_umulig_paaminnelse_avvises_med_grunnen(
    oenske: Paaminnelsestidspunkt, frist: dt.date | None, grunn: str
) -> None:
    with pytest.raises(UgyldigPaaminnelseTidspunkt, match=grunn) as feil:
        paaminnelse_tidspunkt(oenske, Holdepunkter(opprettet=OPPRETTET, frist=frist))
    assert feil.value.detalj.startswith("paaminnelse.tidspunkt ")


@pytest.mark.parametrize(
    ("frist", "ventet"),
    [("2026-03-29", "2026-03-29T00:00:00"), ("2026-10-25", "2026-10-25T00:00:00")],
)
def test_et_doegn_foer_fristen_er_et_doegn_paa_klokken_ogsaa_naar_den_stilles(frist: str, ventet: str) -> None:
    dag = dt.date.fromisoformat(frist)
    opprettet = dagens_slutt(dag) - dt.timedelta(days=10)
    tidspunkt = paaminnelse_tidspunkt(
        Paaminnelsestidspunkt(foer_frist="P1D"), Holdepunkter(opprettet=opprettet, frist=dag)
    )
    assert oslo(tidspunkt).isoformat() == ventet


START = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("oenske", "ventet"),
    [
        (Paaminnelsestidspunkt(foer_start_tidspunkt="P1D"), START - dt.timedelta(days=1)),
        (Paaminnelsestidspunkt(foer_start_tidspunkt="PT0S"), START),
        (Paaminnelsestidspunkt(etter_opprettelse="PT1H"), OPPRETTET + dt.timedelta(hours=1)),
    ],
)
def test_en_avtale_bringes_opp_foer_den_begynner(oenske: Paaminnelsestidspunkt, ventet: dt.datetime) -> None:
    assert paaminnelse_tidspunkt(oenske, Holdepunkter(opprettet=OPPRETTET, start=START)) == ventet


@pytest.mark.parametrize(
    ("oenske", "grunn"),
    [
        (paa_klokken("2026-11-20T10:01"), "after the start"),
        (Paaminnelsestidspunkt(foer_start_tidspunkt="P30D"), "before the creation"),
        (Paaminnelsestidspunkt(foer_frist="P1D"), "a frist, and there is none"),
    ],
)
def test_en_umulig_paaminnelse_om_en_avtale_avvises_med_grunnen(oenske: Paaminnelsestidspunkt, grunn: str) -> None:
    with pytest.raises(UgyldigPaaminnelseTidspunkt, match=grunn):
        paaminnelse_tidspunkt(oenske, Holdepunkter(opprettet=OPPRETTET, start=START))


@pytest.mark.parametrize(
    ("start", "varighet", "ventet"),
    [
        ("2026-03-31T09:00", "P1M", "2026-02-28T09:00"),  # the last of February, and the wall clock stays
        ("2028-03-31T09:00", "P1M", "2028-02-29T09:00"),
        ("2028-02-29T09:00", "P1Y", "2027-02-28T09:00"),
        ("2026-03-30T02:30", "P1D", "2026-03-29T03:30"),  # the hour that is not there
        ("2026-10-26T02:30", "P1D", "2026-10-25T02:30"),  # the hour that comes twice: the first
        ("2026-03-29T12:00", "PT24H", "2026-03-28T11:00"),  # elapsed time, on the day that lacks an hour
        ("2026-10-25T12:00", "PT24H", "2026-10-24T13:00"),
    ],
)
def test_tiden_foer_en_avtale_regnes_paa_kalenderen_i_oslo(start: str, varighet: str, ventet: str) -> None:
    holdepunkter = Holdepunkter(
        opprettet=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), start=instant(dt.datetime.fromisoformat(start))
    )
    tidspunkt = paaminnelse_tidspunkt(Paaminnelsestidspunkt(foer_start_tidspunkt=varighet), holdepunkter)
    assert oslo(tidspunkt) == dt.datetime.fromisoformat(ventet)
