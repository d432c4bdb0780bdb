"""All examples of a plugin at once, and whether each version of each of its types has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.verktoey.eksempler import finn_eksempler, les_eksempel
from gateway.verktoey.proeving import Proevd, Proeving
from gateway.vertskap.skjema import eksempelfeil


@dataclass(frozen=True, kw_only=True)
class Utproeving:
    """What came of each example, and what is missing among them, in words."""

    proevd: Sequence[Proevd]
    mangler: Sequence[str]

    @property
    def noe_er_galt(self) -> bool:
        return bool(self.mangler) or not all(ett.stemmer for ett in self.proevd)


def proev_alle(pluginen: Proeving) -> Utproeving:
    """Map every example beside the plugin. Raises Innstillingsfeil when the plugin, or a file, cannot be read."""
    mappe = pluginen.pakke.eksempelmappe
    eksempler = [les_eksempel(fil) for fil in finn_eksempler(mappe)]
    proevd = [pluginen.proev(ett) for ett in eksempler]
    sett = {(ett.funnet["type"], versjon) for ett in proevd for versjon in [_versjon(pluginen, ett)] if versjon}
    mangler = [
        f"{ett.eksempel.fil.name} has no {ett.eksempel.ventetfil.name} beside it; "
        "`gateway plugin proev … --skriv` writes one"
        for ett in proevd
        if ett.ventet is None
    ]
    mangler += [
        f"no example of {type_.navn}, version {type_.versjon}; put one in {mappe}"
        for versjoner in pluginen.erklaering.typer.values()
        for type_ in versjoner
        if (type_.navn, type_.versjon) not in sett
    ]
    return Utproeving(proevd=proevd, mangler=mangler)


def _versjon(pluginen: Proeving, proevd: Proevd) -> int | None:
    """The version that an example is of: the newest whose schema it follows; None for none."""
    versjoner = pluginen.erklaering.typer[proevd.funnet["type"]]
    return next((ett.versjon for ett in versjoner if not eksempelfeil(ett.skjema, proevd.eksempel.data)), None)
