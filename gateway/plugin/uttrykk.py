"""JMESPath over what others send: an expression that fails, or never gets done, is a finding and no fault of ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import jmespath
from jmespath.visitor import TreeInterpreter

LENGSTE = 1_000
# A body of the largest size is read whole by an ordinary expression in far fewer steps.
FLEST_STEG = 500_000


class Uttrykksfeil(Exception):
    """The expression cannot be used, or not on this message. The text holds nothing of the message."""


def tint(verdi: Any) -> Any:
    """The same JSON as plain dicts and lists, of what was frozen."""
    if isinstance(verdi, MappingProxyType):
        return {navn: tint(ledd) for navn, ledd in verdi.items()}
    return [tint(ledd) for ledd in verdi] if isinstance(verdi, tuple) else verdi


class Uttrykk:
    """One compiled expression. Raises Uttrykksfeil for text that is none."""

    def __init__(self, tekst: str) -> None:
        if len(tekst) > LENGSTE:
            raise Uttrykksfeil(f"must be at most {LENGSTE} characters")
        try:
            self._parsert = jmespath.compile(tekst).parsed
        except (jmespath.exceptions.JMESPathError, RecursionError) as feil:
            raise Uttrykksfeil(f"is not JMESPath: {(str(feil) or 'nested too deeply').splitlines()[0]}") from None
        self.tekst = tekst
        # The name of a member, which is what most sources say, needs no interpreter.
        self._navn: str | None = self._parsert["value"] if self._parsert["type"] == "field" else None

    def finn(self, data: Any) -> Any:
        """What it finds in the data, frozen or not; None for nothing. Raises Uttrykksfeil."""
        if self._navn is not None:
            return data.get(self._navn) if isinstance(data, Mapping) else None
        try:
            return _Teller().visit(self._parsert, tint(data))
        except Uttrykksfeil:
            raise
        except Exception as feil:  # noqa: BLE001 - whatever its functions make of a value that they did not expect
            raise Uttrykksfeil(f"failed on this message: {type(feil).__name__}") from None


class _Teller(TreeInterpreter):
    """Counts its steps, and stops when they are too many."""

    def __init__(self) -> None:
        super().__init__()
        self._igjen = FLEST_STEG

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._igjen -= 1
        if self._igjen < 0:
            raise Uttrykksfeil(f"took more than {FLEST_STEG} steps on this message")
        return super().visit(node, *args, **kwargs)
