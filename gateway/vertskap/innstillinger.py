"""A plugin's settings for one producer: checked by the plugin's own schema, with the secrets that they refer to.

A secret stands in the produsentregister by reference (`env:NAME`, `file:/path`). It is fetched into a copy that goes to
the plugin's process and nowhere else; the register, and all that is shown of it, has the reference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from gateway.domain.hendelse import Feilklasse
from gateway.oppsett.hemmelighetsfil import FRA_FIL, FRA_MILJOE, IkkeSatt, er_referanse, les_referanse
from gateway.oppsett.innstillinger import Innstillinger
from gateway.vertskap import skjema
from gateway.vertskap.feil import MANGLER_KONFIGURASJON, Pluginfeil

SKJULT = "(hidden)"
# Shorter ones would be found in any text.
KORTESTE_SOM_SKJULES = 4
Sti = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Hentet:
    """Settings with their secrets, and where those stand."""

    innstillinger: Mapping[str, Any]
    hemmelige: Mapping[Sti, str]

    def skjul(self, tekst: str) -> str:
        """The text without the secrets, as they are and as Python and JSON would write them."""
        for hemmelighet in sorted(self.hemmelige.values(), key=len, reverse=True):
            if len(hemmelighet) < KORTESTE_SOM_SKJULES:
                continue
            for form in {hemmelighet, repr(hemmelighet)[1:-1], msgspec.json.encode(hemmelighet).decode()[1:-1]}:
                tekst = tekst.replace(form, SKJULT)
        return tekst


def hent(navn: str, innstillinger: Mapping[str, Any]) -> Hentet:
    """The plugin's settings with what they refer to. What is the gateway's own is refused: no plugin sees that.

    Raises Pluginfeil, of class KONFIGURASJON, with all that is missing.
    """
    hemmelige: dict[Sti, str] = {}
    mangler: list[str] = []
    egne = {felt.metadata["variabel"] for felt in fields(Innstillinger)}

    def erstatt(verdi: Any, sti: Sti) -> Any:
        if isinstance(verdi, Mapping):
            return {felt: erstatt(ledd, (*sti, felt)) for felt, ledd in verdi.items()}
        if isinstance(verdi, list | tuple):
            return [erstatt(ledd, (*sti, nummer)) for nummer, ledd in enumerate(verdi)]
        if not er_referanse(verdi):
            return verdi
        try:
            hemmelige[sti] = _hemmelighet(verdi, egne)
        except ValueError as feil:
            mangler.append(f"{navn} waits for its configuration: {vis_sti(sti)} {feil}")
            return ""
        return hemmelige[sti]

    hentet = erstatt(innstillinger, ())
    if mangler:
        raise Pluginfeil("; ".join(mangler), kode=MANGLER_KONFIGURASJON, klasse=Feilklasse.KONFIGURASJON)
    return Hentet(innstillinger=hentet, hemmelige=hemmelige)


def i_klartekst(innstillinger: Mapping[str, Any], hemmelige: Sequence[Sti]) -> list[str]:
    """What is wrong with secrets that the register says, instead of where they are."""
    return [
        f"{vis_sti(sti)} is a secret, and the register says it; name where it is: {FRA_MILJOE}NAME or {FRA_FIL}/path"
        for sti in hemmelige
        if (verdi := _paa(innstillinger, sti)) is not None and not er_referanse(verdi)
    ]


def innstillingsfeil(skjemaet: Mapping[str, Any] | None, innstillinger: Any, referanser: Sequence[Sti]) -> list[str]:
    """What is wrong with the settings by the plugin's schema, each by its key, and never with what it says.

    `referanser` are those that were given by reference: the schema must mark each as a secret.
    """
    galt = [
        f"{vis_sti(sti)} is given by reference, as a secret is; mark it in INNSTILLINGER: "
        '{"type": "string", "writeOnly": true}'
        for sti in referanser
        if skjemaet is None or not _er_hemmelig(skjemaet, sti)
    ]
    if skjemaet is not None:
        feilene = skjema.validator(skjemaet).iter_errors(_som_json(innstillinger))
        galt += [_setning(feil) for feil in sorted(feilene, key=lambda feil: str(feil.json_path))]
    return galt[: skjema.FLEST_FEIL]


def hemmelige_stier(skjemaet: Mapping[str, Any] | None, innstillinger: Any) -> list[Sti]:
    """Where the settings, as they are given, have what the schema marks as secret."""
    if skjemaet is None:
        return []
    return [sti for sti in _stier(innstillinger, ()) if _er_hemmelig(skjemaet, sti)]


def vis_sti(sti: Sti) -> str:
    """The place of a setting, as the register has it."""
    return "innstillinger" + "".join(f"[{ledd}]" if isinstance(ledd, int) else f".{ledd}" for ledd in sti)


def _hemmelighet(referanse: str, egne: set[str]) -> str:
    """Raises ValueError, with what to do; the path of a file is not repeated, since it may be the secret itself."""
    if referanse.startswith(FRA_MILJOE):
        variabel = referanse.removeprefix(FRA_MILJOE)
        if variabel in egne or variabel.removesuffix("_FILE") in egne:
            raise ValueError(f"names {variabel}, which is the gateway's own; give the plugin one of its own")
    try:
        return str(les_referanse(referanse))
    except IkkeSatt as feil:
        raise ValueError(f"{feil}; set it, and start anew") from None


def _stier(verdi: Any, sti: Sti) -> Iterator[Sti]:
    """Every place that says something."""
    if isinstance(verdi, Mapping):
        for felt, ledd in verdi.items():
            yield from _stier(ledd, (*sti, felt))
    elif isinstance(verdi, list | tuple):
        for nummer, ledd in enumerate(verdi):
            yield from _stier(ledd, (*sti, nummer))
    else:
        yield sti


def _er_hemmelig(skjemaet: Any, sti: Sti) -> bool:
    """Whether the schema marks this place, or one above it, as a secret."""
    for ledd in (None, *sti):
        if ledd is not None:
            nederst = skjemaet.get("properties", {}).get(ledd) if isinstance(ledd, str) else skjemaet.get("items")
            skjemaet = nederst
        if not isinstance(skjemaet, Mapping):
            return False
        if skjemaet.get("writeOnly") is True:
            return True
    return False


def _paa(verdi: Any, sti: Sti) -> Any:
    for ledd in sti:
        try:
            verdi = verdi[ledd]
        except (KeyError, IndexError, TypeError):
            return None
    return verdi


def _setning(feil: Any) -> str:
    """The place, the rule and what it asks for; and the author's own words on it, where there are any."""
    hvor = vis_sti(tuple(feil.absolute_path))
    if feil.validator == "required":
        mangler = [felt for felt in feil.validator_value if felt not in feil.instance]
        return f"{hvor}.{mangler[0]} is missing; add it" + _omtale(feil.schema.get("properties", {}).get(mangler[0]))
    if feil.validator == "additionalProperties":
        kjente = ", ".join(feil.schema.get("properties", {}))
        return f"{hvor} has a key that the plugin does not know; it knows {kjente or 'none'}"
    krav = msgspec.json.encode(feil.validator_value).decode()
    return f"{hvor} breaks the rule {feil.validator!r} of the plugin: {krav}" + _omtale(feil.schema)


def _omtale(ledd: Any) -> str:
    omtale = ledd.get("description") if isinstance(ledd, Mapping) else None
    return f" ({omtale})" if isinstance(omtale, str) else ""


def _som_json(verdi: Any) -> Any:
    """The settings as JSON: a date of YAML as text."""
    if isinstance(verdi, Mapping):
        return {str(felt): _som_json(ledd) for felt, ledd in verdi.items()}
    if isinstance(verdi, list | tuple):
        return [_som_json(ledd) for ledd in verdi]
    return verdi.isoformat() if isinstance(verdi, dt.date | dt.time) else verdi
