"""Loading the producers' plugins: each in a process of its own, all at once, and what they declare comes back."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.vertskap.erklaering import Erklaering, Oedelagt, Plugins, Pluginsted
from gateway.vertskap.feil import Grensebrudd, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.innlesning import INNGANG
from gateway.vertskap.prosess import Pluginprosess

logger = logging.getLogger(__name__)

ALLE = "*"
OM_GANGEN = 16


def last_plugins(steder: Iterable[Pluginsted], *, strenge: bool = False, grenser: Grenser | None = None) -> Plugins:
    """What each plugin declares, or why it is broken. Raises Innstillingsfeil for a broken one only if `strenge`."""
    sortert = sorted(steder, key=lambda sted: (sted.navn, sted.produsent))
    with ThreadPoolExecutor(OM_GANGEN) as traader:
        svar = list(traader.map(lambda sted: _last(sted, grenser or Grenser()), sortert))
    oedelagte = [ett for ett in svar if isinstance(ett, Oedelagt)]
    for ett in oedelagte:
        logger.error("plugin is broken", extra={"plugin": ett.sted.navn, "feil": ett.feil})
    if strenge and oedelagte:
        raise Innstillingsfeil("\n".join(f"plugin {ett.sted.navn}: {ett.feil}" for ett in oedelagte))
    return Plugins(sortert, [ett for ett in svar if isinstance(ett, Erklaering)], oedelagte)


def installerte_plugins() -> dict[str, str]:
    """Plugins of installed packages, by their entry points: name and module."""
    return {inngang.name: inngang.value for inngang in importlib.metadata.entry_points(group=INNGANG)}


def pakkens_sted(pakke: str) -> Path | None:
    """The folder of a package, or the file of a module, by its outermost name; None where it is not found.

    Nothing of it is imported.
    """
    try:
        spesifikasjon = find_spec(pakke)
    except (ImportError, ValueError):
        return None
    if spesifikasjon is None or not spesifikasjon.origin:
        return None
    fil = Path(spesifikasjon.origin)
    return fil.parent if spesifikasjon.submodule_search_locations else fil


def _last(sted: Pluginsted, grenser: Grenser) -> Erklaering | Oedelagt:
    prosess = Pluginprosess(sted, grenser)
    try:
        return prosess.last()
    except Pluginfeil as feil:
        return Oedelagt(sted=sted, feil=str(feil), klasse=feil.klasse)
    except Grensebrudd as brudd:
        return Oedelagt(sted=sted, feil=f"{brudd.kode}: {brudd}")
    finally:
        prosess.lukk()
