"""The hooks, by who may bring them; and whether what somebody brings can be called."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import pluggy

from gateway.plugin import formater, hendelser, kanaler, signaturer, tilganger
from gateway.plugin.felles import PROSJEKT
from gateway.vertskap.spor import vis_fil

ANDRE_SLAG = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
VED_NAVN = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
Hook = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Sted:
    """A place where hooks may be brought: which ones, which of them must be, and where the others belong."""

    hva: str
    hooker: Mapping[str, Hook]
    paakrevd: tuple[str, ...]
    andre: Mapping[str, Hook]
    andres_sted: str


def _hooker(*familier: ModuleType) -> dict[str, Hook]:
    return {
        navn: verdi
        for familie in familier
        for navn, verdi in vars(familie).items()
        if hasattr(verdi, f"{PROSJEKT}_spec") and getattr(verdi, "__module__", "") == familie.__name__
    }


PRODUSENTHOOKER = _hooker(hendelser)
ADAPTERHOOKER = _hooker(signaturer, formater, kanaler, tilganger)
HOS_PRODUSENT = Sted(
    hva="a producer's plugin",
    hooker=PRODUSENTHOOKER,
    paakrevd=("hendelsestyper", "oversett"),
    andre=ADAPTERHOOKER,
    andres_sted="an adapter, which app.py registers",
)
HOS_ADAPTER = Sted(
    hva="an adapter",
    hooker=ADAPTERHOOKER,
    paakrevd=(),
    andre=PRODUSENTHOOKER,
    andres_sted="a producer's plugin, which the produsentregister names",
)
_markering = pluggy.PluginManager(PROSJEKT)


def finn_hooker(av: object, navn: str, sted: Sted) -> tuple[dict[str, Hook], list[str]]:
    """The hooks that a module or an object brings, and all that is wrong with them, in its author's own words."""
    hooker: dict[str, Hook] = {}
    feil: list[str] = []
    kjente = {**sted.hooker, **sted.andre}
    for funksjonsnavn, funksjon in inspect.getmembers(av, inspect.isroutine):
        merke = _markering.parse_hookimpl_opts(av, funksjonsnavn)
        hook = (merke and merke.get("specname")) or funksjonsnavn
        if merke is None and not (hook in kjente and _er_egen(funksjon, av)):
            continue  # a function of the plugin's own, or one that it imports
        if hook in sted.andre:
            feil.append(
                f"{navn}.{hook} is not allowed in {sted.hva}: the hook belongs in {sted.andres_sted}{_hvor(funksjon)}"
            )
        elif merke is None:
            feil.append(f"{navn}.{funksjonsnavn} lacks the marker @hookimpl{_hvor(funksjon)}")
        elif hook not in sted.hooker:
            feil.append(f"{navn}.{hook} is no hook; {_mente(hook, sted)}{_hvor(funksjon)}")
        elif galt := _signaturfeil(funksjon, sted.hooker[hook]):
            feil.append(f"{navn}.{hook}: {galt}{_hvor(funksjon)}")
        elif hook in hooker:
            feil.append(f"{navn}.{hook} is there twice; keep one{_hvor(funksjon)}")
        else:
            hooker[hook] = _ved_navn(funksjon)
    omtalt = " ".join(feil)
    feil += [
        f"{navn} has no @hookimpl {hook}; {sted.hva} must have it"
        for hook in sted.paakrevd
        if hook not in hooker and f"{navn}.{hook}" not in omtalt
    ]
    return hooker, feil


def _signaturfeil(funksjon: Hook, spesifikasjon: Hook) -> str | None:
    if any(er(funksjon) for er in ANDRE_SLAG):
        return "must be a plain function, not a coroutine or a generator"
    tar = list(inspect.signature(spesifikasjon).parameters)
    parametre = inspect.signature(funksjon).parameters
    skrevne = ", ".join(str(parameter.replace(annotation=parameter.empty)) for parameter in parametre.values())
    skrevet = f"`{getattr(funksjon, '__name__', 'it')}({skrevne})`"
    kjent = f"it takes {', '.join(tar) or 'nothing'}"
    if flere := [str(p) for p in parametre.values() if p.kind not in VED_NAVN]:
        return f"{skrevet}: {', '.join(flere)} cannot be given by name; {kjent}"
    if ukjente := [p for p in parametre if p not in tar]:
        return f"{skrevet}: no argument is called {', '.join(ukjente)}; {kjent}"
    return None


def _ved_navn(funksjon: Hook) -> Hook:
    """The hook, called with those of its arguments that the function asks for."""
    return partial(_kall, funksjon, frozenset(inspect.signature(funksjon).parameters))


def _kall(funksjon: Hook, parametre: frozenset[str], **argumenter: Any) -> Any:
    return funksjon(**{navn: verdi for navn, verdi in argumenter.items() if navn in parametre})


def _mente(hook: str, sted: Sted) -> str:
    naermest = difflib.get_close_matches(hook, sted.hooker, n=1)
    mente = f"did you mean {naermest[0]}? " if naermest else ""
    return f"{mente}The hooks of {sted.hva} are {', '.join(sted.hooker)}"


def _er_egen(funksjon: Hook, av: object) -> bool:
    """Whether the function was written where it stands, and not imported."""
    hjemme = av.__name__ if isinstance(av, ModuleType) else type(av).__module__
    return getattr(funksjon, "__module__", None) == hjemme


def _hvor(funksjon: Hook) -> str:
    kode = getattr(inspect.unwrap(funksjon), "__code__", None)
    return f" ({vis_fil(kode.co_filename)}, line {kode.co_firstlineno})" if kode else ""
