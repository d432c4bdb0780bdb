"""A plugin as its author has it: a module, and beside it the examples and the entry of the register they go by."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.produsentregister import Oppfoering, Pluginvalg, Produsentregister, les_register
from gateway.vertskap.erklaering import Pluginsted

PRODUSENTFIL = "produsent.yaml"
EKSEMPELMAPPE = "eksempler"


@dataclass(frozen=True, kw_only=True)
class Pluginpakke:
    """`modul` is what is imported, `mappe` the folder of the package, or of the module's file.

    `oppfoering` is the entry that the plugin serves: of `produsent.yaml` beside it, else of the produsentregister.
    """

    navn: str
    modul: str
    mappe: Path
    oppfoering: Oppfoering

    @property
    def sted(self) -> Pluginsted:
        """Where its process finds it, with its settings."""
        valg = self.oppfoering.plugin
        return Pluginsted(
            navn=self.navn,
            modul=self.modul,
            produsent=self.oppfoering.produsent.id,
            innstillinger=valg.innstillinger if valg else {},
        )

    def med(self, **innstillinger: Any) -> Pluginpakke:
        """The same with other settings: those that are named."""
        valg = self.oppfoering.plugin or Pluginvalg(navn=self.navn)
        andre = replace(valg, innstillinger={**valg.innstillinger, **innstillinger})
        return replace(self, oppfoering=replace(self.oppfoering, plugin=andre))

    @property
    def eksempelmappe(self) -> Path:
        return self.mappe / EKSEMPELMAPPE


def finn_pakke(navn: str, moduler: Mapping[str, str], register: Produsentregister) -> Pluginpakke:
    """The plugin of this name among the modules (name → module), or in the folder that `navn` is the path of.

    Raises Innstillingsfeil, with what to do.
    """
    if "/" in navn or (navn not in moduler and Path(navn).is_dir()):
        return pakke_i(Path(navn), register)
    if navn not in moduler:
        kjente = ", ".join(sorted(moduler)) or "none"
        raise Innstillingsfeil(
            f"plugin {navn}: is not found; these are: {kjente}. Give the path of its folder where it is not installed."
        )
    return _pakke(navn, moduler[navn], register)


def pakke_i(mappe: Path, register: Produsentregister | None = None) -> Pluginpakke:
    """The plugin whose package is this folder; it is made importable as it would be installed. Raises Innstillingsfeil.

    A folder within a package (`plugins/tiltak`) is imported by its whole name.
    """
    mappe = mappe.resolve()
    if not (mappe / "__init__.py").is_file():
        raise Innstillingsfeil(f"{mappe}: holds no plugin; give the folder with its __init__.py")
    ledd, rot = [mappe.name], mappe.parent
    while (rot / "__init__.py").is_file():
        ledd, rot = [rot.name, *ledd], rot.parent
    if str(rot) not in sys.path:
        sys.path.append(str(rot))
    return _pakke(mappe.name, ".".join(ledd), register or Produsentregister([]))


def _pakke(navn: str, modul: str, register: Produsentregister) -> Pluginpakke:
    spesifikasjon = find_spec(modul)
    if spesifikasjon is None or not spesifikasjon.origin:
        raise Innstillingsfeil(f"plugin {navn}: there is no module {modul}; correct the entry point, or install it")
    mappe = Path(spesifikasjon.origin).parent
    fil = mappe / PRODUSENTFIL
    oppfoeringer = (les_register(fil) if fil.is_file() else register).oppfoeringer.values()
    mulige = [ett for ett in oppfoeringer if ett.plugin and ett.plugin.navn == navn]
    if not mulige:
        hvor = fil if fil.is_file() else "the produsentregister"
        raise Innstillingsfeil(
            f"plugin {navn}: no producer of {hvor} has it; name it there, as `plugin: {{navn: {navn}}}`"
        )
    return Pluginpakke(navn=navn, modul=modul, mappe=mappe, oppfoering=mulige[0])
