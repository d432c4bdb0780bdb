"""`gateway webhook` and `gateway kilde proev`: sending as a source, and seeing what it makes of a request."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import click

from gateway.dev.datamappe import krev_gateway
from gateway.dev.kildeproeve import Proeve, proev_kilde
from gateway.dev.sending import Svar, UtenSvar, send
from gateway.domain.feil import KildeFinnesIkke
from gateway.inbox.kilder import Kilde, Kilder
from gateway.klokke import sann_tid
from gateway.oppsett.innstillinger import Innstillinger
from gateway.plugin import KanIkkeSignere, Signert
from gateway.vertskap.erklaering import Plugins

INNHOLDSTYPER = {
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".xml": "text/xml",
    ".csv": "text/csv",
    ".form": "application/x-www-form-urlencoded",
}
ETTER_FORMAT = {
    "xml": "text/xml",
    "soap": "text/xml",
    "csv": "text/csv",
    "skjema": "application/x-www-form-urlencoded",
    "ndjson": "application/x-ndjson",
}
JSON = "application/json"


class Kildehus(Protocol):
    @property
    def innstillinger(self) -> Innstillinger:
        """Raises Innstillingsfeil."""

    @property
    def kilder(self) -> Kilder:
        """Raises Innstillingsfeil."""

    @property
    def plugins(self) -> Plugins: ...


def _hoder(_: click.Context, __: click.Parameter, verdier: Sequence[str]) -> dict[str, str]:
    hoder = {}
    for ett in verdier:
        navn, kolon, verdi = ett.partition(":")
        if not kolon or not navn.strip():
            raise click.BadParameter(f"{ett!r} is no header; give `Name: value`.")
        hoder[navn.strip().lower()] = verdi.strip()
    return hoder


FIL = click.Path(exists=True, dir_okay=False, path_type=Path)
HODE = click.option("--hode", "hoder", multiple=True, callback=_hoder, help="A header `Name: value`; may be repeated.")
INNHOLDSTYPE = click.option("--innholdstype", help="The content type; else by the file's ending, and the format.")
ID = click.option("--id", "id_", help="The message's own id, where the scheme signs one; else a new one.")


@click.command()
@click.argument("kilde")
@click.argument("filer", nargs=-1, required=True, type=FIL)
@click.option("--adresse", help="Where the gateway is; else the one that runs here.")
@HODE
@INNHOLDSTYPE
@ID
@click.pass_obj
def webhook(
    hus: Kildehus,
    kilde: str,
    filer: Sequence[Path],
    adresse: str | None,
    hoder: Mapping[str, str],
    innholdstype: str | None,
    id_: str | None,
) -> None:
    """Sign each FIL with a secret of KILDE and post it to the running `gateway dev`; exit status 1 if any is refused.

    KILDE is a navn of kilder.yaml. A header given with --hode goes before one that the scheme makes.
    """
    innstillinger = hus.innstillinger
    if not innstillinger.dev:
        raise click.ClickException("this is for dev only, and MILJOE is prod.")
    oppsett = _hent(hus.kilder, kilde)
    if adresse is None:
        krev_gateway(innstillinger.data)
        adresse = f"http://{innstillinger.host}:{innstillinger.port}"
    alle_gikk = True
    for fil in filer:
        kropp = fil.read_bytes()
        signert = _signert(oppsett, kropp, id_ or _ny_id(), hoder)
        sti = f"/webhooks/{kilde}" + (f"/{signert.hemmelig_sti}" if signert.hemmelig_sti else "")
        alle = {"content-type": innholdstype or _innholdstype(fil, oppsett), **signert.hoder, **hoder}
        try:
            svar = send(f"{adresse}{sti}", alle, kropp)
        except UtenSvar as feil:
            raise click.ClickException(
                f"{adresse} does not answer: {feil}. Start `gateway dev`, or correct --adresse."
            ) from None
        for linje in _fortell(fil, svar, adresse):
            click.echo(linje)
        alle_gikk &= svar.gikk
    if not alle_gikk:
        sys.exit(1)


@click.group(name="kilde")
def kildegruppe() -> None:
    """The webhook sources of kilder.yaml."""


@kildegruppe.command()
@click.argument("kilde")
@click.argument("fil", type=FIL)
@HODE
@INNHOLDSTYPE
@ID
@click.option("--usignert", is_flag=True, help="Prove it by the headers given only, instead of signing it here.")
@click.option("--hemmelig-sti", help="What follows /webhooks/KILDE/ in the path, for a source that is known by that.")
@click.pass_obj
def proev(
    hus: Kildehus,
    kilde: str,
    fil: Path,
    hoder: Mapping[str, str],
    innholdstype: str | None,
    id_: str | None,
    usignert: bool,
    hemmelig_sti: str | None,
) -> None:
    """Show what KILDE makes of a request with FIL as its body; nothing is stored, and no server is needed.

    Exit status 1 when it would be refused, or anything in it be kept in KARANTENE.
    """
    oppsett = _hent(hus.kilder, kilde)
    kropp = fil.read_bytes()
    signert = Signert(hemmelig_sti=hemmelig_sti) if usignert else _signert(oppsett, kropp, id_ or _ny_id(), hoder)
    proeve = proev_kilde(
        oppsett,
        hus.plugins,
        hoder={"content-type": innholdstype or _innholdstype(fil, oppsett), **signert.hoder, **hoder},
        kropp=kropp,
        hemmelig_sti=hemmelig_sti or signert.hemmelig_sti,
        naa=sann_tid(),
    )
    for linje in _vis(proeve, oppsett, signert_her=not usignert):
        click.echo(linje)
    if not proeve.gaar_bra:
        sys.exit(1)


def _hent(kilder: Kilder, navn: str) -> Kilde:
    try:
        return kilder.hent(navn)
    except KildeFinnesIkke:
        kjente = ", ".join(sorted(ett.navn for ett in kilder)) or "none"
        raise click.ClickException(f"there is no kilde {navn!r} in kilder.yaml; it has {kjente}.") from None


def _signert(kilde: Kilde, kropp: bytes, id_: str, hoder: Mapping[str, str]) -> Signert:
    hemmelighet = kilde.hemmeligheter[0] if kilde.hemmeligheter else ""
    try:
        return kilde.ordning.signert(kropp, hemmelighet, id_, sann_tid())
    except KanIkkeSignere as feil:
        if hoder:  # whoever sends says how it is proven
            return Signert()
        raise click.ClickException(f"{feil} Give it with --hode.") from None


def _ny_id() -> str:
    return f"msg_{uuid.uuid4().hex}"


def _innholdstype(fil: Path, kilde: Kilde) -> str:
    return ETTER_FORMAT.get(kilde.format.navn) or INNHOLDSTYPER.get(fil.suffix, JSON)


def _fortell(fil: Path, svar: Svar, adresse: str) -> Iterable[str]:
    """What was answered, and where to see what becomes of it."""
    yield f"{fil}: {svar.status}"
    innhold = svar.som_json()
    if innhold is None:
        if svar.tekst:
            yield f"  {svar.tekst}"
        return
    for ett in innhold.get("elementer", [innhold]):
        sted = f"{ett['sted']}: " if ett.get("sted") else ""
        if "kode" in ett:
            yield f"  {sted}{ett['kode']}: {ett.get('detail', '')}"
        elif "id" in ett:
            yield f"  {sted}{ett['tilstand']} {ett['id']}  {adresse}/drift/hendelser/{ett['id']}"
            if ett.get("detail"):
                yield f"    {ett['detail']}"
        else:
            yield f"  {json.dumps(ett, ensure_ascii=False)}"


def _vis(proeve: Proeve, kilde: Kilde, *, signert_her: bool) -> Iterable[str]:
    hvordan = (
        f"signed here as {kilde.ordning.navn}" if signert_her else f"by the headers given, as {kilde.ordning.navn}"
    )
    if proeve.uverifisert:
        yield f"verified: no ({hvordan}): {proeve.uverifisert}"
        yield f"answer: {proeve.status}"
        return
    yield f"verified: yes ({hvordan})"
    if proeve.avvist:
        yield f"refused: {proeve.avvist}"
    for nr, ett in enumerate(proeve.hendelser, 1):
        yield f"event {nr}{f', {ett.sted}' if ett.sted else ''}: {ett.tilstand or 'refused'}"
        for navn, verdi in (("type", ett.type), ("id", ett.id), ("key", ett.noekkel), ("time", ett.tid)):
            if verdi is not None:
                yield f"  {navn}: {verdi}"
        if ett.grunn:
            yield f"  why: {ett.grunn}"
        if ett.har_data:
            yield from (f"  {linje}" for linje in f"data: {_pent(ett.data)}".splitlines())
    yield f"answer: {proeve.status}"


def _pent(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)
