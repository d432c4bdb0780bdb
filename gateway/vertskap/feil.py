"""What may go wrong with what hangs on the gateway, and whose fault it is."""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.hendelse import Feilklasse

# The kode of what a plugin does wrong with an event, and of a plugin that waits for its configuration.
OVERSETTELSESFEIL = "Oversettelsesfeil"
MANGLER_KONFIGURASJON = "ManglerKonfigurasjon"
NYERE_LAGER = "NyereLager"


class Pluginfeil(Exception):
    """A plugin or an adapter cannot be used, or did not keep to its hook. Names `plugin.hook` and the remedy.

    `utdyping` says more, and may repeat what an event said, be it the name of a field: it is never logged. `klasse`
    is KONFIGURASJON where nothing is wrong with the plugin, and what it needs is not there yet. `er_hendelsens`: the
    event does not follow its schema.
    """

    def __init__(
        self,
        melding: str,
        utdyping: str = "",
        *,
        kode: str = OVERSETTELSESFEIL,
        klasse: Feilklasse = Feilklasse.VARIG,
        er_hendelsens: bool = False,
    ) -> None:
        super().__init__(_med(melding, utdyping))
        self.melding, self.utdyping = melding, utdyping
        self.kode, self.klasse, self.er_hendelsens = kode, klasse, er_hendelsens


class Oversettelsesfeil(Exception):
    """A plugin failed on an event, and will fail again unless `klasse` says that it waits for a configuration.

    `utdyping` and `spor`, its traceback, may hold data. `er_hendelsens`: the event does not follow its schema, which is
    no fault of the plugin.
    """

    def __init__(
        self,
        melding: str,
        spor: str = "",
        utdyping: str = "",
        *,
        kode: str = OVERSETTELSESFEIL,
        klasse: Feilklasse = Feilklasse.VARIG,
        er_hendelsens: bool = False,
    ) -> None:
        super().__init__(_med(melding, utdyping))
        self.melding, self.utdyping, self.spor = melding, utdyping, spor
        self.kode, self.klasse, self.er_hendelsens = kode, klasse, er_hendelsens


def _med(melding: str, utdyping: str) -> str:
    return f"{melding}: {utdyping}" if utdyping else melding


class Bruddkode(StrEnum):
    TIDSGRENSE = "Tidsgrense"
    MINNEGRENSE = "Minnegrense"
    PROSESSEN_DOEDE = "ProsessenDoede"
    FOR_MANGE_KOMMANDOER = "ForMangeKommandoer"
    FOR_STORT = "ForStort"
    FOR_MYE_LAGER = "ForMyeLager"


VARIGE = frozenset({Bruddkode.FOR_MANGE_KOMMANDOER, Bruddkode.FOR_STORT, Bruddkode.FOR_MYE_LAGER})


class Grensebrudd(Exception):
    """A plugin broke a limit. `kode` says which; `varig`: the same event would break it again."""

    def __init__(self, kode: Bruddkode, melding: str) -> None:
        super().__init__(melding)
        self.kode = kode

    @property
    def varig(self) -> bool:
        return self.kode in VARIGE


class IkkeRukket(Exception):
    """There was no time left for the event in the call that it was part of; nothing is said of it."""


class Stoppet(Exception):
    """The host was closed while it worked, or before; nothing is said of the plugin or of the event."""
