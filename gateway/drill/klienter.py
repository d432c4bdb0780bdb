"""The clients of a drill: so many requests a second, each sent again until it is taken or refused for good.

Every client gives up an answer after a second. What was acknowledged is remembered, to be asked for in the end.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from gateway.api.webhooks import EKSEMPEL
from gateway.bench.oppgave import OPPGAVE
from gateway.drill.http import Svar, Uteblitt, melding, send
from gateway.drill.sted import KILDE, MERKELAPP, RESSURS

PER_SEKUND = 50
FRIST_SEKUNDER = 1.0
# A client that was turned away waits as it was told, or about this long.
PAUSE_SEKUNDER = 0.5
LENGSTE_PAUSE_SEKUNDER = 5.0
# So many clients there are; a request that finds none free waits for one, and its wait counts.
SAMTIDIGE = 200
JSON = "application/json"


class Slag(StrEnum):
    OPPGAVE = "oppgave"
    WEBHOOK = "webhook"
    LESING = "lesing"


# Ten requests in a row. The first oppgave of each ten orders an e-mail.
BLANDING = (
    Slag.OPPGAVE,
    Slag.WEBHOOK,
    Slag.LESING,
    Slag.WEBHOOK,
    Slag.OPPGAVE,
    Slag.OPPGAVE,
    Slag.WEBHOOK,
    Slag.LESING,
    Slag.WEBHOOK,
    Slag.OPPGAVE,
)


@dataclass(frozen=True)
class Bestilling:
    """What one client wants done, and the request that says so; the same one each time that it is sent."""

    slag: Slag
    noekkel: str
    foresporsel: bytes
    mottaker: str = ""


@dataclass(frozen=True)
class Forsoek:
    """One time that a request was sent: when it ended, how long it took, and what came of it."""

    slag: Slag
    til: float
    sekunder: float
    utfall: int | Uteblitt

    @property
    def nyttig(self) -> bool:
        return isinstance(self.utfall, int) and 200 <= self.utfall < 300


@dataclass(frozen=True)
class Kvittering:
    """What was acknowledged, the gateway's id of it, and how long its client had to wait for that in all."""

    bestilling: Bestilling
    id: str
    til: float
    ventet: float


