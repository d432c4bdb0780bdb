"""Finding, checking and isolating plugins: one that is broken is named, and stops nobody else."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import logging
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any

import jsonschema
import pluggy

from gateway import hookspecs
from gateway.domain.feil import UkjentHendelsestype
from gateway.plugin import PROSJEKT, Hendelse, Hendelsestype, Kontekst, Tillat
from gateway.settings import Innstillingsfeil

logger = logging.getLogger(__name__)

INNGANG = "gateway.plugins"
ALLE = "*"
HOOKER = tuple(navn for navn, verdi in vars(hookspecs).items() if hasattr(verdi, f"{PROSJEKT}_spec"))
PAAKREVD = ("hendelsestyper", "oversett")
ANDRE_SLAG = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)


class Pluginfeil(Exception):
    """A plugin cannot be used, or did not keep to its hook. The text names `plugin.hook` and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Pluginsted:
    """Where a plugin is, who owns it, and its settings: plain data, so that another process can load the same."""

    navn: str
    modul: str
    produsent: str
    innstillinger: Mapping[str, Any] = field(default_factory=dict)
    versjon: str = "0"


@dataclass(frozen=True, kw_only=True)
class Lastet:
    sted: Pluginsted
    kall: Mapping[str, pluggy.HookCaller]
    hendelsestyper: Mapping[str, Hendelsestype]

    @property
    def navn(self) -> str:
        return self.sted.navn

    @property
    def id(self) -> str:
        return f"{self.sted.navn}=={self.sted.versjon}"

    @property
    def har_noekkel(self) -> bool:
        """Whether the plugin has a say in the order of its events."""
        return "noekkel" in self.kall

    def noekkel(self, hendelse: Hendelse) -> str | None:
        """The plugin's own ordering key. Raises Pluginfeil."""
        if "noekkel" not in self.kall:
            return None
        svar = self._kall("noekkel", hendelse=hendelse)
        if svar is not None and not isinstance(svar, str):
            raise Pluginfeil(f"{self.navn}.noekkel answered {type(svar).__name__}; it must answer text or None")
        return svar

    def oversett(self, hendelse: Hendelse) -> list[Tillat]:
        """The kommandoer of an event whose data follows its schema. Raises Pluginfeil."""
        kontekst = Kontekst(innstillinger=frosset(dict(self.sted.innstillinger)))
        svar = self._kall("oversett", hendelse=hendelse, kontekst=kontekst)
        if isinstance(svar, str | bytes) or not isinstance(svar, Iterable):
            raise Pluginfeil(
                f"{self.navn}.oversett answered {type(svar).__name__}; it must answer a list of kommandoer"
            )
        return [ett if isinstance(ett, Tillat) else Tillat(kommando=ett, avslag=()) for ett in svar]

    def kontroller_data(self, hendelse: Hendelse, data: Any) -> None:
        """Raises Pluginfeil when the data does not follow the schema of its type; the text holds no data."""
        skjema = self.hendelsestyper[hendelse.type].skjema
        feil = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(skjema).iter_errors(data))
        if feil is not None:
            raise Pluginfeil(
                f"the event does not follow the schema of {hendelse.type}: at {feil.json_path}, "
                f"the rule {feil.validator!r} is broken"
            )

    def _kall(self, hook: str, **argumenter: Any) -> Any:
        try:
            svar = self.kall[hook](**argumenter)
        except (Exception, SystemExit) as feil:
            raise Pluginfeil(f"{self.navn}.{hook} raised {type(feil).__name__}") from feil
        return svar[0] if svar else None  # pluggy leaves out an answer of None


@dataclass(frozen=True, kw_only=True)
class Oedelagt:
    """A plugin that could not be loaded, and why; its producer's events wait."""

    sted: Pluginsted
    feil: str


class Plugins:
    """The loaded plugins, by producer; and those that are broken."""

    def __init__(self, lastet: Iterable[Lastet] = (), oedelagte: Iterable[Oedelagt] = ()) -> None:
        self.lastet = {ett.sted.produsent: ett for ett in lastet}
        self.oedelagte = {ett.sted.produsent: ett for ett in oedelagte}

    @property
    def steder(self) -> list[Pluginsted]:
        """Where all of them are, for a process that loads the same."""
        return [ett.sted for ett in self.lastet.values()] + [ett.sted for ett in self.oedelagte.values()]

    def for_hendelse(self, produsent: str, type_: str) -> Lastet | None:
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


