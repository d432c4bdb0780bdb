"""Finding events by what their senders call them."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.store.tabeller import db

# One probe along the index (produsent, kilde, ekstern_id) for each source that the producer's events come from.
_KILDER = """
WITH RECURSIVE hos(kilde, nummer) AS (
    SELECT MIN(kilde), 1 FROM hendelse WHERE produsent = {plass}
    UNION ALL
    SELECT (
        SELECT MIN(neste.kilde) FROM hendelse AS neste WHERE neste.produsent = {plass} AND neste.kilde > hos.kilde
    ), hos.nummer + 1
    FROM hos WHERE hos.kilde IS NOT NULL AND hos.nummer < {plass}
)
SELECT kilde FROM hos WHERE kilde IS NOT NULL
"""


def kilder_hos(produsent: str, hoeyst: int) -> Sequence[str]:
    """The sources that the producer's events come from, at most `hoeyst` of them; on a connection that is held."""
    setning = _KILDER.format(plass=db.obj.param)
    return [kilde for (kilde,) in db.execute_sql(setning, (produsent, produsent, hoeyst)).fetchall()]
