"""What may go wrong with what hangs on the gateway, and whose fault it is."""

from __future__ import annotations

from enum import StrEnum


class Pluginfeil(Exception):
    """A plugin or an adapter cannot be used, or did not keep to its hook. Names `plugin.hook` and the remedy."""


class Oversettelsesfeil(Exception):
    """A plugin failed on an event, and will fail again. `spor` is the plugin's traceback; it may hold data."""

    def __init__(self, melding: str, spor: str = "") -> None:
        super().__init__(melding)
        self.spor = spor


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
