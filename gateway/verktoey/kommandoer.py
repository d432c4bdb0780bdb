"""`gateway plugin …`: for those who write plugins."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import click

from gateway.oppsett.innstillinger import Innstillinger
from gateway.oppsett.produsentregister import Produsentregister
from gateway.verktoey.eksempler import SLUTT, les_eksempel
from gateway.verktoey.nypakke import RESSURS, Nypakke, vist
from gateway.verktoey.pakke import PRODUSENTFIL, Pluginpakke, finn_pakke
from gateway.verktoey.proeving import Proevd, Proeving, proeving
from gateway.verktoey.registrering import registrer
from gateway.verktoey.utproeving import Utproeving, proev_alle
from gateway.verktoey.utskrift import som_tekst
from gateway.vertskap.grenser import Grenser

FARGER = {"+": "green", "-": "red", "@": "cyan"}


class Pluginhus(Protocol):
    """What the commands need of what `app.py` puts together."""

    @property
    def innstillinger(self) -> Innstillinger:
        """Raises Innstillingsfeil."""

    @property
    def register(self) -> Produsentregister:
        """Raises Innstillingsfeil."""

    @property
    def plugingrenser(self) -> Grenser: ...

    @property
    def pluginmappe(self) -> Path:
        """Where the gateway's own plugins lie."""

    def pluginmoduler(self) -> Mapping[str, str]:
        """The module of each plugin that is found, by its name."""

    def pluginliste(self) -> Sequence[tuple[str, str, str, str]]:
        """(name, version, producer, what is wrong or nothing) of every plugin that the register names."""


@click.group()
def plugin() -> None:
    """The producer teams' plugins."""


@plugin.command()
@click.argument("navn")
@click.option("--type", "type_", help="Its event type; NAVN_MOTTATT unless said.")
@click.option("--merkelapp", help="The merkelapp of what it makes; NAVN unless said.")
@click.option("--ressurs", default=RESSURS, show_default=True, help="The Altinn resource whose holders see it.")
@click.option("--mappe", type=click.Path(path_type=Path), help="Make a project of its own there, to be installed.")
@click.option("--registrer", "skal_registreres", is_flag=True, help="Put its producer into PRODUSENTER; dev only.")
@click.option("--spoer", is_flag=True, help="Ask for what is not given.")
@click.pass_obj
def ny(
    hus: Pluginhus,
    navn: str,
    type_: str | None,
    merkelapp: str | None,
    ressurs: str,
    mappe: Path | None,
    skal_registreres: bool,
    spoer: bool,
) -> None:
    """Make the plugin NAVN: a typed package with examples, tests and README that pass as they are."""
    if skal_registreres and not hus.innstillinger.dev:
        raise click.ClickException("--registrer is for dev only, and MILJOE is prod; put the entry there yourself.")
    foreslaatt_type, foreslaatt_merkelapp = f"{navn.upper()}_MOTTATT", navn.replace("_", " ").capitalize()
    if spoer:
        type_ = type_ or click.prompt("Event type, as it stands in the messages", default=foreslaatt_type)
        merkelapp = merkelapp or click.prompt("Merkelapp, which employers read", default=foreslaatt_merkelapp)
        ressurs = click.prompt("Altinn resource whose holders see it", default=ressurs)
    pakke = Nypakke(
        navn=navn, type=type_ or foreslaatt_type, merkelapp=merkelapp or foreslaatt_merkelapp, ressurs=ressurs
    )
    filer = pakke.skriv_for_seg(mappe) if mappe else pakke.skriv_i_huset(hus.pluginmappe)
    for fil in filer:
        click.echo(f"made {vist(fil)}")
    oppfoering = (filer[0].parent / PRODUSENTFIL).read_text(encoding="utf-8")
    if skal_registreres:
        registrer(oppfoering, hus.innstillinger.produsenter)
        click.echo(f"registered {pakke.produsent} in {vist(hus.innstillinger.produsenter)}")
    else:
        click.echo(
            f"\nIts entry in {vist(hus.innstillinger.produsenter)} (`--registrer` puts it there):\n\n{oppfoering}"
        )
    click.echo(_veien_videre(hus.innstillinger, pakke, filer[0].parent, mappe))


