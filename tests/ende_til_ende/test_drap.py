"""SIGKILL of any process at any moment, and FLUSHALL: nothing acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from gateway.inbox.inntak import Hendelsestilstand
from gateway.store.database import Database, aapne
from gateway.store.tabeller import Hendelse, Logg, Notifikasjon, Sak, SakStatus, Varsel
from tests.ende_til_ende.kjoerende import Kjoerende, kjoerende_gateway, vent_til
from tests.verden import melding

DREPES = ("web", "worker", "scheduler", "valkey")
RUNDER = 3
SENDERE = 3
PLUKKET_OPP_INNEN = 30.0
HEMMELIGHET = b"permittering-dev-hemmelighet"


@dataclass
class Last:
    """Senders that go on until they are told to stop, and ask again until they are answered, as real ones do."""

    gateway: Kjoerende
    token: str
    slutt: threading.Event = field(default_factory=threading.Event)
    permitteringer: list[str] = field(default_factory=list)
    forespoersler: list[str] = field(default_factory=list)
    _sendere: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(SENDERE))
    _arbeid: list[Future[None]] = field(default_factory=list)

    def start(self) -> None:
        self._arbeid = [self._sendere.submit(self._send, nummer) for nummer in range(SENDERE)]

    def stopp(self) -> None:
        """Stop the senders when they have their last answer. Raises what any of them met."""
        self.slutt.set()
        self._sendere.shutdown()
        for arbeid in self._arbeid:
            arbeid.result()

    def _send(self, nummer: int) -> None:
        for runde in itertools.count():
            if self.slutt.is_set():
                return
            if (runde + nummer) % 2:
                self._permittering()
            else:
                self._inntektsmelding()
            self.slutt.wait(0.05)  # load, but not more than one worker on a small machine gets done

    def _permittering(self) -> None:
        id_ = str(uuid.uuid4())
        kropp = json.dumps({**melding("permittering/masseoppsigelse"), "id": id_}).encode()
        signatur = hmac.new(HEMMELIGHET, kropp, hashlib.sha256).hexdigest()
        self._til_bekreftet(
            "/webhooks/permittering",
            kropp,
            {"X-Hub-Signature-256": f"sha256={signatur}", "Content-Type": "application/json"},
        )
        self.permitteringer.append(id_)

    def _inntektsmelding(self) -> None:
        data = melding("inntektsmelding/1_opprett")
        forespoersel = str(uuid.uuid4())
        data["@id"], data["data"]["forespoersel_id"] = str(uuid.uuid4()), forespoersel
        hendelse = {
            "specversion": "1.0",
            "type": data["@event_name"],
            "source": "draptest",
            "id": data["@id"],
            "data": data,
        }
        self._til_bekreftet(
            "/api/v1/hendelser",
            json.dumps(hendelse).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/cloudevents+json"},
        )
        self.forespoersler.append(forespoersel)

    def _til_bekreftet(self, sti: str, kropp: bytes, hoder: dict[str, str]) -> None:
        frist = time.monotonic() + 60
        while True:
            try:
                svar = self.gateway.kall("POST", sti, kropp, hoder)
            except OSError:
                svar = None
            if svar is not None and svar.status in (200, 202):
                return
            assert svar is None or svar.status == 503, svar
            assert time.monotonic() < frist, f"{sti} was not answered within a minute"
            self.slutt.wait(0.1) if not self.slutt.is_set() else threading.Event().wait(0.1)


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_ingenting_bekreftet_gaar_tapt_og_ingenting_skjer_to_ganger(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    url = request.getfixturevalue("egen_postgres_url") if slag == "postgresql" else f"sqlite:///{data / 'gateway.db'}"
    with kjoerende_gateway(data, url) as gateway:
        database = aapne(url)
        last = Last(gateway, gateway.kommando("token", "produsent", "dev-gcp:helsearbeidsgiver:im-notifikasjon"))
        last.start()
        _drep_om_hverandre(gateway, last)
        siste_drap = time.monotonic()
        last.stopp()

        vent_til(lambda: _alt_er_gjort(database, last), sekunder=PLUKKET_OPP_INNEN, hva="all events and varsler done")
        assert time.monotonic() - siste_drap < PLUKKET_OPP_INNEN
        assert last.permitteringer
        assert last.forespoersler
        _en_gang_hver(database, last)
        _epost_en_gang_hver(database, gateway)
        database.lukk()


def _drep_om_hverandre(gateway: Kjoerende, last: Last) -> None:
    tilfeldig = random.Random(7214)
    for _ in range(RUNDER):
        for navn in tilfeldig.sample(DREPES, len(DREPES)):
            foer = len(last.permitteringer) + len(last.forespoersler)
            vent_til(lambda navn=navn: gateway.drep(navn), sekunder=20, hva=f"a {navn} to kill")
            # The load must have come through since, or nothing was killed under load.
            vent_til(
                lambda foer=foer: len(last.permitteringer) + len(last.forespoersler) > foer + 20,
                sekunder=40,
                hva=f"acknowledgements after {navn} was killed",
            )
        vent_til(lambda: _toem_redis(gateway), sekunder=20, hva="FLUSHALL")


def _toem_redis(gateway: Kjoerende) -> bool:
    try:
        return bool(Redis.from_url(f"unix://{gateway.data / 'valkey' / 'valkey.sock'}").flushall())
    except RedisError:
        return False


def _alt_er_gjort(database: Database, last: Last) -> bool:
    with database.tilkobling():
        behandlet = Hendelse.select().where(Hendelse.tilstand == Hendelsestilstand.BEHANDLET).count()
        venter = Varsel.select().where(Varsel.neste_forsoek.is_null(False)).count()
    return behandlet == len(last.permitteringer) + len(last.forespoersler) and venter == 0


def _en_gang_hver(database: Database, last: Last) -> None:
    ventet = Counter(last.permitteringer + last.forespoersler)
    with database.tilkobling():
        assert Counter(sak.grupperingsid for sak in Sak.select()) == ventet
        assert Counter(ett.ekstern_id for ett in Notifikasjon.select()) == Counter(last.forespoersler)
        assert set(Counter(status.sak_id for status in SakStatus.select()).values()) == {1}
        opprettet = Logg.select().where(Logg.hva == "NySak")
        assert set(Counter(innslag.sak_id for innslag in opprettet).values()) == {1}
        assert opprettet.count() == len(ventet)
        assert Hendelse.select().count() == len(ventet)


def _epost_en_gang_hver(database: Database, gateway: Kjoerende) -> None:
    """The catcher honours the idempotency id, as a channel should: one mail for each varsel that says SENDT."""
    with database.tilkobling():
        sendt = {str(ett.id) for ett in Varsel.select().where(Varsel.type == "EPOST", Varsel.status == "SENDT")}
        assert Varsel.select().where(Varsel.type == "EPOST", ~Varsel.til_paaminnelse).count() == len(sendt)
    fanget = Counter(
        linje.split("<", 1)[1].split("@", 1)[0]
        for fil in (gateway.data / "epost").glob("*.eml")
        for linje in fil.read_text(errors="replace").splitlines()
        if linje.lower().startswith("message-id:")
    )
    assert set(fanget) == sendt
    assert set(fanget.values()) == {1}
