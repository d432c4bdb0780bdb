"""What a fuzzer of bytes feeds the verifiers: a byte for the scheme, then headers, an empty line, and the body.

`:sti` among the headers is what follows the source in the path; `:claims` is what the issuer signs a token of, so that
what is read behind a right signature is fuzzed too.
"""

from __future__ import annotations

import json
from pathlib import Path

from gateway.plugin import Anmodning
from tests.fuzz.ordningene import KROPPER, OPPSETT, claims, ekte, utsted

KORPUS = Path(__file__).parent / "korpus" / "signaturer"
STI, CLAIMS = ":sti", ":claims"


def skriv(nr: int, anmodning: Anmodning) -> bytes:
    """A request as an input."""
    hoder = dict(anmodning.hoder)
    if anmodning.hemmelig_sti is not None:
        hoder[STI] = anmodning.hemmelig_sti
    hode = "".join(f"{navn}: {verdi}\n" for navn, verdi in hoder.items())
    return bytes([nr]) + hode.encode("utf-8", "surrogateescape") + b"\n" + anmodning.kropp


def les(data: bytes) -> tuple[int, Anmodning]:
    """The number of the scheme, and the request, of any input."""
    nr, resten = data[0] % len(OPPSETT) if data else 0, b"\n" + data[1:]
    hode, _, kropp = resten.partition(b"\n\n")
    hoder: dict[str, str] = {}
    for linje in hode.decode("utf-8", "surrogateescape").split("\n"):
        navn, kolon, verdi = linje.partition(": ")
        if kolon:
            # As the way in joins what was sent twice.
            hoder[navn.lower()] = f"{hoder[navn.lower()]},{verdi}" if navn.lower() in hoder else verdi
    if CLAIMS in hoder:
        hoder["authorization"] = f"Bearer {utsted(hoder.pop(CLAIMS).encode('utf-8', 'surrogateescape'))}"
    return nr, Anmodning(hemmelig_sti=hoder.pop(STI, None), hoder=hoder, kropp=kropp)


def skriv_froe(mappe: Path = KORPUS) -> None:
    """What a fuzzer begins with: the requests that each source would send."""
    mappe.mkdir(parents=True, exist_ok=True)
    for nr, oppsett in enumerate(OPPSETT):
        for antall, kropp in enumerate(KROPPER):
            (mappe / f"froe-{nr:02}-{oppsett.navn}-{antall}").write_bytes(skriv(nr, ekte(oppsett, kropp)))
        if oppsett.navn == "jwt":
            hode = f"{CLAIMS}: {json.dumps(claims())}\n\n".encode()
            (mappe / f"froe-{nr:02}-{oppsett.navn}-claims").write_bytes(bytes([nr]) + hode)