@plugin.command()
@click.argument("navn")
@click.argument("filer", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--type", "type_", help="The event type, where neither the message nor the file beside it says it.")
@click.option("--skriv", is_flag=True, help="Let FIL.ventet.json say what the plugin answers now.")
@click.pass_obj
def proev(hus: Pluginhus, navn: str, filer: tuple[Path, ...], type_: str | None, skriv: bool) -> None:
    """Show what the plugin NAVN makes of the messages FILER, as a diff from what is expected of each.

    NAVN is that of a plugin, or the path of its folder. Nothing is stored, and no server is needed; the plugin runs in
    a process of its own, under the gateway's limits. Exit status 1 when a message is not mapped as expected.
    """
    galt = False
    with _proeving(hus, _pakke(hus, navn)) as ett:
        for fil in (fil for fil in filer if not fil.name.endswith(SLUTT)):  # `eksempler/*.json` names them too
            proevd = ett.proev(les_eksempel(fil), type_=type_)
            if skriv:
                proevd.skriv()
                click.echo(f"{vist(fil)}: written to {proevd.eksempel.ventetfil.name}; read it")
            galt |= _vis(proevd, skrevet=skriv)
    sys.exit(int(galt))


@plugin.command()
@click.argument("navn", nargs=-1)
@click.pass_obj
def test(hus: Pluginhus, navn: tuple[str, ...]) -> None:
    """Map every example of the plugins NAVN, or of all that are found; exit status 1 when one is not as expected.

    Each version of each event type must have an example, with what is expected of it.
    """
    galt = False
    for ett in navn or sorted(hus.pluginmoduler()):
        with _proeving(hus, _pakke(hus, ett)) as pluginen:
            utproeving = proev_alle(pluginen)
        galt |= _fortell(ett, utproeving)
    sys.exit(int(galt))


@plugin.command(name="list")
@click.pass_obj
def list_(hus: Pluginhus) -> None:
    """List the plugins, and what is wrong with those that are broken; exit status 1 if any is."""
    plugins = hus.pluginliste()
    for navn, versjon, eier, feil in plugins:
        click.echo(f"{navn}=={versjon}  {eier}  {feil or 'ok'}")
    if any(feil for *_, feil in plugins):
        sys.exit(1)


@plugin.command()
@click.argument("navn")
@click.pass_obj
def vis(hus: Pluginhus, navn: str) -> None:
    """Show what the plugin NAVN declares: types with schema and example, hooks, settings, state version."""
    pakke = _pakke(hus, navn)
    with _proeving(hus, pakke) as ett:
        erklaering = ett.erklaering
    hooker = ["hendelsestyper", "oversett"]
    hooker += [
        hook
        for hook, er_der in (
            ("identitet", erklaering.har_identitet),
            ("noekkel", erklaering.har_noekkel),
            ("oppslag", erklaering.har_oppslag),
            ("etter_endring", erklaering.har_observatoer),
        )
        if er_der
    ]
    click.echo(f"{erklaering.id}  (API {erklaering.api}, state version {erklaering.lagerversjon})")
    click.echo(f"module     {pakke.modul}\nproducer   {erklaering.produsent}\nhooks      {', '.join(hooker)}")
    click.echo(f"settings   {', '.join(sorted(pakke.sted.innstillinger)) or 'none'}")
    for type_ in (versjon for versjoner in erklaering.typer.values() for versjon in versjoner):
        click.echo(f"\n{type_.navn}, version {type_.versjon}: {type_.beskrivelse}")
        for felt in ("id", "noekkel", "tid"):
            if (uttrykk := getattr(type_, felt)) is not None:
                click.echo(f"  {felt}: {uttrykk}")
        click.echo(_innrykket("schema", type_.skjema))
        click.echo(_innrykket("example", type_.eksempel))


def _pakke(hus: Pluginhus, navn: str) -> Pluginpakke:
    return finn_pakke(navn, hus.pluginmoduler(), hus.register)


def _proeving(hus: Pluginhus, pakke: Pluginpakke) -> AbstractContextManager[Proeving]:
    return proeving(pakke, sekunder=hus.innstillinger.oversett_sekunder, grenser=hus.plugingrenser)


def _vis(proevd: Proevd, *, skrevet: bool) -> bool:
    """Show one message's outcome; whether it is wrong."""
    hvor = vist(proevd.eksempel.fil)
    if skrevet or (proevd.ventet is None and not proevd.gikk_galt):
        click.echo(som_tekst(proevd.funnet).rstrip())
        return False
    if proevd.stemmer:
        click.echo(f"{hvor}: as expected")
        return False
    if proevd.ventet is None:
        click.echo(f"{hvor}: {proevd.funnet['feil']}")
    else:
        click.echo(f"{hvor}: not as expected")
        _vis_forskjell(proevd.forskjell())
    if proevd.spor:
        click.echo(proevd.spor)
    return True


def _fortell(navn: str, utproeving: Utproeving) -> bool:
    """One line for each example, and what is wrong with those that are; whether any is."""
    for proevd in utproeving.proevd:
        hvor = f"{navn}: {proevd.eksempel.navn}"
        if proevd.stemmer:
            click.echo(f"{hvor}: ok")
        else:
            click.echo(click.style(f"{hvor}: NOT OK", fg="red"))
            _vis_forskjell(proevd.forskjell())
            if proevd.spor:
                click.echo(proevd.spor)
    for hva in utproeving.mangler:
        click.echo(click.style(f"{navn}: {hva}", fg="red"))
    return utproeving.noe_er_galt


def _vis_forskjell(linjer: Iterable[str]) -> None:
    for linje in linjer:
        click.echo(click.style(f"  {linje}", fg=FARGER.get(linje[:1])))


def _innrykket(hva: str, innhold: Mapping[str, object]) -> str:
    return f"  {hva}:\n" + "\n".join(f"    {linje}" for linje in som_tekst(innhold).splitlines())


def _veien_videre(innstillinger: Innstillinger, pakke: Nypakke, mappe: Path, egen: Path | None) -> str:
    navn = vist(mappe) if egen else pakke.navn
    melding = f"{vist(mappe)}/eksempler/{pakke.eksempel}.json"
    gateway = "gateway" if egen else ".venv/bin/gateway"
    vert = f"http://127.0.0.1:{innstillinger.port}"
    installer = f"  install it           pip install -e {vist(egen)}\n" if egen else ""
    return f"""
Next:
  run its examples     {gateway} plugin test {navn}
{installer}  send one to a running `gateway dev`:
    curl -i {vert}/api/v1/hendelser -H "Authorization: Bearer $({gateway} token produsent {pakke.applikasjon})" \\
      -H 'ce-specversion: 1.0' -H 'ce-source: {pakke.produsent}' -H 'ce-id: 1' -H 'ce-type: {quote(pakke.type)}' \\
      -H 'Content-Type: application/json' --data-binary @{melding}
  see what came of it  {vert}/min-side
"""
