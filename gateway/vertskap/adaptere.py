"""Loading adapters: the same checks as plugins get, and each hook called on its own, so that a fault has an owner.

Adapters hold the gateway's own secrets and do its I/O, so they run in its processes. What is wrong with one stops the
start, since without it the gateway would be another than the one that was asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.plugin.formater import Meldingsformat
from gateway.plugin.kanaler import Varselkanal
from gateway.plugin.signaturer import Signaturordning
from gateway.plugin.tilganger import Tilgangskilde
from gateway.vertskap.hooker import ANDRE_SLAG, HOS_ADAPTER, Hook, finn_hooker
from gateway.vertskap.spor import forklaring, setning

FORMER: Mapping[str, type] = {
    "signaturordninger": Signaturordning,
    "formater": Meldingsformat,
    "varselkanaler": Varselkanal,
    "tilgangskilder": Tilgangskilde,
}


@dataclass(frozen=True, kw_only=True)
class Adaptere:
    """All that the adapters bring."""

    signaturordninger: Sequence[Signaturordning] = ()
    formater: Sequence[Meldingsformat] = ()
    varselkanaler: Sequence[Varselkanal] = ()
    tilgangskilde: Tilgangskilde | None = None


def last_adaptere(adaptere: Mapping[str, object]) -> Adaptere:
    """What the adapters bring, by name and object or module. Raises Innstillingsfeil with all that is wrong."""
    feil: list[str] = []
    bragt: dict[str, list[tuple[str, Any]]] = {hook: [] for hook in FORMER}
    for navn, adapter in sorted(adaptere.items()):
        hooker, hookfeil = finn_hooker(adapter, navn, HOS_ADAPTER)
        feil += hookfeil
        for hook, kall in hooker.items():
            ting, tingfeil = _bragt(navn, hook, kall)
            bragt[hook] += [(navn, ett) for ett in ting]
            feil += tingfeil
    for hook in ("signaturordninger", "formater", "varselkanaler"):
        feil += _to_med_samme_navn(hook, bragt[hook])
    if len(bragt["tilgangskilder"]) > 1:
        eiere = " and ".join(eier for eier, _ in bragt["tilgangskilder"])
        feil.append(f"more than one source of employers' access is brought, by {eiere}; keep one")
    if feil:
        raise Innstillingsfeil("\n".join(f"adapter {ett}" for ett in feil))
    return Adaptere(
        signaturordninger=[ting for _, ting in bragt["signaturordninger"]],
        formater=[ting for _, ting in bragt["formater"]],
        varselkanaler=[ting for _, ting in bragt["varselkanaler"]],
        tilgangskilde=next((ting for _, ting in bragt["tilgangskilder"]), None),
    )


def _bragt(navn: str, hook: str, kall: Hook) -> tuple[list[Any], list[str]]:
    hva = f"{navn}.{hook}"
    form = FORMER[hook]
    try:
        svar = kall()
    except Exception as feil:  # noqa: BLE001 - told with its owner
        return [], [f"{hva} raised {forklaring(feil, '')}"]
    if isinstance(svar, str | bytes | Mapping) or not isinstance(svar, Iterable):
        return [], [f"{hva} answered {type(svar).__name__}; it must answer a list of {form.__name__}"]
    alle = list(svar)
    feil_ = [f"{hva}: {galt}" for ting in alle for galt in _formfeil(ting, form)]
    return alle, feil_


def _formfeil(ting: object, form: type) -> list[str]:
    """Where a thing does not have what its protocol asks for."""
    hva = type(ting).__name__
    feil = []
    for felt, type_ in get_type_hints(form).items():
        verdi = getattr(ting, felt, None)
        if not _er(verdi, type_):
            feil.append(f"{hva} is no {form.__name__}: {felt} must be {setning(_vis(type_))}")
    for metode, spesifikasjon in inspect.getmembers(form, inspect.isfunction):
        if metode.startswith("_"):
            continue
        tar = list(inspect.signature(spesifikasjon).parameters)[1:]
        funnet = getattr(ting, metode, None)
        skal = f"{hva} is no {form.__name__}: {metode}({', '.join(tar)})"
        if not callable(funnet):
            feil.append(f"{skal} is missing")
        elif any(er(funnet) for er in ANDRE_SLAG):
            feil.append(f"{skal} must be a plain method, not a coroutine or a generator")
        elif not _kan_kalles(funnet, tar):
            feil.append(f"{skal} is what is called, and it is written {metode}{inspect.signature(funnet)}")
    return feil


def _kan_kalles(metode: Hook, tar: Sequence[str]) -> bool:
    """Whether the method takes the arguments in order, and by name."""
    signatur = inspect.signature(metode)
    try:
        signatur.bind(*tar)
        signatur.bind(**dict.fromkeys(tar))
    except TypeError:
        return False
    return True


def _er(verdi: object, type_: Any) -> bool:
    klasse = get_origin(type_) or type_
    if not isinstance(klasse, type):
        return True
    if not isinstance(verdi, klasse):
        return False
    ledd = get_args(type_)
    if klasse in (frozenset, set, list, tuple) and ledd and isinstance(ledd[0], type):
        return all(isinstance(ett, ledd[0]) for ett in verdi)  # type: ignore[attr-defined]
    return bool(verdi) if klasse is str else True


def _vis(type_: Any) -> str:
    return type_.__name__ if isinstance(type_, type) and not get_args(type_) else str(type_)


def _to_med_samme_navn(hook: str, bragt: Sequence[tuple[str, Any]]) -> list[str]:
    feil = []
    eiere: dict[Any, str] = {}
    for eier, ting in bragt:
        ting_navn = getattr(ting, "navn", None)
        if ting_navn in eiere:
            feil.append(f"{eier}.{hook}: {ting_navn!r} is already brought by {eiere[ting_navn]}")
        eiere.setdefault(ting_navn, eier)
    return feil
