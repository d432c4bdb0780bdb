"""What is known of the plugins without running them: where they are, what they declare, and which are broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.feil import UkjentHendelsestype
from gateway.plugin.hendelser import Hendelsestype
from gateway.plugin.uttrykk import Uttrykk


@dataclass(frozen=True, kw_only=True)
class Pluginsted:
    """Where a plugin is, which producer it serves here, and the settings that the producer gives it.

    `modul` is empty when no such plugin is found. One plugin may have several places, one a producer.
    """

    navn: str
    modul: str
    produsent: str
    innstillinger: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Funnet:
    id: Any = None
    noekkel: Any = None
    tid: Any = None


@dataclass(frozen=True, kw_only=True)
class Erklaering:
    """What a plugin says of itself, for one producer: plain data, that came out of the plugin's process."""

    navn: str
    versjon: str
    produsent: str
    har_noekkel: bool
    hendelsestyper: Mapping[str, Hendelsestype]
    har_identitet: bool = False

    @property
    def id(self) -> str:
        return f"{self.navn}=={self.versjon}"

    def finn(self, type_: str, data: Any) -> Funnet:
        """Until branch `vertskap` is merged."""
        ett = self.hendelsestyper[type_]
        return Funnet(
            **{felt: Uttrykk(u).finn(data) if (u := getattr(ett, felt)) else None for felt in ("id", "noekkel", "tid")}
        )


@dataclass(frozen=True, kw_only=True)
class Oedelagt:
    """A plugin that cannot be used, and all that is wrong with it; its producer's events wait."""

    sted: Pluginsted
    feil: str


class Plugins:
    """The plugins by the producers they serve: those that are loaded, and those that are broken."""

    def __init__(
        self,
        steder: Iterable[Pluginsted] = (),
        lastet: Iterable[Erklaering] = (),
        oedelagte: Iterable[Oedelagt] = (),
    ) -> None:
        self.steder = list(steder)
        self.lastet = {ett.produsent: ett for ett in lastet}
        self.oedelagte = {ett.sted.produsent: ett for ett in oedelagte}

    def for_hendelse(self, produsent: str, type_: str) -> Erklaering | None:
        """The producer's plugin if it declares the type; None while the plugin is broken, since the event may be its.

        Raises UkjentHendelsestype.
        """
        if produsent in self.oedelagte:
            return None
        lastet = self.lastet.get(produsent)
        if lastet is None:
            raise UkjentHendelsestype(f"No plugin is loaded for {produsent}; name it in the produsentregister.")
        if type_ not in lastet.hendelsestyper:
            kjente = ", ".join(sorted(lastet.hendelsestyper))
            raise UkjentHendelsestype(f"The plugin {lastet.navn} does not declare this event type. It knows: {kjente}.")
        return lastet
