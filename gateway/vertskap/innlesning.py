"""Importing a plugin and checking all of it: the marks on its module, its hooks, its event types and its versions."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import msgspec

from gateway.plugin.hendelser import API, Hendelsestype, Oppgradering
from gateway.plugin.uttrykk import Uttrykk, Uttrykksfeil
from gateway.vertskap import skjema
from gateway.vertskap.erklaering import UTTRYKK, Erklaering, Pluginsted
from gateway.vertskap.feil import Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.hooker import HOS_PRODUSENT, Hook, finn_hooker
from gateway.vertskap.innstillinger import Sti, hemmelige_stier, innstillingsfeil
from gateway.vertskap.kjoering import Lastet, Pluginkjoering
from gateway.vertskap.spor import forklaring, sendbar, setning
from gateway.vertskap.versjoner import Oppgraderinger, Typeversjoner, frosset

INNGANG = "gateway.plugins"
LENGSTE_NAVN = 500
FLEST_FEIL = 20
FLEST_TYPER = 500
STOERSTE_VERSJON = 1_000_000
Typer = Mapping[str, tuple[Hendelsestype, ...]]


def last(
    sted: Pluginsted,
    grenser: Grenser | None = None,
    *,
    referanser: Sequence[Sti] = (),
    hashnoekkel: bytes | None = None,
) -> Pluginkjoering:
    """Import a plugin and check all of it. Raises Pluginfeil with everything that is wrong, on one line.

    The settings of `sted` have their secrets; `referanser` is where those were given by reference.
    """
    if not sted.modul:
        raise Pluginfeil(f"{sted.navn} is not found; ship it in plugins/ or as an entry point of {INNGANG}")
    try:
        modul = importlib.import_module(sted.modul)
    except MemoryError:
        raise
    except BaseException as feil:
        raise Pluginfeil(forklaring(feil, _mappe(sted.modul))) from feil
    lastet, galt = _Innlesning(sted, modul, referanser).les()
    if galt or lastet is None:
        flere = f"; and {len(galt) - FLEST_FEIL} more" if len(galt) > FLEST_FEIL else ""
        raise Pluginfeil("; ".join(galt[:FLEST_FEIL]) + flere)
    return Pluginkjoering(lastet, grenser, hashnoekkel=hashnoekkel)


class _Innlesning:
    """Gathers all that is wrong with one module."""

    def __init__(self, sted: Pluginsted, modul: ModuleType, referanser: Sequence[Sti]) -> None:
        self._sted, self._modul, self._referanser = sted, modul, referanser
        self._galt: list[str] = []

    def les(self) -> tuple[Lastet | None, list[str]]:
        api = self._tall("API", API)
        if api != API and not self._galt:
            return None, [
                f"{self._sted.navn} was made for version {api} of the plugin API, and this gateway has {API}; use a "
                f"version of the plugin that says API = {API}, or a gateway that has {api}"
            ]
        hooker, hookfeil = finn_hooker(self._modul, self._sted.navn, HOS_PRODUSENT)
        self._galt += hookfeil
        versjon = self._versjon()
        lagerversjon = self._tall("LAGERVERSJON", 1)
        hemmelige = self._innstillinger()
        typer = self._typer(hooker)
        oppgraderinger = self._oppgraderinger(hooker, typer)
        lageroppgraderinger = self._lageroppgraderinger(hooker, lagerversjon)
        if self._galt:
            return None, self._galt
        erklaering = Erklaering(
            navn=self._sted.navn,
            versjon=versjon,
            produsent=self._sted.produsent,
            typer=MappingProxyType(dict(typer)),
            har_noekkel="noekkel" in hooker,
            har_identitet="identitet" in hooker,
            har_oppslag="oppslag" in hooker,
            har_observatoer="etter_endring" in hooker,
            api=api,
            lagerversjon=lagerversjon,
        )
        return Lastet(
            sted=self._sted,
            erklaering=erklaering,
            hooker=hooker,
            oppgraderinger=oppgraderinger,
            lageroppgraderinger=lageroppgraderinger,
            hemmelige=tuple(hemmelige),
        ), []

    def _versjon(self) -> str:
        versjon = getattr(self._modul, "VERSJON", None)
        if versjon is None:
            self._galt.append(
                f'{self._sted.navn}.VERSJON is missing; write VERSJON = "1", and raise it with every change'
            )
        elif not _er_navn(versjon):
            self._galt.append(f'{self._sted.navn}.VERSJON must be text of 1 to {LENGSTE_NAVN} characters, such as "1"')
        return str(versjon)

    def _tall(self, merke: str, standard: int) -> int:
        verdi = getattr(self._modul, merke, standard)
        if _er_versjon(verdi):
            return int(verdi)
        self._galt.append(f"{self._sted.navn}.{merke} must be a whole number from 1, such as {merke} = {standard}")
        return standard

    def _innstillinger(self) -> list[Sti]:
        """Check the settings by the plugin's own schema; where they are secrets."""
        skjemaet = getattr(self._modul, "INNSTILLINGER", None)
        if skjemaet is not None:
            try:
                skjemaet = skjema.som_json(skjemaet)
            except (TypeError, ValueError, RecursionError) as feil:
                self._galt.append(f"{self._sted.navn}.INNSTILLINGER is not JSON: {setning(str(feil))}")
                return []
            if skjemafeil := list(skjema.skjemafeil(skjemaet)):
                self._galt += [f"{self._sted.navn}.INNSTILLINGER cannot be used: {ett}" for ett in skjemafeil]
                return []
        innstillinger = self._sted.innstillinger
        galt = innstillingsfeil(skjemaet, innstillinger, self._referanser)
        self._galt += [f"{self._sted.navn}: {ett}" for ett in galt]
        return hemmelige_stier(skjemaet, innstillinger)

    def _typer(self, hooker: Mapping[str, Hook]) -> Typer:
        if "hendelsestyper" not in hooker:
            return {}
        hvor = f"{self._sted.navn}.hendelsestyper"
        kall = lambda: hooker["hendelsestyper"](innstillinger=frosset(dict(self._sted.innstillinger)))  # noqa: E731
        svar = self._spoer("hendelsestyper", kall)
        if svar is None:
            return {}
        alle: list[Hendelsestype] = []
        for nummer, type_ in enumerate(svar):
            if not isinstance(type_, Hendelsestype):
                self._galt.append(
                    f"{hvor} answered {type(type_).__name__} as number {nummer}; it must answer Hendelsestype"
                )
                continue
            try:
                enkel, typefeil = _enkel(type_)
            except MemoryError:
                raise
            except BaseException as feil:  # noqa: BLE001 - told to the author
                typefeil = [f"the type {_vist(type_)} cannot be checked: {setning(repr(feil))}"]
            else:
                if not typefeil and any((ett.navn, ett.versjon) == (enkel.navn, enkel.versjon) for ett in alle):
                    typefeil = [f"it declares {enkel.navn!r} twice in version {enkel.versjon}; give each its own"]
                if not typefeil:
                    alle.append(enkel)
            self._galt += [f"{hvor}: {setning(ett)}" for ett in typefeil]
        alle.sort(key=lambda ett: (ett.navn, -ett.versjon))
        return {navn: tuple(versjoner) for navn, versjoner in groupby(alle, key=lambda ett: ett.navn)}

    def _spoer(self, hook: str, kall: Callable[[], Any]) -> list[Any] | None:
        """What a hook that is called at load answers, as a list."""
        hvor = f"{self._sted.navn}.{hook}"
        try:
            svar = kall()
            if isinstance(svar, str | bytes | Mapping) or not isinstance(svar, Iterable):
                self._galt.append(f"{hvor} answered {type(svar).__name__}; it must answer a list of Hendelsestype")
                return None
            alle = [ett for _, ett in zip(range(FLEST_TYPER + 1), svar)]  # noqa: B905 - no more than are looked at
        except MemoryError:
            raise
        except BaseException as feil:  # noqa: BLE001 - told to the author
            self._galt.append(f"{hvor} raised {forklaring(feil, _mappe(self._sted.modul))}")
            return None
        if len(alle) > FLEST_TYPER:
            self._galt.append(f"{hvor} answered more than {FLEST_TYPER} event types")
            return None
        return alle

    def _oppgraderinger(self, hooker: Mapping[str, Hook], typer: Typer) -> Oppgraderinger:
        """The upgrades of events, each tried on the example of its version."""
        funnet: dict[tuple[str, int], Oppgradering] = {}
        hvor = f"{self._sted.navn}.oppgraderinger"
        for noekkel, oppgradering in self._kart(hooker, "oppgraderinger").items():
            match noekkel:
                case (str() as navn, int() as versjon) if _er_versjon(versjon) and callable(oppgradering):
                    versjoner = {ett.versjon for ett in typer.get(navn, ())}
                    if versjon not in versjoner:
                        self._galt.append(
                            f"{hvor}: version {versjon} of {setning(navn)} is not declared by hendelsestyper"
                        )
                    elif versjon == max(versjoner):
                        self._galt.append(f"{hvor}: version {versjon} of {setning(navn)} is the newest there is")
                    else:
                        funnet[navn, versjon] = oppgradering
                case _:
                    self._galt.append(
                        f"{hvor}: {setning(repr(noekkel))} must be the navn of a type and a version, and what stands "
                        "there a function of the data"
                    )
        if not self._galt:
            for navn, versjon in funnet:
                self._proev(hvor, typer[navn], versjon, funnet)
        return funnet

    def _proev(self, hvor: str, versjoner: tuple[Hendelsestype, ...], versjon: int, alle: Oppgraderinger) -> None:
        (eksempel,) = (ett.eksempel for ett in versjoner if ett.versjon == versjon)
        try:
            Typeversjoner(versjoner).oppgrader(f"{hvor}, with the example", eksempel, versjon, alle)
        except Pluginfeil as feil:
            self._galt.append(setning(str(feil)))

    def _lageroppgraderinger(self, hooker: Mapping[str, Hook], lagerversjon: int) -> Mapping[int, Oppgradering]:
        hvor = f"{self._sted.navn}.lageroppgraderinger"
        funnet: dict[int, Oppgradering] = {}
        for versjon, oppgradering in self._kart(hooker, "lageroppgraderinger").items():
            if _er_versjon(versjon) and versjon < lagerversjon and callable(oppgradering):
                funnet[versjon] = oppgradering
            else:
                self._galt.append(
                    f"{hvor}: {setning(repr(versjon))} must be a version from 1 and below LAGERVERSJON, "
                    f"{lagerversjon}, and what stands there a function of the value"
                )
        if mangler := [ett for ett in range(1, min(lagerversjon, FLEST_TYPER)) if ett not in funnet]:
            self._galt.append(
                f"{hvor} has no upgrade from version {', '.join(map(str, mangler[:FLEST_FEIL]))}; LAGERVERSJON is "
                f"{lagerversjon}, and what was stored before must be read"
            )
        return funnet

    def _kart(self, hooker: Mapping[str, Hook], hook: str) -> Mapping[Any, Any]:
        if hook not in hooker:
            return {}
        hvor = f"{self._sted.navn}.{hook}"
        try:
            svar = hooker[hook]()
            if not isinstance(svar, Mapping):
                self._galt.append(f"{hvor} answered {type(svar).__name__}; it must answer a dict of functions")
                return {}
            return dict(svar)
        except MemoryError:
            raise
        except BaseException as feil:  # noqa: BLE001 - told to the author
            self._galt.append(f"{hvor} raised {forklaring(feil, _mappe(self._sted.modul))}")
            return {}


