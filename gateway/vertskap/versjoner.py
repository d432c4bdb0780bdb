"""Versions side by side: which one an event is of, and what makes the old into the new."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator

from gateway.plugin.hendelser import Hendelsestype, Oppgradering
from gateway.vertskap import skjema
from gateway.vertskap.feil import Pluginfeil
from gateway.vertskap.spor import setning

Oppgraderinger = Mapping[tuple[str, int], Oppgradering]


class Typeversjoner:
    """All versions of one event type."""

    def __init__(self, versjoner: Sequence[Hendelsestype]) -> None:
        """`versjoner` has the newest first."""
        self._versjoner: list[tuple[int, Draft202012Validator]] = [
            (ett.versjon, skjema.validator(ett.skjema)) for ett in versjoner
        ]
        self._navn = versjoner[0].navn
        self.nyeste = versjoner[0].versjon
        self.flere = len(versjoner) > 1

    def finn(self, data: Any) -> int | None:
        """The newest version whose schema the data follows; None for none. Raises Pluginfeil."""
        return next((versjon for versjon, av in self._versjoner if self._brudd(av, data) is None), None)

    def krev(self, data: Any) -> int:
        """As `finn`. Raises Pluginfeil for none, told by the newest; `utdyping` says where."""
        if (funnet := self.finn(data)) is not None:
            return funnet
        brudd = self._brudd(self._versjoner[0][1], data)
        av = f"version {self.nyeste} of {self._navn}" if self.flere else self._navn
        raise Pluginfeil(f"the event does not follow the schema of {av}", brudd or "", er_hendelsens=True)

    def neste(self, versjon: int) -> int | None:
        """The version that follows; None for the newest."""
        return min((ett for ett, _ in self._versjoner if ett > versjon), default=None)

    def oppgrader(self, hvor: str, data: Any, versjon: int, oppgraderinger: Oppgraderinger) -> tuple[Any, int]:
        """The data as it is in the newest version that there is a way to, and which that is. Raises Pluginfeil."""
        while (neste := self.neste(versjon)) is not None and (self._navn, versjon) in oppgraderinger:
            data = oppgradert(f"{hvor}, {self._navn} from {versjon}", oppgraderinger[self._navn, versjon], data)
            av = next(av for nummer, av in self._versjoner if nummer == neste)
            if brudd := self._brudd(av, data):
                hva = f"{hvor}, {self._navn} from {versjon}: what it answered does not follow the schema of {neste}"
                raise Pluginfeil(hva, brudd)
            versjon = neste
        return data, versjon

    def _brudd(self, av: Draft202012Validator, data: Any) -> str | None:
        try:
            return skjema.brudd(av, data)
        except RecursionError as feil:
            raise Pluginfeil(f"the schema of {self._navn} never ends for this event") from feil


def oppgradert(hvor: str, oppgradering: Callable[[Any], Any], verdi: Any) -> Any:
    """What the plugin makes of an old value, as plain JSON. Raises Pluginfeil."""
    try:
        svar = oppgradering(frosset(verdi))
    except MemoryError:
        raise
    except BaseException as feil:
        raise Pluginfeil(f"{hvor} raised {type(feil).__name__}") from feil
    try:
        return skjema.som_json(svar)
    except (TypeError, ValueError, OverflowError, RecursionError) as feil:
        raise Pluginfeil(f"{hvor} answered what is no JSON", setning(str(feil))) from feil


def frosset(verdi: Any) -> Any:
    """The same JSON, that nobody can change: mappings without item assignment, tuples for lists."""
    if isinstance(verdi, dict):
        return MappingProxyType({navn: frosset(ledd) for navn, ledd in verdi.items()})
    if isinstance(verdi, list | tuple):
        return tuple(frosset(ledd) for ledd in verdi)
    return verdi
