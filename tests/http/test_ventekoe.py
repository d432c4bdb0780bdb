"""The queue before the threads: bounded, left by those who give up, and useful when it has stood still."""

from __future__ import annotations

from gateway.http.ventekoe import KOEEN_STAAR_SEKUNDER, Ventekoe


class Tid:
    naa = 100.0

    def __call__(self) -> float:
        return self.naa


def _koe(plasser: int = 10) -> tuple[Ventekoe[str], Tid]:
    tid = Tid()
    return Ventekoe(plasser, tid), tid


def test_den_eldste_foerst() -> None:
    koe, tid = _koe()
    for ett in "abc":
        koe.legg_i(ett, tid.naa)
    assert [koe.hent() for _ in "abc"] == ["a", "b", "c"]


def test_den_nyeste_foerst_naar_koeen_har_staatt() -> None:
    koe, tid = _koe()
    for ett in "abc":
        koe.legg_i(ett, tid.naa)
    tid.naa += KOEEN_STAAR_SEKUNDER + 0.1
    koe.legg_i("d", tid.naa)
    assert [koe.hent() for _ in range(4)] == ["d", "c", "b", "a"]


def test_den_som_trekker_seg_hentes_ikke() -> None:
    koe, tid = _koe(2)
    koe.legg_i("a", tid.naa)
    koe.legg_i("b", tid.naa)
    assert koe.full
    assert koe.trekk("a")
    assert not koe.full
    assert koe.alle() == ["b"]
    assert koe.hent() == "b"
    assert not koe.trekk("b"), "somebody has it"
