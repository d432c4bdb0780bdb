"""What is known of the plugins without running them: where they are, what they declare, and which are broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gateway.domain.feil import UkjentHendelsestype
from gateway.domain.hendelse import Feilklasse
from gateway.domain.tid import les_tidspunkt
from gateway.plugin.hendelser import API, Hendelsestype
from gateway.plugin.uttrykk import Uttrykk, Uttrykksfeil

# What a Hendelsestype may say by JMESPath of where things stand in the message.
UTTRYKK = ("id", "noekkel", "tid")


@dataclass(frozen=True, kw_only=True)
class Pluginsted:
    """Where a plugin is, which producer it serves here, and the settings that the producer gives it.

    `modul` is empty when no such plugin is found. One plugin may have several places, one a producer.
    """

    navn: str
    modul: str
    produsent: str
    innstillinger: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Funnet:
    """What an event type's own expressions find in a message: text, or None; `tid` in UTC."""

    id: str | None = None
    noekkel: str | None = None
    tid: dt.datetime | None = None


INGENTING = Funnet()


@dataclass(frozen=True, kw_only=True)
class Erklaering:
    """What a plugin says of itself, for one producer: plain data, that came out of the plugin's process.

    `typer` has all versions of each type, the newest first; `har_…` tells which of the optional hooks it brings.
    """

    navn: str
    versjon: str
    produsent: str
    typer: Mapping[str, tuple[Hendelsestype, ...]]
    har_noekkel: bool = False
    har_identitet: bool = False
    har_oppslag: bool = False
    har_observatoer: bool = False
    api: int = API
    lagerversjon: int = 1

    @property
    def id(self) -> str:
        return f"{self.navn}=={self.versjon}"

    @cached_property
    def hendelsestyper(self) -> Mapping[str, Hendelsestype]:
        """The newest version of each type."""
        return {navn: versjoner[0] for navn, versjoner in self.typer.items()}

    def finn(self, type_: str, data: Any, bare: Collection[str] = UTTRYKK) -> Funnet:
        """What the type's own expressions find in the message, of `bare`; of several versions the newest that finds it.

        Raises Uttrykksfeil for an expression that fails on this message, or finds what is no text, or no time.
        """
        uttrykk = self._uttrykk.get(type_)
        if not uttrykk:  # as for most
            return INGENTING
        funnet: dict[str, Any] = {}
        for felt, alle in uttrykk.items():
            if felt not in bare:
                continue
            funnet[felt] = next((tekst for ett in alle if (tekst := _tekst(felt, ett.finn(data))) is not None), None)
        if funnet.get("tid") is not None:
            funnet["tid"] = _tid(funnet["tid"])
        return Funnet(**funnet)

    @cached_property
    def _uttrykk(self) -> Mapping[str, Mapping[str, list[Uttrykk]]]:
        return {
            navn: {
                felt: [Uttrykk(tekst) for ett in versjoner if (tekst := getattr(ett, felt)) is not None]
                for felt in UTTRYKK
                if any(getattr(ett, felt) is not None for ett in versjoner)
            }
            for navn, versjoner in self.typer.items()
        }


def _tekst(felt: str, verdi: Any) -> str | None:
    if verdi is None or verdi == "":
        return None
    if isinstance(verdi, int) and not isinstance(verdi, bool):
        return str(verdi) if abs(verdi) < 1 << 63 else _ingen_tekst(felt)
    return verdi if isinstance(verdi, str) else _ingen_tekst(felt)


def _ingen_tekst(felt: str) -> str:
    raise Uttrykksfeil(f"the {felt} that its type declares is no text in this message")


def _tid(tekst: str) -> dt.datetime:
    try:
        return les_tidspunkt(tekst)
    except ValueError as feil:
        raise Uttrykksfeil(f"the tid that its type declares {feil}") from None


@dataclass(frozen=True, kw_only=True)
class Oedelagt:
    """A plugin that cannot be used, and all that is wrong with it; its producer's events wait.

    `klasse` is KONFIGURASJON when the plugin itself is well, and waits for what its settings refer to.
    """

    sted: Pluginsted
    feil: str
    klasse: Feilklasse = Feilklasse.VARIG


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
        if type_ not in lastet.typer:
            kjente = ", ".join(sorted(lastet.typer))
            raise UkjentHendelsestype(f"The plugin {lastet.navn} does not declare this event type. It knows: {kjente}.")
        return lastet
