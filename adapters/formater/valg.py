"""How the options of a format are read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.plugin.formater import UgyldigValg


class Valg:
    """The options that a source gives its format. What is wrong is told once all have been asked for."""

    def __init__(self, format_: str, valg: Mapping[str, Any], kjente: Iterable[str]) -> None:
        self._valg = valg
        kjente = list(kjente)
        self._feil: dict[str, str] = {}
        for navn in valg:
            if navn not in kjente:
                ligner = difflib.get_close_matches(str(navn), kjente, n=1)
                hva = f"it has {', '.join(kjente)}" if kjente else "it has none; remove it"
                raad = f"did you mean {ligner[0]}?" if ligner else hva
                self._feil[str(navn)] = f"is no option of {format_}; {raad}"

    def tekst(self, navn: str, standard: str | None = None) -> str | None:
        verdi = self._valg.get(navn, standard)
        if verdi is not None and not isinstance(verdi, str):
            self.galt(navn, "must be a text")
            return standard
        return verdi

    def en_av(self, navn: str, mulige: Sequence[str], standard: str) -> str:
        verdi = self.tekst(navn, standard)
        if verdi is None or verdi not in mulige:
            self.galt(navn, f"must be one of {', '.join(mulige)}")
            return standard
        return verdi

    def sant(self, navn: str, *, standard: bool) -> bool:
        verdi = self._valg.get(navn, standard)
        if not isinstance(verdi, bool):
            self.galt(navn, "must be true or false")
            return standard
        return verdi

    def tekster(self, navn: str) -> tuple[str, ...]:
        verdi = self._valg.get(navn, [])
        if not isinstance(verdi, list) or not all(isinstance(ett, str) and ett for ett in verdi):
            self.galt(navn, "must be a list of texts: [a, b]")
            return ()
        return tuple(verdi)

    def oppslag(self, navn: str) -> dict[str, str]:
        verdi = self._valg.get(navn, {})
        if not isinstance(verdi, Mapping) or not all(
            isinstance(noekkel, str) and noekkel and isinstance(ett, str) and ett for noekkel, ett in verdi.items()
        ):
            self.galt(navn, "must be names with a text each: {a: b}")
            return {}
        return dict(verdi)

    def galt(self, navn: str, hva: str) -> None:
        self._feil.setdefault(navn, hva)

    def krev(self) -> None:
        """Raises UgyldigValg with all that is wrong."""
        if self._feil:
            raise UgyldigValg(self._feil)
