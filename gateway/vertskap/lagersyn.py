"""A plugin's keyed state as the plugin sees it: read as it is used, in the version that the plugin writes now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from gateway.domain.hendelse import Feilklasse
from gateway.vertskap.feil import NYERE_LAGER, Pluginfeil
from gateway.vertskap.oppdrag import Lagersvar
from gateway.vertskap.svar import lagernoekkel
from gateway.vertskap.versjoner import frosset, oppgradert

Leser = Callable[[str], Lagersvar]


class Lagersyn(Mapping[str, Any]):
    """What `kontekst.lager` is. It is read by key only: keys are kept hashed, so nobody can list them.

    `les` is None for a hook that is not given the state.

    A fault in what was read is raised, and kept in `feil`: a plugin that catches it cannot go on as if nothing was.
    """

    def __init__(
        self, plugin: str, les: Leser | None, *, versjon: int, oppgraderinger: Mapping[int, Callable[[Any], Any]]
    ) -> None:
        self._plugin, self._les = plugin, les
        self._versjon, self._oppgraderinger = versjon, oppgraderinger
        self._husket: dict[str, tuple[bool, Any]] = {}
        self._laas = threading.Lock()
        self._lukket = False
        self.feil: Pluginfeil | None = None

    def __getitem__(self, noekkel: str) -> Any:
        """Raises KeyError when nothing is stored under the key."""
        finnes, verdi = self._slaa_opp(lagernoekkel(f"{self._plugin}: kontekst.lager", noekkel))
        if not finnes:
            raise KeyError(noekkel)
        return verdi

    def __iter__(self) -> Iterator[str]:
        self._kan_ikke_listes()

    def __len__(self) -> int:
        self._kan_ikke_listes()

    def __bool__(self) -> bool:
        self._kan_ikke_listes()

    def __repr__(self) -> str:
        return "<the plugin's state>"

    def lukk(self) -> None:
        """The event is over: a thread that lives on reads nothing more."""
        with self._laas:
            self._lukket = True

    def _slaa_opp(self, noekkel: str) -> tuple[bool, Any]:
        with self._laas:
            if self._lukket:
                raise RuntimeError("the event is over; its state can be read no more")
            if self._les is None:
                raise RuntimeError("the state is read by oversett and etter_endring only, in a gateway that keeps it")
            if noekkel not in self._husket:
                svar = self._les(noekkel)
                try:
                    verdi = self._i_dag(svar) if svar.finnes else None
                except Pluginfeil as feil:
                    self.feil = feil
                    raise
                self._husket[noekkel] = (svar.finnes, frosset(verdi))
            return self._husket[noekkel]

    def _i_dag(self, svar: Lagersvar) -> Any:
        if svar.skjemaversjon > self._versjon:
            raise Pluginfeil(
                f"{self._plugin}: its state was written by LAGERVERSJON {svar.skjemaversjon}, and this is "
                f"{self._versjon}; the event waits for the newer version of the plugin",
                kode=NYERE_LAGER,
                klasse=Feilklasse.KONFIGURASJON,
            )
        verdi = svar.verdi
        for versjon in range(svar.skjemaversjon, self._versjon):
            verdi = oppgradert(
                f"{self._plugin}.lageroppgraderinger, from {versjon}", self._oppgraderinger[versjon], verdi
            )
        return verdi

    def _kan_ikke_listes(self) -> NoReturn:
        raise TypeError("the state can be read by key only; its keys are kept hashed, and cannot be listed")
