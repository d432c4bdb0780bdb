"""What a plugin would declare, without one."""

from __future__ import annotations

from gateway.plugin import Hendelsestype
from gateway.vertskap.erklaering import Erklaering


def erklaert(produsent: str, *typer: Hendelsestype) -> Erklaering:
    """Versions of a type are given the newest first."""
    alle: dict[str, tuple[Hendelsestype, ...]] = {}
    for ett in typer:
        alle[ett.navn] = (*alle.get(ett.navn, ()), ett)
    return Erklaering(navn="demo", versjon="1", produsent=produsent, typer=alle)
