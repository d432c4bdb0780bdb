"""Networks and addresses: who calls, and whether from where it may."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

Nett = ipaddress.IPv4Network | ipaddress.IPv6Network


def les_nett(tekst: str) -> Nett:
    """Read `10.1.0.0/16`, `2001:db8::/32` or one address. Raises ValueError, with what to give."""
    try:
        return ipaddress.ip_network(tekst)
    except ValueError:
        raise ValueError(
            "must be a network such as 10.1.0.0/16 or 2001:db8::/32, with no bits set behind its length; or an address"
        ) from None


def er_i(adresse: str, nett: Iterable[Nett]) -> bool:
    """Whether the address is in one of the networks; text that is no address is in none."""
    try:
        funnet = ipaddress.ip_address(adresse)
    except ValueError:
        return False
    if isinstance(funnet, ipaddress.IPv6Address) and funnet.ipv4_mapped:
        funnet = funnet.ipv4_mapped
    return any(funnet in ett for ett in nett)


def klientadresse(direkte: str, videresendt: str, proxyer: Sequence[Nett]) -> str:
    """The address of the caller: the one that calls, or where that is a proxy that is trusted, the one it names.

    `videresendt` is X-Forwarded-For, to which each proxy adds the one that called it: the last that is no trusted
    proxy is the caller. What stands before it anybody may have written.
    """
    if not er_i(direkte, proxyer):
        return direkte
    ledd = [ett.strip() for ett in videresendt.split(",") if ett.strip()]
    return next((ett for ett in reversed(ledd) if not er_i(ett, proxyer)), direkte)
