"""Text from outside, in a form that every database keeps."""

from __future__ import annotations

import pytest

from gateway.domain.tekst import alt_escapet, escapet


@pytest.mark.parametrize(
    ("tekst", "lagres_som"),
    [
        ("", ""),
        ("æøå \n\t\u200b 😀", "æøå \n\t\u200b 😀"),
        ("a\x00b", "a\\x00b"),
        ("\ud800 og \udfff", "\\ud800 og \\udfff"),
    ],
)
def test_det_som_ikke_kan_lagres_lagres_escapet(tekst: str, lagres_som: str) -> None:
    assert escapet(tekst) == lagres_som
    assert alt_escapet({tekst: [tekst, {"a": (tekst, 1, None)}]}) == {
        lagres_som: [lagres_som, {"a": [lagres_som, 1, None]}]
    }
