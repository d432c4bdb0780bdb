"""Every setting of the gateway, with its environment variable, type, default and meaning.

Read once at start by `les_innstillinger`; a wrong or missing value stops the start, with the variable and the remedy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values

KORTESTE_NOEKKEL = 32
HOEYESTE_PORT = 65535
LENGSTE_SEKUNDER = 3600
MINSTE_MINNE_MB = 64  # what the process holds before it has a plugin, and some
STOERSTE_MINNE_MB = 1 << 20
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
DATABASEVALG = ("sqlite", "postgresql", "postgres")
REDISVALG = ("redis", "rediss", "unix")
SMTPVALG = ("smtp", "smtps")


class Miljoe(StrEnum):
    DEV = "dev"
    PROD = "prod"


class Innstillingsfeil(Exception):
    """The configuration cannot be used. The text has one line a fault, each naming the place and the remedy."""


def variabel(navn: str, mening: str, standard: Any, *, hemmelig: bool = False) -> Any:
    """One setting: its environment variable, what it means, its default, and whether it must never be shown."""
    metadata = {"variabel": navn, "mening": mening, "hemmelig": hemmelig}
    return field(default=standard, metadata=metadata, repr=not hemmelig)


@dataclass(frozen=True, kw_only=True)
class Innstillinger:
    miljoe: Miljoe = variabel(
        "MILJOE", "`dev` or `prod`. What `dev` makes easy cannot be switched on in `prod`.", Miljoe.DEV
    )
    database_url: str = variabel(
        "DATABASE_URL", "`postgresql://…` or `sqlite:///…`; unset: `gateway.db` in the data folder.", "", hemmelig=True
    )
    redis_url: str = variabel(
        "REDIS_URL", "`redis://…`; unset: `gateway dev` starts an embedded server, `prod` refuses.", "", hemmelig=True
    )
    data: Path = variabel("GATEWAY_DATA", "The data folder.", Path(".gateway"))
    host: str = variabel("HOST", "The address to listen on; in `prod` unset means 0.0.0.0.", "127.0.0.1")
    port: int = variabel("PORT", "The port to listen on.", 8080)
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
        "OVERSETT_SEKUNDER", "Seconds that a plugin's mapping of one event may take before it is stopped.", 2.0
    )
    plugin_lastesekunder: float = variabel(
        "PLUGIN_LASTESEKUNDER", "Seconds that a plugin may take to be imported and to declare its event types.", 10.0
    )
    plugin_minne_mb: int = variabel(
        "PLUGIN_MINNE_MB", "MiB of memory that the process of a plugin may use, for one producer.", 512
    )
    plugin_kommandoer: int = variabel(
        "PLUGIN_KOMMANDOER", "The most kommandoer that a plugin may make of one event.", 1000
    )
    varsel_levetid_timer: int = variabel(
        "VARSEL_LEVETID_TIMER",
        "Hours in which a varsel that fails is tried again, from when it could first be sent; a closed window does "
        "not count.",
        72,
    )
    web_traader: int = variabel("WEB_TRAADER", "Threads that serve requests, and database connections, a process.", 8)
    web_prosesser: int = variabel(
        "WEB_PROSESSER", "Processes of `gateway web` that serve requests; for SQLite one is best.", 1
    )
    maks_kropp: int = variabel("MAKS_KROPP", "The largest body of a request, in bytes.", 1024 * 1024)

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


def les_innstillinger(variabler: Mapping[str, str] | None = None) -> Innstillinger:
    """Read the settings from `variabler`; by default from the environment, in `dev` with `.env` beneath it.

    Raises Innstillingsfeil with all faults at once.
    """
    if variabler is None:
        variabler = os.environ
        if variabler.get("MILJOE", Miljoe.DEV) == Miljoe.DEV:
            variabler = {**{k: v for k, v in dotenv_values(".env").items() if v is not None}, **variabler}
    feil: list[str] = []
    verdier: dict[str, Any] = {}
    for felt in fields(Innstillinger):
        navn = felt.metadata["variabel"]
        if tekst := variabler.get(navn, ""):
            try:
                verdier[felt.name] = _les_verdi(tekst, felt)
            except msgspec.ValidationError as avvik:
                feil.append(f"{navn}: {avvik}. It means: {felt.metadata['mening']}")
    if feil:
        raise Innstillingsfeil("\n".join(feil))
    if verdier.get("miljoe") is Miljoe.PROD:
        verdier.setdefault("host", "0.0.0.0")  # noqa: S104 - in production the platform decides who reaches it
    innstillinger = Innstillinger(**verdier)
    _kontroller(innstillinger)
    return innstillinger


def _les_verdi(tekst: str, felt: Field[Any]) -> Any:
    type_ = get_type_hints(Innstillinger)[felt.name]
    if type_ is Path:
        return Path(tekst)
    raa = [ledd.strip() for ledd in tekst.split(",") if ledd.strip()] if type_ == tuple[str, ...] else tekst
    return msgspec.convert(raa, type_, strict=False)


def _kontroller(innstillinger: Innstillinger) -> None:
    feil: list[str] = []
    for variabel_, url, skjemaer in (
        ("DATABASE_URL", innstillinger.database_url, DATABASEVALG),
        ("REDIS_URL", innstillinger.redis_url, REDISVALG),
        ("SMTP_URL", innstillinger.smtp_url, SMTPVALG),
    ):
        if url and urlsplit(url).scheme not in skjemaer:
            feil.append(f"{variabel_}: must start with one of {', '.join(f'{s}://' for s in skjemaer)}")
    for navn, sekunder in (
        ("OVERSETT_SEKUNDER", innstillinger.oversett_sekunder),
        ("PLUGIN_LASTESEKUNDER", innstillinger.plugin_lastesekunder),
    ):
        if not 0 < sekunder <= LENGSTE_SEKUNDER:
            feil.append(f"{navn}: must be more than 0, and no more than {LENGSTE_SEKUNDER}")
    if not MINSTE_MINNE_MB <= innstillinger.plugin_minne_mb <= STOERSTE_MINNE_MB:
        feil.append(f"PLUGIN_MINNE_MB: must be from {MINSTE_MINNE_MB} to {STOERSTE_MINNE_MB}")
    if innstillinger.plugin_kommandoer < 1:
        feil.append("PLUGIN_KOMMANDOER: must be 1 or more")
    if innstillinger.varsel_levetid_timer < 1:
        feil.append("VARSEL_LEVETID_TIMER: must be 1 or more")
    if not 1 <= innstillinger.port <= HOEYESTE_PORT:
        feil.append(f"PORT: must be from 1 to {HOEYESTE_PORT}")
    if not 1 <= innstillinger.web_traader <= 256:
        feil.append("WEB_TRAADER: must be from 1 to 256")
    if not 1 <= innstillinger.web_prosesser <= 64:
        feil.append("WEB_PROSESSER: must be from 1 to 64")
    if innstillinger.hemmelig_noekkel and len(innstillinger.hemmelig_noekkel) < KORTESTE_NOEKKEL:
        feil.append(
            f"HEMMELIG_NOEKKEL: must be at least {KORTESTE_NOEKKEL} characters; make one with `openssl rand -hex 32`"
        )
    if not innstillinger.dev:
        for felt in fields(innstillinger):
            if felt.name in KREVES_I_PROD and not getattr(innstillinger, felt.name):
                feil.append(f"{felt.metadata['variabel']}: must be set in prod. {felt.metadata['mening']}")
    if feil:
        raise Innstillingsfeil("\n".join(feil))
