"""A plugin, loaded and called in the process at hand: what its own process does, and what a plugin's tests may do."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from gateway.plugin.hendelser import Hendelse, Hendelsestype, Kontekst, Tillat
from gateway.vertskap import skjema
from gateway.vertskap.erklaering import Erklaering, Pluginsted
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Pluginfeil
from gateway.vertskap.hooker import HOS_PRODUSENT, Hook, finn_hooker
from gateway.vertskap.spor import forklaring, sendbar, setning

INNGANG = "gateway.plugins"
LENGSTE_NAVN = 500
FLEST_FEIL = 20


class Pluginkjoering:
    """A plugin that keeps to its hooks, for one producer. Its faults are Pluginfeil, but for a MemoryError."""

    def __init__(self, sted: Pluginsted, hooker: Mapping[str, Hook], erklaering: Erklaering) -> None:
        self.erklaering = erklaering
        self._hooker = hooker
        self._innstillinger = frosset(dict(sted.innstillinger))
        self._skjemaer: dict[str, Draft202012Validator] = {
            navn: skjema.validator(type_.skjema) for navn, type_ in erklaering.hendelsestyper.items()
        }

    @property
    def navn(self) -> str:
        return self.erklaering.navn

    def noekkel(self, hendelse: Hendelse) -> str | None:
        """The plugin's own ordering key. Raises Pluginfeil."""
        if "noekkel" not in self._hooker:
            return None
        svar = self._kall("noekkel", hendelse=hendelse, kontekst=self._kontekst(hendelse))
        if svar is not None and not isinstance(svar, str):
            raise Pluginfeil(f"{self.navn}.noekkel answered {type(svar).__name__}; it must answer text or None")
        return svar

    def oversett(self, hendelse: Hendelse, *, maks: int = 1000) -> list[Tillat]:
        """The kommandoer of an event whose data follows its schema. Raises Pluginfeil, Grensebrudd."""
        svar = self._kall("oversett", hendelse=hendelse, kontekst=self._kontekst(hendelse))
        if isinstance(svar, str | bytes | Mapping) or not isinstance(svar, Iterable):
            raise Pluginfeil(
                f"{self.navn}.oversett answered {type(svar).__name__}; it must answer a list of kommandoer"
            )
        alle = self._gaa_gjennom("oversett", svar, maks + 1)
        if len(alle) > maks:
            raise Grensebrudd(
                Bruddkode.FOR_MANGE_KOMMANDOER,
                f"{self.navn}.oversett answered more than {maks} kommandoer for one event; split the event",
            )
        return [ett if isinstance(ett, Tillat) else Tillat(kommando=ett, avslag=()) for ett in alle]

    def kontroller_data(self, hendelse: Hendelse, data: Any) -> None:
        """Raises Pluginfeil when the data does not follow the schema of its type; `utdyping` says where."""
        try:
            brudd = skjema.brudd(self._skjemaer[hendelse.type], data)
        except RecursionError as feil:
            raise Pluginfeil(f"the schema of {hendelse.type} never ends for this event") from feil
        if brudd is not None:
            raise Pluginfeil(f"the event does not follow the schema of {hendelse.type}", brudd)

    def _kontekst(self, hendelse: Hendelse) -> Kontekst:
        return Kontekst(innstillinger=self._innstillinger, naa=hendelse.mottatt)

    def _kall(self, hook: str, **argumenter: Any) -> Any:
        try:
            return self._hooker[hook](**argumenter)
        except MemoryError:
            raise
        except BaseException as feil:
            raise Pluginfeil(f"{self.navn}.{hook} raised {type(feil).__name__}") from feil

    def _gaa_gjennom(self, hook: str, svar: Iterable[Any], maks: int) -> list[Any]:
        try:
            return list(itertools.islice(svar, maks))
        except MemoryError:
            raise
        except BaseException as feil:
            raise Pluginfeil(f"{self.navn}.{hook} raised {type(feil).__name__}") from feil


def last(sted: Pluginsted) -> Pluginkjoering:
    """Import a plugin and check all of it. Raises Pluginfeil with everything that is wrong, on one line."""
    if not sted.modul:
        raise Pluginfeil(f"{sted.navn} is not found; ship it in plugins/ or as an entry point of {INNGANG}")
    try:
        modul = importlib.import_module(sted.modul)
    except MemoryError:
        raise
    except BaseException as feil:
        raise Pluginfeil(forklaring(feil, _mappe(sted.modul))) from feil
    hooker, feil_ = finn_hooker(modul, sted.navn, HOS_PRODUSENT)
    versjon = getattr(modul, "VERSJON", None)
    if versjon is None:
        feil_.append(f'{sted.navn}.VERSJON is missing; write VERSJON = "1", and raise it with every change')
    elif not _er_navn(versjon):
        feil_.append(f'{sted.navn}.VERSJON must be text of 1 to {LENGSTE_NAVN} characters, such as "1"')
    typer: dict[str, Hendelsestype] = {}
    if "hendelsestyper" in hooker:
        typer, typefeil = _hendelsestyper(sted, hooker["hendelsestyper"])
        feil_ += typefeil
    if feil_:
        flere = f"; and {len(feil_) - FLEST_FEIL} more" if len(feil_) > FLEST_FEIL else ""
        raise Pluginfeil("; ".join(feil_[:FLEST_FEIL]) + flere)
    erklaering = Erklaering(
        navn=sted.navn,
        versjon=str(versjon),
        produsent=sted.produsent,
        har_noekkel="noekkel" in hooker,
        hendelsestyper=MappingProxyType(typer),
    )
    return Pluginkjoering(sted, hooker, erklaering)


