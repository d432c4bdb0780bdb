"""The produsentregister says only what it says: true is true, and a merkelapp is one, in whatever Unicode form."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from gateway.produsentregister import les_register
from gateway.settings import Innstillingsfeil

REGISTER = """
- id: fager
  applikasjoner: [dev-gcp:fager:fager-demo]
  merkelapper: [{merkelapp}]
  mottakere: {{naermesteLeder: {leder}}}
"""


def _register(mappe: Path, *, merkelapp: str = "Fager", leder: str = "true") -> Path:
    fil = mappe / "produsenter.yaml"
    fil.write_text(REGISTER.format(merkelapp=merkelapp, leder=leder), encoding="utf-8")
    return fil


@pytest.mark.parametrize("leder", ["1", "1.0", "0", "'true'", "[]"])
def test_naermeste_leder_er_true_eller_false_og_ikke_noe_annet(tmp_path: Path, leder: str) -> None:
    with pytest.raises(Innstillingsfeil, match="naermesteLeder"):
        les_register(_register(tmp_path, leder=leder))


@pytest.mark.parametrize(("leder", "ventet"), [("true", True), ("false", False)])
def test_naermeste_leder_er_det_som_staar(tmp_path: Path, leder: str, ventet: bool) -> None:
    assert les_register(_register(tmp_path, leder=leder)).hent("fager").naermeste_leder is ventet


def test_en_merkelapp_er_den_samme_i_hver_unicode_form(tmp_path: Path) -> None:
    produsent = les_register(_register(tmp_path, merkelapp=unicodedata.normalize("NFD", "Blåbær"))).hent("fager")
    produsent.krev_merkelapp("Blåbær")
