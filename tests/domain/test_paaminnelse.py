"""When an oppgave is brought up again: every way to say it, and everything that cannot be."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.feil import UgyldigPaaminnelseTidspunkt
from gateway.domain.paaminnelse import Paaminnelsestidspunkt, paaminnelse_tidspunkt
from gateway.domain.tid import UTC, dagens_slutt, oslo
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
        pytest.param(paa_klokken("2026-11-21T00:00"), FRIST, "2026-11-21T00:00:00", id="konkret, as the frist ends"),
        pytest.param(
            Paaminnelsestidspunkt(etter_opprettelse="P5D"), None, "2026-11-07T10:00:00", id="etterOpprettelse"
        ),
        pytest.param(
            Paaminnelsestidspunkt(etter_opprettelse="P18DT14H"), FRIST, "2026-11-21T00:00:00", id="until the frist ends"
        ),
        pytest.param(Paaminnelsestidspunkt(etter_opprettelse="PT0S"), None, "2026-11-02T10:00:00", id="at once"),
        pytest.param(Paaminnelsestidspunkt(foer_frist="P5D"), FRIST, "2026-11-16T00:00:00", id="foerFrist"),
        pytest.param(Paaminnelsestidspunkt(foer_frist="PT12H"), FRIST, "2026-11-20T12:00:00", id="foerFrist, in hours"),
        pytest.param(Paaminnelsestidspunkt(foer_frist="P0D"), FRIST, "2026-11-21T00:00:00", id="at the frist's end"),
        pytest.param(
            Paaminnelsestidspunkt(foer_frist="P18DT14H"), FRIST, "2026-11-02T10:00:00", id="foerFrist, back to creation"
        ),
    ],
)
def test_en_paaminnelse_kommer_naar_den_er_oensket(
    oenske: Paaminnelsestidspunkt, frist: dt.date | None, ventet: str
) -> None:
    tidspunkt = paaminnelse_tidspunkt(oenske, opprettet=OPPRETTET, frist=frist)
    assert tidspunkt.tzinfo is UTC
    assert oslo(tidspunkt).isoformat() == ventet


@pytest.mark.parametrize(
    ("oenske", "frist", "grunn"),
    [
        pytest.param(paa_klokken("2026-11-02T09:59"), None, "before the oppgave's creation", id="konkret, too early"),
        pytest.param(
            paa_klokken("2026-11-21T00:01"), FRIST, "after the end of the frist's day", id="konkret, too late"
        ),
        pytest.param(
            Paaminnelsestidspunkt(etter_opprettelse="P18DT14H1M"),
            FRIST,
            "after the end of the frist's day",
            id="etterOpprettelse, too late",
        ),
        pytest.param(
            Paaminnelsestidspunkt(foer_frist="P19D"), FRIST, "before the oppgave's creation", id="foerFrist, too early"
        ),
        pytest.param(
            Paaminnelsestidspunkt(foer_frist="P5D"), None, "a frist that the oppgave does not have", id="no frist"
        ),
        pytest.param(
            Paaminnelsestidspunkt(foer_start_tidspunkt="P5D"),
            FRIST,
            "a start that an oppgave does not have",
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
        paaminnelse_tidspunkt(oenske, opprettet=OPPRETTET, frist=frist)
    assert feil.value.detalj.startswith("paaminnelse.tidspunkt ")


@pytest.mark.parametrize(
    ("frist", "ventet"),
    [("2026-03-29", "2026-03-29T00:00:00"), ("2026-10-25", "2026-10-25T00:00:00")],
)
def test_et_doegn_foer_fristen_er_et_doegn_paa_klokken_ogsaa_naar_den_stilles(frist: str, ventet: str) -> None:
    dag = dt.date.fromisoformat(frist)
    opprettet = dagens_slutt(dag) - dt.timedelta(days=10)
    tidspunkt = paaminnelse_tidspunkt(Paaminnelsestidspunkt(foer_frist="P1D"), opprettet=opprettet, frist=dag)
    assert oslo(tidspunkt).isoformat() == ventet