def _hendelsestyper(sted: Pluginsted, hook: Hook) -> tuple[dict[str, Hendelsestype], list[str]]:
    hvor = f"{sted.navn}.hendelsestyper"
    try:
        svar = hook(innstillinger=frosset(dict(sted.innstillinger)))
        if isinstance(svar, str | bytes | Mapping) or not isinstance(svar, Iterable):
            return {}, [f"{hvor} answered {type(svar).__name__}; it must answer a list of Hendelsestype"]
        alle = list(svar)
    except MemoryError:
        raise
    except BaseException as feil:  # noqa: BLE001 - told to the author
        return {}, [f"{hvor} raised {forklaring(feil, _mappe(sted.modul))}"]
    typer: dict[str, Hendelsestype] = {}
    galt: list[str] = []
    for nummer, type_ in enumerate(alle):
        if not isinstance(type_, Hendelsestype):
            galt.append(f"{hvor} answered {type(type_).__name__} as number {nummer}; it must answer Hendelsestype")
            continue
        try:
            enkel, typefeil = _enkel(type_)
        except MemoryError:
            raise
        except BaseException as feil:  # noqa: BLE001 - told to the author
            typefeil = [f"the type {setning(repr(type_.navn))} cannot be checked: {setning(repr(feil))}"]
        else:
            if not typefeil and enkel.navn in typer:
                typefeil = [f"it declares {enkel.navn!r} twice"]
            if not typefeil:
                typer[enkel.navn] = enkel
        galt += [f"{hvor}: {setning(ett)}" for ett in typefeil]
    return typer, galt


def _enkel(type_: Hendelsestype) -> tuple[Hendelsestype, list[str]]:
    """The type as plain data, and all that is wrong with it."""
    galt: list[str] = []
    if not _er_navn(type_.navn):
        galt.append(f"the navn {type_.navn!r} must be text of 1 to {LENGSTE_NAVN} characters")
    if not isinstance(type_.beskrivelse, str) or sendbar(type_.beskrivelse) != type_.beskrivelse:
        galt.append(f"the beskrivelse of type {type_.navn} must be text")
    if not isinstance(type_.versjon, int) or isinstance(type_.versjon, bool) or type_.versjon < 1:
        galt.append(f"the versjon of type {type_.navn} must be a whole number from 1")
    verdier: dict[str, Any] = {}
    for felt in ("skjema", "eksempel"):
        try:
            verdier[felt] = skjema.som_json(getattr(type_, felt))
            msgspec.msgpack.encode(verdier[felt])
        except (TypeError, ValueError, RecursionError) as feil:
            galt.append(f"the {felt} of type {type_.navn} is not JSON: {feil}")
    if len(verdier) == 2:
        if skjemafeil := list(skjema.skjemafeil(verdier["skjema"])):
            galt += [f"the skjema of type {type_.navn} cannot be used: {ett}" for ett in skjemafeil]
        elif not isinstance(verdier["eksempel"], dict):
            galt.append(f"the eksempel of type {type_.navn} must be a JSON object")
        else:
            galt += [
                f"the eksempel of type {type_.navn} does not follow its skjema: {ett}"
                for ett in skjema.eksempelfeil(verdier["skjema"], verdier["eksempel"])
            ]
    return replace(type_, **verdier), galt


def _er_navn(verdi: Any) -> bool:
    return isinstance(verdi, str) and 1 <= len(verdi.strip()) <= LENGSTE_NAVN and verdi.isprintable()


def _mappe(modul: str) -> str:
    """The folder of a package, or the file of a single module: what is the plugin's own; empty if it is not known."""
    try:
        spesifikasjon = find_spec(modul)
    except (ImportError, ValueError):
        return ""
    if spesifikasjon is None or not spesifikasjon.origin:
        return ""
    fil = Path(spesifikasjon.origin)
    return f"{fil.parent}/" if spesifikasjon.submodule_search_locations else str(fil)


def frosset(verdi: Any) -> Any:
    """The same JSON, that nobody can change: mappings without item assignment, tuples for lists."""
    if isinstance(verdi, dict):
        return MappingProxyType({navn: frosset(ledd) for navn, ledd in verdi.items()})
    if isinstance(verdi, list):
        return tuple(frosset(ledd) for ledd in verdi)
    return verdi
