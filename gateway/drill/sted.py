"""The place of a drill: a whole gateway in `prod`, in processes of its own, with a proxy before each neighbour."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

from redis import Redis

from gateway.bench.last import VERT
from gateway.dev.prosess import Barn
from gateway.dev.valkey import sokkel as valkeysokkel
from gateway.dev.valkey import startet_valkey
from gateway.drill import postgres as pg
from gateway.drill.forstyrrer import Forstyrrer
from gateway.drill.loekke import Loekke, loekke
from gateway.drill.naboer import AUDIENCE, PERSON_UTSTEDER, PRODUSENT_UTSTEDER, Postmottak, Utsteder
from gateway.drill.proever import Maal, svarer
from gateway.drill.vent import vent_til
from gateway.oppsett.innstillinger import Innstillinger

KLAR_INNEN_SEKUNDER = 90.0
SLUTT_INNEN_SEKUNDER = 10.0
APPLIKASJON = "dev-gcp:drill:drill-app"
KILDE = "permittering"
MERKELAPP = "Drill"
RESSURS = "nav_drill"
WEBER = ("web1", "web2")
PRODUSENTER = f"""\
- id: permittering
  applikasjoner: ["dev-gcp:permittering:permittering-api"]
  merkelapper: [Nedbemanning, Permittering, "Innskrenking av arbeidstid"]
  mottakere:
    ressurser: [nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger]
    naermesteLeder: false
  vilkaarGodkjent: {{versjon: "2026-01", dato: 2026-01-15}}
  plugin: {{navn: permittering, innstillinger: {{lenke: "https://drill.example/"}}}}
- id: drill
  applikasjoner: ["{APPLIKASJON}"]
  merkelapper: [{MERKELAPP}]
  mottakere: {{ressurser: [{RESSURS}], naermesteLeder: false}}
  vilkaarGodkjent: {{versjon: "2026-01", dato: 2026-01-15}}
"""
KILDER = f"""\
- {{navn: {KILDE}, produsent: permittering, adapter: github, hemmeligheter: ["env:DRILL_HEMMELIGHET"],
   type: type, id: id, noekkel: id}}
"""


@dataclass
class Sted:
    """What stands in one place, and all that a fault may lay hands on."""

    mappe: Path
    miljoe: Mapping[str, str]
    nett: Loekke
    postgres: pg.Postgres
    redis: Redis
    utsteder: Utsteder
    post: Postmottak
    foran_postgres: Forstyrrer
    foran_redis: Forstyrrer
    foran_smtp: Forstyrrer
    foran_jwks: Forstyrrer
    hemmelighet: str
    prosesser: dict[str, Barn] = field(default_factory=dict)
    maal: list[Maal] = field(default_factory=list)
    # What was seen on the way: told in the report, and what was against a promise.
    sett: list[str] = field(default_factory=list)
    brutt: list[str] = field(default_factory=list)

    @property
    def porter(self) -> list[int]:
        """The ports that clients use, in turn."""
        return [ett.port for ett in self.maal if ett.navn in WEBER]

    def start(self, navn: str, kommando: str, **miljoe: str) -> Barn:
        """Start one more process of the gateway; its output goes to a file of its name."""
        barn = Barn(navn, [sys.executable, "-m", "gateway", kommando], {**self.miljoe, **miljoe}, til_fil(self.mappe))
        barn.start()
        self.prosesser[navn] = barn
        return barn

    def start_igjen(self, navn: str) -> None:
        """Start a process anew that was stopped, as it was."""
        gammel = self.prosesser[navn]
        ny = Barn(navn, gammel.kommando, gammel.miljoe, gammel.skriv)
        ny.start()
        self.prosesser[navn] = ny

    def pid(self, navn: str) -> int:
        """Its process id. Raises RuntimeError when it does not run now."""
        pid = self.prosesser[navn].pid
        if pid is None:
            raise RuntimeError(f"{navn} does not run")
        return pid

    def kommando(self, *argumenter: str, mappe: Path | None = None, **miljoe: str) -> subprocess.Popen[str]:
        """A `gateway` command beside them, of the source in `mappe` if given, that nobody starts again."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "gateway", *argumenter],
            cwd=mappe,
            env={**os.environ, **self.miljoe, **miljoe},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def logg(self, navn: str) -> list[str]:
        """What a process has written."""
        fil = self.mappe / f"{navn}.log"
        return fil.read_text(encoding="utf-8", errors="replace").splitlines() if fil.exists() else []

    def stopp(self) -> None:
        """Stop all processes of the gateway, at once."""
        traader = [threading.Thread(target=barn.stopp) for barn in self.prosesser.values()]
        for traad in traader:
            traad.start()
        for traad in traader:
            traad.join()


def til_fil(mappe: Path) -> Callable[[str, str], None]:
    """Where a process's lines go: to the end of a file of its name."""
    laas = threading.Lock()

    def skriv(navn: str, linje: str) -> None:
        with laas, (mappe / f"{navn}.log").open("a", encoding="utf-8") as fil:
            fil.write(f"{linje}\n")

    return skriv