@dataclass
class Klienter:
    """All clients. Lives in one event loop, except that its results may be read once they are done."""

    porter: Sequence[int]
    token: Callable[[], str]
    hemmelighet: str
    per_sekund: int = PER_SEKUND
    loep: str = field(default_factory=lambda: secrets.token_hex(4))
    forsoek: list[Forsoek] = field(default_factory=list)
    kvittert: list[Kvittering] = field(default_factory=list)
    # Refused for good, or never answered: none of these should be.
    avvist: list[tuple[Slag, int, str]] = field(default_factory=list)
    ubesvart: list[Bestilling] = field(default_factory=list)
    _neste_port: int = 0
    _stopp: bool = False
    _gi_opp: bool = False

    async def gaa(self) -> None:
        """Send until `stopp`; ends when all are through, or have given up."""
        ledige = asyncio.Semaphore(SAMTIDIGE)
        start, nummer = time.time(), 0
        async with asyncio.TaskGroup() as gruppe:
            while not self._stopp:
                til = start + nummer / self.per_sekund
                await asyncio.sleep(max(0.0, til - time.time()))
                gruppe.create_task(self._til_den_er_gjennom(self._bestilling(nummer), til, ledige))
                nummer += 1

    async def stopp(self) -> None:
        """Begin nothing new."""
        self._stopp = True

    async def gi_opp(self) -> None:
        """Send nothing again."""
        self._gi_opp = True

    async def _til_den_er_gjennom(self, bestilling: Bestilling, fra: float, ledige: asyncio.Semaphore) -> None:
        async with ledige:
            while not self._gi_opp:
                startet = time.time()
                svar = await send(self._port(), bestilling.foresporsel, FRIST_SEKUNDER)
                naa = time.time()
                utfall = svar.status if isinstance(svar, Svar) else svar
                ett = Forsoek(bestilling.slag, naa, naa - startet, utfall)
                self.forsoek.append(ett)
                if isinstance(svar, Svar) and ett.nyttig:
                    self.kvittert.append(Kvittering(bestilling, _id(svar), naa, naa - fra))
                    return
                if isinstance(svar, Svar) and _for_godt(svar.status):
                    self.avvist.append((bestilling.slag, svar.status, _kode(svar)))
                    return
                await asyncio.sleep(_pause(svar))
            self.ubesvart.append(bestilling)

    def _port(self) -> int:
        """The next one: a client that tries again goes to the other process, as through a load balancer."""
        self._neste_port += 1
        return self.porter[self._neste_port % len(self.porter)]

    def _bestilling(self, nummer: int) -> Bestilling:
        slag, noekkel = BLANDING[nummer % len(BLANDING)], f"{self.loep}-{nummer}"
        if slag is Slag.WEBHOOK:
            return self._webhook(noekkel)
        if slag is Slag.LESING:
            return self._lesing(noekkel)
        return self._oppgave(noekkel, med_epost=nummer % len(BLANDING) == 0)

    def _oppgave(self, noekkel: str, *, med_epost: bool) -> Bestilling:
        kropp: dict[str, Any] = {
            **OPPGAVE,
            "merkelapp": MERKELAPP,
            "mottakere": [{"altinnRessurs": {"ressursId": RESSURS}}],
            "eksternId": noekkel,
        }
        mottaker = f"{noekkel}@drill.example" if med_epost else ""
        if mottaker:
            kropp["eksterneVarsler"] = [
                {
                    "epost": {
                        "mottaker": {"kontaktinfo": {"epostadresse": mottaker}},
                        "epostTittel": "Ny oppgave",
                        "epostHtmlBody": "<p>Du har en ny oppgave.</p>",
                        "sendetidspunkt": {"sendevindu": "LOEPENDE"},
                    }
                }
            ]
        foresporsel = melding("POST", "/api/v1/oppgaver", self._hoder(noekkel), json.dumps(kropp).encode())
        return Bestilling(Slag.OPPGAVE, noekkel, foresporsel, mottaker)

    def _webhook(self, noekkel: str) -> Bestilling:
        kropp = json.dumps({**EKSEMPEL, "id": noekkel}, ensure_ascii=False).encode()
        signatur = hmac.digest(self.hemmelighet.encode(), kropp, "sha256").hex()
        hoder = {"Content-Type": JSON, "X-Hub-Signature-256": f"sha256={signatur}"}
        return Bestilling(Slag.WEBHOOK, noekkel, melding("POST", f"/webhooks/{KILDE}", hoder, kropp))

    def _lesing(self, noekkel: str) -> Bestilling:
        """Read an oppgave that was acknowledged; a page of them before any was."""
        laget = [ett.bestilling.noekkel for ett in self.kvittert[-20:] if ett.bestilling.slag is Slag.OPPGAVE]
        if laget:
            spoerring = urlencode({"merkelapp": MERKELAPP, "eksternId": laget[0]})
            sti = f"/api/v1/oppgaver/med-ekstern-id?{spoerring}"
        else:
            sti = f"/api/v1/notifikasjoner?{urlencode({'merkelapp': MERKELAPP})}"
        return Bestilling(Slag.LESING, noekkel, melding("GET", sti, self._hoder(noekkel)))

    def _hoder(self, noekkel: str) -> dict[str, str]:
        return {"Content-Type": JSON, "Authorization": f"Bearer {self.token()}", "X-Correlation-ID": noekkel}


def _for_godt(status: int) -> bool:
    """Whether the answer says never to send it again."""
    return 400 <= status < 500 and status not in (408, 425, 429)


def _pause(svar: Svar | Uteblitt) -> float:
    sagt = svar.hoder.get("retry-after", "") if isinstance(svar, Svar) else ""
    sekunder = float(sagt) if sagt.isdigit() else PAUSE_SEKUNDER
    return min(sekunder, LENGSTE_PAUSE_SEKUNDER) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter


def _id(svar: Svar) -> str:
    try:
        return str(json.loads(svar.kropp).get("id", ""))
    except (ValueError, AttributeError):
        return ""


def _kode(svar: Svar) -> str:
    try:
        return str(json.loads(svar.kropp).get("kode", ""))
    except (ValueError, AttributeError):
        return ""
