"""An instant comes back as it was kept, and sorts by time, whatever its year."""

from __future__ import annotations

import datetime as dt

from gateway.kjerne import Kjerne
from gateway.store.tabeller import SistLest

TIDER = [
    dt.datetime(1, 1, 2, tzinfo=dt.UTC),
    dt.datetime(404, 4, 19, 23, 25, 2, 40_000, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 23, 9, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    dt.datetime(2026, 11, 23, 9, 0, 0, 1, tzinfo=dt.UTC),
    dt.datetime(9999, 12, 30, tzinfo=dt.UTC),
]


def test_et_tidspunkt_kommer_tilbake_som_det_var_og_i_rekkefoelge(kjerne: Kjerne) -> None:
    with kjerne.database.tilkobling():
        for nummer, tid in enumerate(reversed(TIDER)):
            SistLest.insert(person=str(nummer), tidspunkt=tid).execute()
        assert [rad.tidspunkt for rad in SistLest.select().order_by(SistLest.tidspunkt)] == TIDER
