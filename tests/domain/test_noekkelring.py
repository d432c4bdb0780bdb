"""Which secret is used for what, while one is changed for another."""

from __future__ import annotations

import pytest

from gateway.domain.noekkelring import Noekkelring
from tests.noekkelbytte import GAMMEL, NY, RINGER, Trinn


@pytest.mark.parametrize(
    ("trinn", "skriver", "godtar", "flytter_fra", "holder_i_orden", "signerer_ogsaa"),
    [
        (Trinn.FOER, GAMMEL, {GAMMEL}, set(), [GAMMEL], set()),
        (Trinn.VARSLET, GAMMEL, {GAMMEL, NY}, set(), [GAMMEL, NY], {NY}),
        (Trinn.BYTTET, NY, {GAMMEL, NY}, {GAMMEL}, [GAMMEL, NY], {GAMMEL}),
        (Trinn.ETTER, NY, {GAMMEL, NY}, {GAMMEL}, [NY], set()),
    ],
)
def test_hvert_trinn_skriver_med_en_noekkel_og_kjenner_igjen_det_som_skrives_i_trinnene_ved_siden_av(
    trinn: Trinn,
    skriver: bytes,
    godtar: set[bytes],
    flytter_fra: set[bytes],
    holder_i_orden: list[bytes],
    signerer_ogsaa: set[bytes],
) -> None:
    ring = RINGER[trinn]

    def med(noekkel: bytes) -> str:
        return Noekkelring(gjeldende=noekkel).hash("tekst")

    assert ring.hash("tekst") == med(skriver) == ring.hasher("tekst")[0]
    assert set(ring.hasher("tekst")) == {med(ett) for ett in godtar}
    assert set(ring.avloeste("tekst")) == {med(ett) for ett in flytter_fra}
    assert list(ring.etter_alder("tekst")) == [med(ett) for ett in holder_i_orden], "the same order in all processes"
    assert set(ring.oektnoekler) == signerer_ogsaa, "a secret that is long gone opens no session"


def test_noeklene_vises_ikke() -> None:
    assert all(noekkel.decode() not in repr(ring) for ring in RINGER.values() for noekkel in (GAMMEL, NY))
