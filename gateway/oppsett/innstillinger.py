"""Every setting of the gateway, with its environment variable, type, default and meaning.

Read once at start by `les_innstillinger`; a wrong or missing value stops the start, with the variable and the remedy.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values

KORTESTE_NOEKKEL = 32
LENGSTE_SEKUNDER = 3600
MINSTE_MINNE_MB = 64  # what the process holds before it has a plugin, and some
STOERSTE_MINNE_MB = 1 << 20
INTERN_PORT_I_PROD = 9090
KREVES_I_PROD = (
    "database_url",
    "redis_url",
    "smtp_url",
    "hemmelig_noekkel",
    "produsent_utsteder",
    "produsent_jwks_url",
    "produsent_audience",
    "person_utsteder",
    "person_jwks_url",
    "person_audience",
)
SKJEMAER = {
    "database_url": ("postgresql", "postgres", "sqlite"),
    "redis_url": ("redis", "rediss", "unix"),
    "smtp_url": ("smtp", "smtps"),
}
ENV_FIL = ".env"


class Miljoe(StrEnum):
    DEV = "dev"
    PROD = "prod"


class Innstillingsfeil(Exception):
    """The configuration cannot be used. The text has one line a fault, each naming the place and the remedy."""


def variabel(
    navn: str, mening: str, standard: Any, *, hemmelig: bool = False, fra: float = -math.inf, til: float = math.inf
) -> Any:
    """One setting: its environment variable, what it means, its default, and whether it must never be shown.

    A number is finite, and at least `fra` and at most `til`.
    """
    metadata = {"variabel": navn, "mening": mening, "hemmelig": hemmelig, "fra": fra, "til": til}
    return field(default=standard, metadata=metadata, repr=not hemmelig)


@dataclass(frozen=True, kw_only=True)
class Innstillinger:
    miljoe: Miljoe = variabel(
        "MILJOE", "`dev` or `prod`. What `dev` makes easy cannot be switched on in `prod`.", Miljoe.DEV
    )
    database_url: str = variabel(
        "DATABASE_URL", "`postgresql://…` or `sqlite:///…`; unset: `gateway.db` in the data folder.", "", hemmelig=True
    )
    database_forbind_sekunder: float = variabel(
        "DATABASE_FORBIND_SEKUNDER", "Seconds to wait for a new connection to PostgreSQL.", 3.0, fra=2, til=60
    )
    database_sekunder: float = variabel(
        "DATABASE_SEKUNDER",
        "Seconds that a statement or a transaction may take; then it is given up, and told as 503.",
        10.0,
        fra=0.5,
        til=LENGSTE_SEKUNDER,
    )
    database_laas_sekunder: float = variabel(
        "DATABASE_LAAS_SEKUNDER",
        "Seconds to wait for a row that others hold, or for a connection that others use.",
        2.0,
        fra=0.05,
        til=60,
    )
    redis_url: str = variabel(
        "REDIS_URL", "`redis://…`; unset: `gateway dev` starts an embedded server, `prod` refuses.", "", hemmelig=True
    )
    redis_uten_vern: str = variabel(
        "REDIS_UTEN_VERN",
        "Why Redis is reached in `prod` without TLS (`rediss://`) or without a password, in words; a Unix socket needs "
        "neither.",
        "",
    )
    data: Path = variabel("GATEWAY_DATA", "The data folder.", Path(".gateway"))
    host: str = variabel("HOST", "The address to listen on; in `prod` unset means 0.0.0.0.", "127.0.0.1")
    port: int = variabel("PORT", "The port to listen on.", 8080, fra=1, til=65535)
    intern_port: int = variabel(
        "INTERN_PORT",
        "The port on which worker and scheduler serve `/internal`, at HOST; 0: none. In `prod` unset means 9090. Give "
        "each its own where several share a machine.",
        0,
        fra=0,
        til=65535,
    )
    produsenter: Path = variabel("PRODUSENTER", "The produsentregister.", Path("config/produsenter.yaml"))
    kilder: Path = variabel("KILDER", "The webhook sources.", Path("config/kilder.yaml"))
    personer: Path = variabel("PERSONER", "The test persons; `dev` only.", Path("config/personer.yaml"))
    smtp_url: str = variabel(
        "SMTP_URL",
        "`smtp://host:port` or `smtps://user:password@host:port`; unset in `dev`: the mail catcher.",
        "",
        hemmelig=True,
    )
    epost_avsender: str = variabel("EPOST_AVSENDER", "The sender address of e-mail varsler.", "ikke-svar@nav.no")
    hemmelig_noekkel: str = variabel(
        "HEMMELIG_NOEKKEL",
        "The key of hashes and session cookies, 32 characters or more; unset in `dev`: made once and kept in the "
        "data folder. Changing it forgets who has read what, and which grupperingsider were deleted.",
        "",
        hemmelig=True,
    )
    produsent_utsteder: str = variabel("PRODUSENT_UTSTEDER", "The issuer (`iss`) of producers' tokens.", "")
    produsent_jwks_url: str = variabel("PRODUSENT_JWKS_URL", "Where the keys of that issuer are.", "")
    produsent_audience: str = variabel("PRODUSENT_AUDIENCE", "The audience (`aud`) that producers' tokens name.", "")
    person_utsteder: str = variabel("PERSON_UTSTEDER", "The issuer (`iss`) of employers' tokens.", "")
    person_jwks_url: str = variabel("PERSON_JWKS_URL", "Where the keys of that issuer are.", "")
    person_audience: str = variabel("PERSON_AUDIENCE", "The audience (`aud`) that employers' tokens name.", "")
    drift_applikasjoner: tuple[str, ...] = variabel(
        "DRIFT_APPLIKASJONER", "Applications (`azp_name`), comma-separated, whose tokens open `/drift` in `prod`.", ()
    )
    plugins: tuple[str, ...] = variabel(
        "PLUGINS", "Plugins that may load, comma-separated; `*`: all that are found.", ("*",)
    )
    strenge_plugins: bool = variabel("STRENGE_PLUGINS", "`1`: a broken plugin stops the start (CI).", False)
    oversett_sekunder: float = variabel(
        "OVERSETT_SEKUNDER",
        "Seconds that a plugin's mapping of one event may take before it is stopped.",
        2.0,
        fra=0.001,
        til=LENGSTE_SEKUNDER,
    )
    web_traader: int = variabel(
        "WEB_TRAADER", "Threads that serve requests, and database connections, a process.", 8, fra=1, til=256
    )
    plugin_lastesekunder: float = variabel(
        "PLUGIN_LASTESEKUNDER",
        "Seconds that a plugin may take to be imported and to declare its event types.",
        10.0,
        fra=0.001,
        til=LENGSTE_SEKUNDER,
    )
    plugin_minne_mb: int = variabel(
        "PLUGIN_MINNE_MB",
        "MiB of memory that the process of a plugin may use, for one producer.",
        512,
        fra=MINSTE_MINNE_MB,
        til=STOERSTE_MINNE_MB,
    )
    plugin_kommandoer: int = variabel(
        "PLUGIN_KOMMANDOER", "The most kommandoer that a plugin may make of one event.", 1000, fra=1
    )
    varsel_levetid_timer: int = variabel(
        "VARSEL_LEVETID_TIMER",
        "Hours in which a varsel that fails is tried again, from when it could first be sent; a closed window does "
        "not count.",
        72,
        fra=1,
    )
    web_prosesser: int = variabel(
        "WEB_PROSESSER", "Processes of `gateway web` that serve requests; for SQLite one is best.", 1, fra=1, til=64
    )
    delt_port: bool = variabel(
        "DELT_PORT",
        "`1`: several `gateway web` may listen on the same port of one machine, and share what comes (Linux).",
        False,
    )
    maks_kropp: int = variabel("MAKS_KROPP", "The largest body of a request, in bytes.", 1024 * 1024, fra=1)
    hode_sekunder: float = variabel(
        "HODE_SEKUNDER",
        "Seconds in which the head of a request must come, and that a connection may lie idle: more than the proxy "
        "before the gateway keeps its own.",
        75.0,
        fra=0.1,
        til=LENGSTE_SEKUNDER,
    )
    kropp_sekunder: float = variabel(
        "KROPP_SEKUNDER", "Seconds in which the body of a request must come.", 10.0, fra=0.1, til=LENGSTE_SEKUNDER
    )
    kropper_per_adresse: int = variabel(
        "KROPPER_PER_ADRESSE",
        "Bodies under way from one source address, a process; beyond it the slowest is answered 429. Behind a proxy "
        "all have the proxy's address.",
        64,
        fra=1,
    )
    kropper: int = variabel(
        "KROPPER", "Bodies under way in all, a process; beyond it the slowest is answered 503.", 256, fra=1
    )
    ventende_forespoersler: int = variabel(
        "VENTENDE_FORESPOERSLER",
        "Requests that may wait for a thread, a process; beyond it 503 with Retry-After at once.",
        128,
        fra=1,
    )
    forespoersel_sekunder: float = variabel(
        "FORESPOERSEL_SEKUNDER",
        "Seconds that a request may wait for a thread before it is answered 503, and not carried out.",
        5.0,
        fra=0.1,
        til=LENGSTE_SEKUNDER,
    )
    forbindelser: int = variabel(
        "FORBINDELSER", "Connections that a web process holds at once; more wait outside.", 2048, fra=16, til=65536
    )

    @property
    def dev(self) -> bool:
        return self.miljoe is Miljoe.DEV

    def vis(self) -> list[tuple[str, str, str]]:
        """(variable, value in force, meaning) of every setting; secrets are hidden."""
        return [(felt.metadata["variabel"], self._vis_verdi(felt), felt.metadata["mening"]) for felt in fields(self)]

    def _vis_verdi(self, felt: Field[Any]) -> str:
        verdi = getattr(self, felt.name)
        if felt.metadata["hemmelig"]:
            return "(hidden)" if verdi else "(unset)"
        if isinstance(verdi, tuple):
            verdi = ",".join(verdi)
        return str(verdi) or "(unset)"


@dataclass(frozen=True)
class _Avvik:
    """What is wrong with the value of a setting. `raad` says what to give."""

    felt: Field[Any]
    raad: str


def les_innstillinger(variabler: Mapping[str, str] | None = None) -> Innstillinger:
    """Read the settings from `variabler`; by default from the environment, in `dev` with `.env` beneath it.

    Raises Innstillingsfeil with all faults at once.
    """
    miljoe = os.environ if variabler is None else variabler
    under = _les_env_fil() if variabler is None and miljoe.get("MILJOE", Miljoe.DEV) == Miljoe.DEV else {}
    gitt = {**under, **miljoe}
    avvik: list[_Avvik] = []
    verdier: dict[str, Any] = {}
    for felt in fields(Innstillinger):
        if tekst := gitt.get(felt.metadata["variabel"], ""):
            try:
                verdier[felt.name] = _les_verdi(tekst, felt)
            except ValueError as feil:
                avvik.append(_Avvik(felt, str(feil)))
    if verdier.get("miljoe") is Miljoe.PROD:
        verdier.setdefault("intern_port", INTERN_PORT_I_PROD)
        verdier.setdefault("host", "0.0.0.0")  # noqa: S104 - in production the platform decides who reaches it
    innstillinger = Innstillinger(**verdier)
    galt = (*_mangler_i_prod(innstillinger), *_redis_uten_vern(innstillinger))
    avvik += [ett for ett in galt if ett.felt not in {annet.felt for annet in avvik}]
    if avvik:
        raise Innstillingsfeil("\n".join(_linje(ett, miljoe, under) for ett in avvik))
    return innstillinger


def _les_env_fil() -> dict[str, str]:
    try:
        return {navn: verdi for navn, verdi in dotenv_values(ENV_FIL).items() if verdi is not None}
    except UnicodeDecodeError:
        raise Innstillingsfeil(f"{ENV_FIL}: is not UTF-8; save the file as UTF-8") from None


def _linje(avvik: _Avvik, miljoe: Mapping[str, str], under: Mapping[str, str]) -> str:
    """The variable, what to give, what it says and where, and what it means. A secret is not repeated."""
    felt = avvik.felt.metadata
    navn = felt["variabel"]
    hvor = "the environment" if navn in miljoe else ENV_FIL if navn in under else ""
    sier = f" (it is set in {hvor})" if felt["hemmelig"] else f"; {hvor} says {miljoe.get(navn, under.get(navn))!r}"
    return f"{navn}: {avvik.raad}{sier if hvor else ''}. It means: {felt['mening']}"


def _les_verdi(tekst: str, felt: Field[Any]) -> Any:
    """Raises ValueError, with what to give."""
    type_ = get_type_hints(Innstillinger)[felt.name]
    if type_ is Path:
        return Path(tekst)
    raa = [ledd.strip() for ledd in tekst.split(",") if ledd.strip()] if type_ == tuple[str, ...] else tekst
    fra, til = felt.metadata["fra"], felt.metadata["til"]
    try:
        verdi = msgspec.convert(raa, type_, strict=False)
    except msgspec.ValidationError:
        raise ValueError(f"must be {_hva(type_, fra, til)}") from None
    if type_ in (int, float) and not (math.isfinite(verdi) and fra <= verdi <= til):
        raise ValueError(f"must be {_hva(type_, fra, til)}")
    if (skjemaer := SKJEMAER.get(felt.name)) and _skjema(verdi) not in skjemaer:
        raise ValueError(f"must be an address that starts with {' or '.join(f'{ett}://' for ett in skjemaer)}")
    if felt.name == "hemmelig_noekkel" and len(verdi) < KORTESTE_NOEKKEL:
        raise ValueError(f"must be at least {KORTESTE_NOEKKEL} characters; make one with `openssl rand -hex 32`")
    return verdi


def _hva(type_: Any, fra: float, til: float) -> str:
    """What a value of the type is, in words."""
    if type_ is Miljoe:
        return " or ".join(Miljoe)
    if type_ is bool:
        return "1 or 0"
    grenser = f" from {fra:g} to {til:g}" if math.isfinite(til) else f", {fra:g} or more" if math.isfinite(fra) else ""
    return ("a whole number" if type_ is int else "a number") + grenser


def _skjema(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:  # such as an IPv6 address without its end
        return ""


def _mangler_i_prod(innstillinger: Innstillinger) -> Iterator[_Avvik]:
    if innstillinger.dev:
        return
    for felt in fields(innstillinger):
        if felt.name in KREVES_I_PROD and not getattr(innstillinger, felt.name):
            yield _Avvik(felt, "must be set in prod")


def _redis_uten_vern(innstillinger: Innstillinger) -> Iterator[_Avvik]:
    """Whoever can write to Redis can wake rounds, and hold them up: in prod it takes a password, over TLS."""
    url = innstillinger.redis_url
    if innstillinger.dev or not url or innstillinger.redis_uten_vern.strip():
        return
    skjema = _skjema(url)
    delt = urlsplit(url)
    sjekket = "ssl_cert_reqs=none" not in delt.query.lower()
    if skjema == "unix" or (skjema == "rediss" and delt.password and sjekket):
        return
    (felt,) = (felt for felt in fields(innstillinger) if felt.name == "redis_url")
    yield _Avvik(
        felt, "must be rediss://user:password@host:port in prod, or REDIS_UTEN_VERN must say in words why it is not"
    )