@contextmanager
def oppsatt(web_prosesser: int = 1) -> Iterator[Sted]:
    """Set the place up with two web processes, a worker and a scheduler, and wait until they are ready.

    Raises RuntimeError, with what they wrote, when they are not.
    """
    with ExitStack() as stabel:
        mappe = Path(stabel.enter_context(tempfile.TemporaryDirectory(prefix="gateway-drill-")))
        nett = stabel.enter_context(loekke("nett"))
        postgres = stabel.enter_context(pg.startet(mappe / "postgres"))
        redis_url = stabel.enter_context(startet_valkey(mappe / "valkey", til_fil(mappe)))
        utsteder, post = Utsteder(), Postmottak()
        nett.gjoer(utsteder.server_noekler())
        nett.gjoer(post.ta_imot())
        foran = [
            nett.gjoer(Forstyrrer(til).start())
            for til in (postgres.sokkel, valkeysokkel(mappe / "valkey"), post.port, utsteder.port)
        ]
        hemmelighet = secrets.token_hex(16)
        sted = Sted(
            mappe=mappe,
            miljoe=_miljoe(mappe, *(ett.port for ett in foran), hemmelighet=hemmelighet),
            nett=nett,
            postgres=postgres,
            redis=stabel.enter_context(Redis.from_url(redis_url)),
            utsteder=utsteder,
            post=post,
            foran_postgres=foran[0],
            foran_redis=foran[1],
            foran_smtp=foran[2],
            foran_jwks=foran[3],
            hemmelighet=hemmelighet,
        )
        _krev_vellykket(sted.kommando("migrate"))
        stabel.callback(sted.stopp)
        _start_alle(sted, web_prosesser)
        yield sted


def _start_alle(sted: Sted, web_prosesser: int) -> None:
    for navn in WEBER:
        port, intern = ledig_port(), ledig_port()
        sted.start(navn, "web", PORT=str(port), INTERN_PORT=str(intern), WEB_PROSESSER=str(web_prosesser))
        sted.maal.append(Maal(navn, port))
    for navn in ("worker", "scheduler"):
        port = ledig_port()
        sted.start(navn, navn, INTERN_PORT=str(port))
        if _har_intern_port():
            sted.maal.append(Maal(navn, port))
    for maal in sted.maal:
        if not vent_til(lambda maal=maal: svarer(maal, "/internal/isready"), KLAR_INNEN_SEKUNDER):  # type: ignore[misc]
            utskrift = "\n".join(sted.logg(maal.navn)[-30:])
            raise RuntimeError(f"{maal.navn} does not become ready; it wrote:\n{utskrift}")


def _har_intern_port() -> bool:
    return any(felt.metadata["variabel"] == "INTERN_PORT" for felt in fields(Innstillinger))


def ledig_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.create_server((VERT, 0)) as sokkel:
        return int(sokkel.getsockname()[1])


def _krev_vellykket(prosess: subprocess.Popen[str]) -> None:
    utskrift, _ = prosess.communicate()
    if prosess.returncode:
        raise RuntimeError(f"`gateway migrate` ended with {prosess.returncode}; it wrote:\n{utskrift}")


def _miljoe(mappe: Path, postgres: int, redis: int, smtp: int, jwks: int, *, hemmelighet: str) -> dict[str, str]:
    """The settings of every process of the place: those of `prod`."""
    for navn, innhold in (("produsenter", PRODUSENTER), ("kilder", KILDER)):
        (mappe / f"{navn}.yaml").write_text(innhold, encoding="utf-8")
    return {
        "MILJOE": "prod",
        "GATEWAY_UTEN_VENV": "1",  # this Python has what is needed, or we should not be here
        "PYTHONUNBUFFERED": "1",
        "GATEWAY_DATA": str(mappe / "data"),
        "HOST": VERT,
        "DATABASE_URL": f"postgresql://postgres@{VERT}:{postgres}/{pg.DATABASE}",
        "REDIS_URL": f"redis://{VERT}:{redis}/0",
        "REDIS_UTEN_VERN": "a drill, on loopback",
        "SMTP_URL": f"smtp://{VERT}:{smtp}",
        "PRODUSENTER": str(mappe / "produsenter.yaml"),
        "KILDER": str(mappe / "kilder.yaml"),
        "DRILL_HEMMELIGHET": hemmelighet,
        "HEMMELIG_NOEKKEL": secrets.token_hex(32),
        "PRODUSENT_UTSTEDER": PRODUSENT_UTSTEDER,
        "PRODUSENT_JWKS_URL": f"http://{VERT}:{jwks}/jwks",
        "PRODUSENT_AUDIENCE": AUDIENCE,
        "PERSON_UTSTEDER": PERSON_UTSTEDER,
        "PERSON_JWKS_URL": f"http://{VERT}:{jwks}/jwks",
        "PERSON_AUDIENCE": AUDIENCE,
        "DRIFT_APPLIKASJONER": APPLIKASJON,
    }
