"""What may go wrong with what hangs on the gateway, and whose fault it is."""

from __future__ import annotations

from enum import StrEnum


class Pluginfeil(Exception):
    """A plugin or an adapter cannot be used, or did not keep to its hook. Names `plugin.hook` and the remedy.

    `utdyping` says more, and may repeat what an event said, be it the name of a field: it is never logged.
    """

    def __init__(self, melding: str, utdyping: str = "") -> None:
        super().__init__(_med(melding, utdyping))
        self.melding, self.utdyping = melding, utdyping


class Oversettelsesfeil(Exception):
    """A plugin failed on an event, and will fail again. `utdyping` and `spor`, its traceback, may hold data."""

    def __init__(self, melding: str, spor: str = "", utdyping: str = "") -> None:
        super().__init__(_med(melding, utdyping))
        self.melding, self.utdyping, self.spor = melding, utdyping, spor


def _med(melding: str, utdyping: str) -> str:
    return f"{melding}: {utdyping}" if utdyping else melding


class Bruddkode(StrEnum):
    TIDSGRENSE = "Tidsgrense"
    MINNEGRENSE = "Minnegrense"
    PROSESSEN_DOEDE = "ProsessenDoede"
    FOR_MANGE_KOMMANDOER = "ForMangeKommandoer"
    FOR_STORT = "ForStort"


class Grensebrudd(Exception):
    """A plugin broke a limit. `kode` says which; `varig`: the same event would break it again."""

    def __init__(self, kode: Bruddkode, melding: str) -> None:
        super().__init__(melding)
        self.kode = kode

    @property
    def varig(self) -> bool:
        return self.kode in (Bruddkode.FOR_MANGE_KOMMANDOER, Bruddkode.FOR_STORT)


class Stoppet(Exception):
    """The host was closed while it worked, or before; nothing is said of the plugin or of the event."""


class IkkeRukket(Exception):
    """There was no time left for the event in the call that it was part of; nothing is said of it."""
