"""Every setting of the gateway, with its environment variable, type, default and meaning.

Read once at start by `les_innstillinger`; a wrong or missing value stops the start, with the variable and the remedy.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values

from gateway.domain.nett import Nett, les_nett
from gateway.domain.takt import Takt, les_takt
from gateway.oppsett import tokenoppsett
from gateway.oppsett.hemmelighetsfil import FraFil, les_hemmelighet
from gateway.oppsett.tokenoppsett import Rolle, Rolleoppsett

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
NOEKLER = ("hemmelig_noekkel", "hemmelig_noekkel_neste", "hemmelig_noekkel_forrige", "hemmelig_noekkel_eldre")
SKJEMAER = {
    "database_url": ("postgresql", "postgres", "sqlite"),
    "redis_url": ("redis", "rediss", "unix"),
    "smtp_url": ("smtp", "smtps"),
}
ENV_FIL = ".env"
FIL = "_FILE"  # of a variable that names a file with the secret, instead of saying it


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
        "Seconds that a statement or a transaction may take; then it is given up, and told as 503. A round of the "
        "worker has three times as long.",
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
        "data folder. It is changed in steps: the new one as HEMMELIG_NOEKKEL_NESTE in every process; then it here, "
        "and the old one as HEMMELIG_NOEKKEL_FORRIGE; a week later the old one among HEMMELIG_NOEKKEL_ELDRE.",
        "",
        hemmelig=True,
    )
    hemmelig_noekkel_neste: str = variabel(
        "HEMMELIG_NOEKKEL_NESTE",
        "The HEMMELIG_NOEKKEL to come: what other processes wrote with it already is recognised. It must be known to "
        "every process of web and worker before any has it as HEMMELIG_NOEKKEL.",
        "",
        hemmelig=True,
    )
    hemmelig_noekkel_forrige: str = variabel(
        "HEMMELIG_NOEKKEL_FORRIGE",
        "The HEMMELIG_NOEKKEL of before: its sessions count, and events keep their order across the change. It "
        "becomes one of HEMMELIG_NOEKKEL_ELDRE once 12 hours are gone, and no event waits that came before the change.",
        "",
        hemmelig=True,
    )
    hemmelig_noekkel_eldre: tuple[str, ...] = variabel(
        "HEMMELIG_NOEKKEL_ELDRE",
        "Older ones, comma-separated, for hashes alone. Without them is forgotten: which grupperingsider were deleted "
        "(a tombstone holds nothing but its hash, so for good), what persons read who have not opened the bell since, "
        "and for two years which events are repeats with the same content.",
        (),
        hemmelig=True,
    )
    produsent_utsteder: tuple[str, ...] = variabel(
        "PRODUSENT_UTSTEDER", "The issuers (`iss`) of producers' tokens, comma-separated.", ()
    )
    produsent_jwks_url: tuple[str, ...] = variabel(
        "PRODUSENT_JWKS_URL",
        "Where the keys of those issuers are: one address each, in the same order. `https://`, but in `dev` and on "
        "this machine itself.",
        (),
    )
    produsent_audience: tuple[str, ...] = variabel(
        "PRODUSENT_AUDIENCE",
        "The audiences (`aud`), comma-separated, of which producers' tokens name one; any of them with any of those "
        "issuers.",
        (),
    )
    person_utsteder: tuple[str, ...] = variabel(
        "PERSON_UTSTEDER", "The issuers (`iss`) of employers' tokens, comma-separated.", ()
    )
    person_jwks_url: tuple[str, ...] = variabel(
        "PERSON_JWKS_URL",
        "Where the keys of those issuers are: one address each, in the same order. `https://`, but in `dev` and on "
        "this machine itself.",
        (),
    )
    person_audience: tuple[str, ...] = variabel(
        "PERSON_AUDIENCE",
        "The audiences (`aud`), comma-separated, of which employers' tokens name one; any of them with any of those "
        "issuers.",
        (),
    )
    ansatt_utsteder: tuple[str, ...] = variabel(
        "ANSATT_UTSTEDER",
        "The issuers (`iss`) of employees' tokens, comma-separated, which open `/drift` in `prod`; unset: only "
        "applications do.",
        (),
    )
    ansatt_jwks_url: tuple[str, ...] = variabel(
        "ANSATT_JWKS_URL",
        "Where the keys of those issuers are: one address each, in the same order. `https://`, but in `dev` and on "
        "this machine itself.",
        (),
    )
    ansatt_audience: tuple[str, ...] = variabel(
        "ANSATT_AUDIENCE",
        "The audiences (`aud`), comma-separated, of which employees' tokens name one; any of them with any of those "
        "issuers.",
        (),
    )
    drift_grupper: tuple[str, ...] = variabel(
        "DRIFT_GRUPPER", "Groups, comma-separated; an employee whose token names one (`groups`) may open `/drift`.", ()
    )
    drift_innhold_grupper: tuple[str, ...] = variabel(
        "DRIFT_INNHOLD_GRUPPER",
        "Groups, comma-separated; of those who may open `/drift`, whoever is in one of these may see the content of "
        "events.",
        (),
    )
    drift_applikasjoner: tuple[str, ...] = variabel(
        "DRIFT_APPLIKASJONER", "Applications (`azp_name`), comma-separated, whose tokens open `/drift` in `prod`.", ()
    )
    utloeper: tuple[str, ...] = variabel(
        "UTLOEPER",
        "What expires, such as `smtp-sertifikat=2027-01-31`, comma-separated: `/drift`, metrics and alerts tell of it.",
        (),
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
    plugin_lager_noekler: int = variabel(
        "PLUGIN_LAGER_NOEKLER",
        "The most keys of its state that a plugin may read for one event, and the most that it may store.",
        100,
        fra=1,
        til=10_000,
    )
    plugin_lager_bytes: int = variabel(
        "PLUGIN_LAGER_BYTES",
        "The largest value that a plugin may store in its state, in bytes as JSON.",
        64 * 1024,
        fra=1,
        til=1 << 20,
    )
    lager_noekler: int = variabel(
        "LAGER_NOEKLER",
        "The most keys that a producer may have in the state of its plugin; beyond it its events wait.",
        1_000_000,
        fra=1,
    )
    lager_mb: int = variabel(
        "LAGER_MB", "MiB that a producer may have in the state of its plugin; beyond it its events wait.", 512, fra=1
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
    betrodde_proxyer: tuple[str, ...] = variabel(
        "BETRODDE_PROXYER",
        "Networks of the proxies before the gateway, comma-separated, such as `10.0.0.0/8`: what they say in "
        "X-Forwarded-For is believed, and so decides whether a caller is in the `nett` of a source. Unset: the caller "
        "is who connects.",
        (),
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

    grense_produsent: Takt = variabel(
        "GRENSE_PRODUSENT",
        "How often a producer may call a web process, such as `100/sekund`, `6000/minutt`, or `ingen`; `grense` in the "
        "produsentregister is instead of it. Beyond it 429 with Retry-After. Each process counts for itself.",
        Takt(2000, 1),
    )
    grense_kilde: Takt = variabel(
        "GRENSE_KILDE",
        "How often a webhook source may call a web process with what it has signed; `grense` in kilder.yaml is instead "
        "of it.",
        Takt(2000, 1),
    )

    @cached_property
    def proxynett(self) -> Sequence[Nett]:
        """The networks of BETRODDE_PROXYER."""
        return [les_nett(ett) for ett in self.betrodde_proxyer]

    @property
    def utloepsdatoer(self) -> Mapping[str, dt.date]:
        """What UTLOEPER names, with the last day of each."""
        return dict(_utloepsdato(ett) for ett in self.utloeper)

    @property
    def dev(self) -> bool:
        return self.miljoe is Miljoe.DEV

    @property
    def tokenroller(self) -> dict[Rolle, Rolleoppsett]:
        """Who issues the tokens of each role."""
        return {
            rolle: Rolleoppsett(utstedere=utstedere, jwks=jwks, audience=audience)
            for rolle, utstedere, jwks, audience in (
                (Rolle.PRODUSENT, self.produsent_utsteder, self.produsent_jwks_url, self.produsent_audience),
                (Rolle.PERSON, self.person_utsteder, self.person_jwks_url, self.person_audience),
                (Rolle.ANSATT, self.ansatt_utsteder, self.ansatt_jwks_url, self.ansatt_audience),
            )
        }

    def vis(self) -> list[tuple[str, str, str]]:
        """(variable, value in force, meaning) of every setting; secrets are hidden."""
        return [(felt.metadata["variabel"], self._vis_verdi(felt), _mening(felt)) for felt in fields(self)]

    def _vis_verdi(self, felt: Field[Any]) -> str:
        verdi = getattr(self, felt.name)
        if felt.metadata["hemmelig"]:
            fra = f", from {verdi.fil}" if isinstance(verdi, FraFil) else ""
            return f"(hidden{fra})" if verdi else "(unset)"
        if isinstance(verdi, tuple):
            verdi = ",".join(verdi)
        return str(verdi) or "(unset)"


def _mening(felt: Field[Any]) -> str:
    """What the setting means, and where else a secret may stand."""
    navn, mening = felt.metadata["variabel"], str(felt.metadata["mening"])
    return f"{mening} Or `{navn}{FIL}`: the path of a file with it." if felt.metadata["hemmelig"] else mening


@dataclass(frozen=True)
class _Avvik:
    """What is wrong with the value of a setting. `raad` says what to give; `i_fil`: it is the variable of its file."""

    felt: Field[Any]
    raad: str
    i_fil: bool = False

    @property
    def variabel(self) -> str:
        return str(self.felt.metadata["variabel"]) + (FIL if self.i_fil else "")


def les_innstillinger(variabler: Mapping[str, str] | None = None) -> Innstillinger:
    """Read the settings from `variabler`; by default from the environment, in `dev` with `.env` beneath it.

    Raises Innstillingsfeil with all faults at once.
    """
    miljoe = os.environ if variabler is None else variabler
    under = _les_env_fil() if variabler is None and miljoe.get("MILJOE", Miljoe.DEV) == Miljoe.DEV else {}
    avvik: list[_Avvik] = []
    verdier: dict[str, Any] = {}
    for felt in fields(Innstillinger):
        i_fil = False
        try:
            # What the environment says of a setting, in either way, is instead of what `.env` says of it.
            tekst, i_fil = next((funnet for sted in (miljoe, under) if (funnet := _finn(felt, sted))[0]), ("", False))
            if i_fil:
                tekst = les_hemmelighet(tekst)
            if tekst:
                i_fil = False
                verdier[felt.name] = _les_verdi(tekst, felt)
        except ValueError as feil:
            avvik.append(_Avvik(felt, str(feil), i_fil))
    if verdier.get("miljoe") is Miljoe.PROD:
        verdier.setdefault("intern_port", INTERN_PORT_I_PROD)
        verdier.setdefault("host", "0.0.0.0")  # noqa: S104 - in production the platform decides who reaches it
    innstillinger = Innstillinger(**verdier)
    for ett in (*_mangler_i_prod(innstillinger), *_som_ikke_stemmer(innstillinger), *_redis_uten_vern(innstillinger)):
        if ett.felt not in {annet.felt for annet in avvik}:
            avvik.append(ett)
    if avvik:
        raise Innstillingsfeil("\n".join(_linje(ett, miljoe, under) for ett in avvik))
    return innstillinger


def _finn(felt: Field[Any], sted: Mapping[str, str]) -> tuple[str, bool]:
    """What is said of a setting, and whether it is the path of a file. Raises ValueError when both are said."""
    navn = felt.metadata["variabel"]
    direkte = sted.get(navn, "")
    fil = sted.get(f"{navn}{FIL}", "") if felt.metadata["hemmelig"] else ""
    if direkte and fil:
        raise ValueError(f"is set, and {navn}{FIL} too; remove one of them")
    return (fil, True) if fil else (direkte, False)


def _les_env_fil() -> dict[str, str]:
    try:
        return {navn: verdi for navn, verdi in dotenv_values(ENV_FIL).items() if verdi is not None}
    except UnicodeDecodeError:
        raise Innstillingsfeil(f"{ENV_FIL}: is not UTF-8; save the file as UTF-8") from None


def _linje(avvik: _Avvik, miljoe: Mapping[str, str], under: Mapping[str, str]) -> str:
    """The variable, what to give, what it says and where, and what it means. A secret is not repeated."""
    felt, navn = avvik.felt.metadata, avvik.variabel
    hvor = "the environment" if navn in miljoe else ENV_FIL if navn in under else ""
    sier = f" (it is set in {hvor})" if felt["hemmelig"] else f"; {hvor} says {miljoe.get(navn, under.get(navn))!r}"
    return f"{navn}: {avvik.raad}{sier if hvor else ''}. It means: {felt['mening']}"


def _les_verdi(tekst: str, felt: Field[Any]) -> Any:
    """Raises ValueError, with what to give."""
    type_ = get_type_hints(Innstillinger)[felt.name]
    if type_ is Path:
        return Path(tekst)
    if type_ is Takt:
        return les_takt(tekst)
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
    noekler = [] if felt.name not in NOEKLER else [verdi] if isinstance(verdi, str) else verdi
    if any(len(noekkel) < KORTESTE_NOEKKEL for noekkel in noekler):
        hva = "must be" if isinstance(verdi, str) else "each of them must be"
        raise ValueError(f"{hva} at least {KORTESTE_NOEKKEL} characters; make one with `openssl rand -hex 32`")
    if felt.name == "betrodde_proxyer":
        for ett in verdi:
            les_nett(ett)
    if felt.name == "utloeper":
        try:
            _ = [_utloepsdato(ett) for ett in verdi]
        except ValueError:
            raise ValueError("must be names with dates, such as smtp-sertifikat=2027-01-31") from None
    return verdi


def _utloepsdato(tekst: str) -> tuple[str, dt.date]:
    """Raises ValueError."""
    navn, _, dato = tekst.partition("=")
    return navn.strip(), dt.date.fromisoformat(dato.strip())


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


def _som_ikke_stemmer(innstillinger: Innstillinger) -> Iterator[_Avvik]:
    """What is wrong with values that are right each by itself."""
    etter_variabel = {felt.metadata["variabel"]: felt for felt in fields(innstillinger)}
    for navn, raad in tokenoppsett.avvik(innstillinger.tokenroller, dev=innstillinger.dev):
        yield _Avvik(etter_variabel[navn], raad)


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
