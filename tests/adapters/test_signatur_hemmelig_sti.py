"""A secret at the end of the address, for senders that can do no more."""

from __future__ import annotations

import datetime as dt

import pytest

from adapters.signaturer.hemmelig_sti import HemmeligSti
from gateway.plugin import Anmodning, Bevis, UgyldigSignatur

NAA = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
STI = "3vXvYb0Jr1Jw3rXo2F3m9Q"


def verifiser(sti: str | None) -> None:
    HemmeligSti().verifiser(Anmodning(hoder={}, kropp=b"", hemmelig_sti=sti), ["x" * 22, STI], NAA)


def test_stien_er_en_av_kildens_hemmeligheter() -> None:
    verifiser(STI)
    verifiser("x" * 22)
    assert HemmeligSti().dekker.bevis is Bevis.HEMMELIG_STI


@pytest.mark.parametrize("sti", [None, "", STI[:-1], STI + "/", STI.upper(), f"{STI}/{STI}", "\ud800", "æ"])
def test_en_annen_sti_avvises_og_gjentas_ikke(sti: str | None) -> None:
    with pytest.raises(UgyldigSignatur, match="the path does not end in the secret of the source") as feil:
        verifiser(sti)
    assert STI[:5] not in str(feil.value)


@pytest.mark.parametrize(
    "hemmelighet", ["", "x" * 21, "x" * 201, "x" * 22 + "/", "x" * 22 + "%", "æ" * 22, "x" * 22 + "\n"]
)
def test_en_hemmelighet_som_er_svak_eller_maatte_vaert_skrevet_om_i_en_adresse_avvises(hemmelighet: str) -> None:
    with pytest.raises(ValueError, match="must be 22 to 200 letters"):
        HemmeligSti().kontroller(hemmelighet)
    HemmeligSti().kontroller(STI)


def test_det_en_anmodning_viser_av_seg_selv_er_ingen_hemmelighet() -> None:
    anmodning = Anmodning(hoder={"authorization": "hemmelig"}, kropp=b"hemmelig", hemmelig_sti=STI)
    assert STI not in repr(anmodning)
    assert "hemmelig" not in repr(anmodning).replace("hemmelig_sti", "")
