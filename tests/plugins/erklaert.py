"""What a plugin would declare, without one."""

from __future__ import annotations

from types import MappingProxyType

from gateway.plugin import Hendelsestype
from gateway.vertskap.erklaering import Erklaering


def erklaert(produsent: str, *typer: Hendelsestype) -> Erklaering:
    return Erklaering(
        navn="demo",
        versjon="1",
        produsent=produsent,
        har_noekkel=False,
        hendelsestyper=MappingProxyType({ett.navn: ett for ett in typer}),
    )