def last_plugins(steder: Iterable[Pluginsted], *, strenge: bool = False) -> Plugins:
    """Load each plugin on its own. Raises Innstillingsfeil for a broken one only if `strenge`."""
    lastet: list[Lastet] = []
    oedelagte: list[Oedelagt] = []
    eiere: dict[str, str] = {}
    for sted in sorted(steder, key=lambda sted: sted.navn):
        try:
            ny = _last(sted)
            for type_ in ny.hendelsestyper:
                if type_ in eiere:
                    raise Pluginfeil(f"{sted.navn}.hendelsestyper: {type_!r} is already declared by {eiere[type_]}")
        except (Exception, SystemExit) as feil:  # noqa: BLE001 - whatever a plugin does is told, and stops nobody else
            oedelagte.append(Oedelagt(sted=sted, feil=_forklar(feil)))
            logger.error("plugin is broken", extra={"plugin": sted.navn, "feil": _forklar(feil)})
        else:
            eiere.update(dict.fromkeys(ny.hendelsestyper, sted.navn))
            lastet.append(ny)
    if strenge and oedelagte:
        raise Innstillingsfeil("\n".join(f"plugin {ett.sted.navn}: {ett.feil}" for ett in oedelagte))
    return Plugins(lastet, oedelagte)


def installerte_plugins() -> dict[str, str]:
    """Plugins of installed packages, by their entry points: name and module."""
    return {inngang.name: inngang.value for inngang in importlib.metadata.entry_points(group=INNGANG)}


def _last(sted: Pluginsted) -> Lastet:
    if not sted.modul:
        raise Pluginfeil(f"{sted.navn} is not found; ship it in plugins/ or as an entry point of {INNGANG}")
    modul = importlib.import_module(sted.modul)
    forvalter = pluggy.PluginManager(PROSJEKT)
    forvalter.add_hookspecs(hookspecs)
    _kontroller_hooker(modul, sted.navn, forvalter)
    forvalter.register(modul, name=sted.navn)
    kall = {hook: getattr(forvalter.hook, hook) for hook in HOOKER if getattr(forvalter.hook, hook).get_hookimpls()}
    for hook in PAAKREVD:
        if hook not in kall:
            raise Pluginfeil(f"{sted.navn} has no @hookimpl {hook}; a producer's plugin must have it")
    sted = Pluginsted(
        navn=sted.navn,
        modul=sted.modul,
        produsent=sted.produsent,
        innstillinger=sted.innstillinger,
        versjon=str(getattr(modul, "VERSJON", "0")),
    )
    typer = next(iter(kall["hendelsestyper"]()), ())
    return Lastet(sted=sted, kall=kall, hendelsestyper=_hendelsestyper(sted.navn, typer))


def _kontroller_hooker(modul: ModuleType, navn: str, forvalter: pluggy.PluginManager) -> None:
    """What pluggy passes over in silence: misspelt hooks, a forgotten marker, coroutines and generators."""
    for funksjonsnavn, funksjon in inspect.getmembers(modul, inspect.isroutine):
        merket = forvalter.parse_hookimpl_opts(modul, funksjonsnavn) is not None
        if merket and funksjonsnavn not in HOOKER:
            raise Pluginfeil(f"{navn}.{funksjonsnavn} is no hook; the hooks are {', '.join(HOOKER)}")
        if funksjonsnavn in HOOKER and not merket and getattr(funksjon, "__module__", None) == modul.__name__:
            raise Pluginfeil(f"{navn}.{funksjonsnavn} lacks the marker @hookimpl")
        if merket and any(er(funksjon) for er in ANDRE_SLAG):
            raise Pluginfeil(f"{navn}.{funksjonsnavn} must be a plain function, not a coroutine or a generator")


def _hendelsestyper(navn: str, typer: Any) -> Mapping[str, Hendelsestype]:
    svar: dict[str, Hendelsestype] = {}
    for type_ in typer:
        if not isinstance(type_, Hendelsestype):
            raise Pluginfeil(f"{navn}.hendelsestyper answered {type(type_).__name__}; it must answer Hendelsestype")
        if type_.navn in svar:
            raise Pluginfeil(f"{navn}.hendelsestyper declares {type_.navn!r} twice")
        jsonschema.Draft202012Validator.check_schema(type_.skjema)
        jsonschema.Draft202012Validator(type_.skjema).validate(type_.eksempel)
        svar[type_.navn] = type_
    return MappingProxyType(svar)


def _forklar(feil: BaseException) -> str:
    ramme = traceback.extract_tb(feil.__traceback__)[-1]
    return (
        f"{type(feil).__name__}: {str(feil).splitlines()[0] if str(feil) else ''} ({ramme.name}, line {ramme.lineno})"
    )


def frosset(verdi: Any) -> Any:
    """The same JSON, that nobody can change: mappings without item assignment, tuples for lists."""
    if isinstance(verdi, dict):
        return MappingProxyType({navn: frosset(ledd) for navn, ledd in verdi.items()})
    if isinstance(verdi, list):
        return tuple(frosset(ledd) for ledd in verdi)
    return verdi