def _enkel(type_: Hendelsestype) -> tuple[Hendelsestype, list[str]]:
    """The type as plain data, and all that is wrong with it."""
    galt: list[str] = []
    if not _er_navn(type_.navn):
        galt.append(f"the navn {type_.navn!r} must be text of 1 to {LENGSTE_NAVN} characters")
    if not isinstance(type_.beskrivelse, str) or sendbar(type_.beskrivelse) != type_.beskrivelse:
        galt.append(f"the beskrivelse of type {type_.navn} must be text")
    if not _er_versjon(type_.versjon):
        galt.append(f"the versjon of type {type_.navn} must be a whole number from 1")
    galt += [f"the {felt} of type {type_.navn} {feil}" for felt in UTTRYKK if (feil := _uttrykksfeil(type_, felt))]
    verdier: dict[str, Any] = {}
    for felt in ("skjema", "eksempel"):
        try:
            verdier[felt] = skjema.som_json(getattr(type_, felt))
            msgspec.msgpack.encode(verdier[felt])
        except (TypeError, ValueError, OverflowError, RecursionError) as feil:
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


def _uttrykksfeil(type_: Hendelsestype, felt: str) -> str | None:
    uttrykk = getattr(type_, felt)
    if uttrykk is None:
        return None
    if not isinstance(uttrykk, str):
        return "must be a JMESPath expression, as text"
    try:
        Uttrykk(uttrykk)
    except Uttrykksfeil as feil:
        return str(feil)
    return None


def _vist(type_: Hendelsestype) -> str:
    try:
        return setning(repr(type_.navn))
    except BaseException:  # noqa: BLE001 - it has a name of its own making
        return "(its navn cannot be shown)"


def _er_navn(verdi: Any) -> bool:
    return isinstance(verdi, str) and 1 <= len(verdi.strip()) <= LENGSTE_NAVN and verdi.isprintable()


def _er_versjon(verdi: Any) -> bool:
    return isinstance(verdi, int) and not isinstance(verdi, bool) and 1 <= verdi <= STOERSTE_VERSJON


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
