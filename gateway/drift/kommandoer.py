"""`gateway hendelser`: what those who run the gateway ask of events, and decide about them, from a terminal."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar
from uuid import UUID

import click

from gateway.domain.feil import Avslag
from gateway.domain.hendelse import Feilklasse, Hendelsestilstand
from gateway.domain.tid import les_tidspunkt, oslo
from gateway.drift.grunn import godkjent_grunn
from gateway.drift.utsikt import utsikt_som_json
from gateway.inbox.driftsinngrep import HOEYST, Hvorfor, Inngrep, neste_bunke, ta, ta_utvalg
from gateway.inbox.gjenspilling import HOEYST as PROEVES_OM_GANGEN
from gateway.inbox.gjenspilling import Forskjell, Sammenlignet, proev
from gateway.inbox.kilder import Kilder
from gateway.inbox.proevested import Proevested
from gateway.inbox.sandkasse import produsent_for, spill_av, stedet
from gateway.inbox.utvalg import Utvalg
from gateway.kjerne import Kjerne, ny_id
from gateway.oppsett.innstillinger import Innstillinger
from gateway.reading.cursor import les_cursor
from gateway.reading.driftshendelser import Driftshendelse, driftshendelser, innhold
from gateway.store.migrering import mangler
from gateway.store.sted import krev_sqlite_sted
from gateway.vertskap.erklaering import Oedelagt, Pluginsted
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter

# Who did it, in the log: whoever may run commands on the machine.
HVEM = "gateway hendelser"
ALLE = "ALLE"
PAA_EN_SIDE = 200
F = TypeVar("F", bound=Callable[..., Any])


class Hus(Protocol):
    """What the commands need of the house."""

    @property
    def innstillinger(self) -> Innstillinger: ...

    @property
    def kjerne(self) -> Kjerne: ...

    @property
    def kilder(self) -> Kilder: ...

    @property
    def proevested(self) -> Proevested: ...

    def oversetter(self, steder: Sequence[Pluginsted]) -> Oversetter: ...


def utvalgsvalg(tilstand: str) -> Callable[[F], F]:
    """The options that say which events are meant; `tilstand` is what is meant unless it is said."""
    tilstander = [*(ett.value for ett in Hendelsestilstand), ALLE]
    valg = [
        click.option("--tilstand", type=click.Choice(tilstander), default=tilstand, show_default=True),
        click.option("--produsent", help="Only of this producer."),
        click.option("--kilde", help="Only from this source."),
        click.option("--type", "type_", help="Only of this type."),
        click.option("--kode", help="Only with this feilkode."),
        click.option("--klasse", type=click.Choice([ett.value for ett in Feilklasse]), help="Only of this feilklasse."),
        click.option("--plugin", help="Only of this plugin: its name, or NAME==VERSION."),
        click.option("--ekstern-id", help="Only with this id at their source."),
        click.option("--noekkel", help="Only of this ordering key."),
        click.option("--merke", help="Only of the ordering key with this mark, as the list shows it."),
        click.option("--tekst", help="Only those in whose feilmelding this stands."),
        click.option("--fra", help="Only those that came in then or later, such as 2026-11-02T08:00 (Oslo)."),
        click.option("--til", help="Only those that came in before."),
    ]

    def dekorer(funksjon: F) -> F:
        for ett in reversed(valg):
            funksjon = ett(funksjon)
        return funksjon

    return dekorer


@click.group(invoke_without_command=True)
@utvalgsvalg(Hendelsestilstand.KARANTENE)
@click.option("--antall", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many at most.")
@click.option("--etter", help="Go on after this event: what the list said last.")
@click.option("--json", "som_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def hendelser(kontekst: click.Context, /, antall: int, etter: str | None, som_json: bool, **valgt: Any) -> None:
    """List events, the oldest first; or decide about them by a command.

    Nothing of what they say is shown. Without a state those in KARANTENE are meant.
    """
    hus: Hus = kontekst.obj
    if kontekst.invoked_subcommand is not None:
        return
    kjerne = _kjerne(hus)
    utvalg = _utvalg(valgt)
    vist = 0
    while vist < antall:
        with _avslag_er_feil():
            side = driftshendelser(kjerne, utvalg, antall=min(PAA_EN_SIDE, antall - vist), etter=etter)
        for ett in side.elementer:
            click.echo(json.dumps(_som_json(ett), ensure_ascii=False) if som_json else _linje(ett))
        vist += len(side.elementer)
        etter = side.neste
        if etter is None:
            return
    click.echo(f"there are more; go on by --etter {etter}", err=True)


@hendelser.command()
@click.argument("hendelse_id", type=click.UUID)
@click.pass_obj
def vis(hus: Hus, hendelse_id: UUID) -> None:
    """Show all that is kept of the event HENDELSE_ID, with what it says, as JSON."""
    with _avslag_er_feil():
        funnet = innhold(_kjerne(hus), hendelse_id)
    alt = {
        **_som_json(funnet.hendelse),
        "feilmelding": funnet.melding,
        "kommandoer": funnet.kommandoer,
        "utfall": funnet.utfall,
        "payload": funnet.raa,
    }
    click.echo(json.dumps(alt, ensure_ascii=False, indent=2))


def inngrepsvalg(funksjon: F) -> F:
    """The options of what decides about events."""
    valg = [
        click.argument("ider", type=click.UUID, nargs=-1, metavar="[ID]..."),
        click.option("--alle", is_flag=True, help="All of the selection, and not single events."),
        utvalgsvalg(Hendelsestilstand.KARANTENE),
        click.option("--etter", help="Go on after this event: what an interrupted call said last."),
        click.option("--grunn", help="Why; kept in the log, so it names nobody."),
        click.option("--proev", "bare_proev", is_flag=True, help="Dry run: tell what would come of it."),
        click.option("--innhold", "med_innhold", is_flag=True, help="With --proev: also what events say that differs."),
    ]
    for ett in reversed(valg):
        funksjon = ett(funksjon)
    return funksjon


@hendelser.command(name="paa-nytt")
@inngrepsvalg
@click.pass_obj
def paa_nytt(hus: Hus, /, **valgt: Any) -> None:
    """Try events in KARANTENE again: those with ID, or by --alle all of a selection, each key's in their order.

    With --proev they are mapped anew, and their kommandoer carried out and rolled back; what would change is told.
    """
    _decider(hus, Inngrep.PAA_NYTT, **valgt)


@hendelser.command()
@inngrepsvalg
@click.pass_obj
def forkast(hus: Hus, /, **valgt: Any) -> None:
    """Drop events that are not finished, for good: those with ID, or by --alle all of a selection."""
    _decider(hus, Inngrep.FORKAST, **valgt)


@hendelser.command()
@click.argument("kilde")
@click.option("--plugin", "utgave", required=True, help="The other version: a module, or its folder or file.")
@click.option("--produsent", help="Whose events, where several have some from the source.")
@click.option("--type", "type_", help="Only of this type.")
@click.option("--fra", help="Only those that came in then or later, such as 2026-11-02T08:00 (Oslo).")
@click.option("--til", help="Only those that came in before.")
@click.option("--etter", help="Go on after this event: what an interrupted call said last.")
@click.option("--eksempler", default=3, show_default=True, help="How many to show of each kind of difference.")
@click.option("--innhold", "med_innhold", is_flag=True, help="Show also what differs in them, which may be personal.")
@click.pass_obj
def sandkasse(
    hus: Hus,
    kilde: str,
    utgave: str,
    produsent: str | None,
    type_: str | None,
    fra: str | None,
    til: str | None,
    etter: str | None,
    eksempler: int,
    med_innhold: bool,
) -> None:
    """Map all stored events of KILDE with another version of their plugin, and report what differs.

    Nothing is stored or carried out. Exit status 1 when an event fails that went well before.
    """
    kjerne = _kjerne(hus)
    with _avslag_er_feil():
        hos = produsent or produsent_for(kjerne, kilde)
        begynn = les_cursor(etter) if etter else None
    if hos not in kjerne.produsenter.oppfoeringer:
        raise click.ClickException(f"{hos} is not in the produsentregister.")
    sted, mappe = stedet(kjerne, hos, utgave)
    if mappe is not None:
        sys.path.insert(0, str(mappe))  # the plugin's process is given the same
    lastet = last_plugins([sted])
    for oedelagt in lastet.oedelagte.values():
        raise click.ClickException(_oedelagt(oedelagt))
    plugin = lastet.lastet[hos]
    utvalg = Utvalg(produsent=hos, kilde=kilde, type=type_, fra=_tid("fra", fra), til=_tid("til", til))
    antall: Counter[Forskjell] = Counter()
    oversetter = hus.oversetter([sted])
    try:
        for bolk in spill_av(kjerne, oversetter, plugin, utvalg, etter=begynn):
            for ett in bolk.funn:
                antall[ett.forskjell] += 1
                if ett.forskjell is not Forskjell.LIK and antall[ett.forskjell] <= eksempler:
                    _vis_forskjell(ett, med_innhold=med_innhold)
            if bolk.etter is not None:
                click.echo(f"{sum(antall.values())} events; to go on from here: --etter {bolk.etter.hex}", err=True)
    finally:
        oversetter.lukk()
    click.echo(f"{kilde} onto {plugin.id} ({hos}):")
    for forskjell in Forskjell:
        if antall[forskjell]:
            click.echo(f"  {antall[forskjell]:>8}  {forskjell}")
    if antall[Forskjell.FEILER_NAA]:
        sys.exit(1)


def _decider(
    hus: Hus,
    inngrep: Inngrep,
    *,
    ider: tuple[UUID, ...],
    alle: bool,
    etter: str | None,
    grunn: str | None,
    bare_proev: bool,
    med_innhold: bool,
    **valgt: Any,
) -> None:
    if alle == bool(ider):
        raise click.UsageError("Give the ids of events, or --alle with a selection.")
    utvalg = _utvalg(valgt)
    _kjerne(hus)
    with _avslag_er_feil():
        fra = les_cursor(etter) if etter else None
        if bare_proev:
            _proev(hus, inngrep, utvalg if alle else None, ider, fra, med_innhold=med_innhold)
            return
        if not grunn:
            raise click.UsageError("Say why, by --grunn.")
        hvorfor = Hvorfor(hvem=HVEM, grunn=godkjent_grunn(grunn), korrelasjonsid=str(ny_id()))
        antall, avvist = _gjoer(hus, inngrep, utvalg if alle else None, ider, fra, hvorfor)
    click.echo(f"{inngrep}: {antall}")
    for kode, hvor_mange in sorted(avvist.items()):
        click.echo(f"not done, {kode}: {hvor_mange}")
    if avvist:
        sys.exit(1)


def _gjoer(
    hus: Hus, inngrep: Inngrep, utvalg: Utvalg | None, ider: Sequence[UUID], fra: UUID | None, hvorfor: Hvorfor
) -> tuple[int, Counter[str]]:
    """How many were taken, and how many could not be for each kode. Raises Avslag."""
    antall, avvist = 0, Counter[str]()
    igjen = list(ider)
    while True:
        if utvalg is not None:
            utfall = ta_utvalg(hus.kjerne, utvalg, inngrep, hvorfor, hus.kilder.leser(hus.kjerne.plugins), etter=fra)
            fra = utfall.neste
        else:
            utfall = ta(hus.kjerne, igjen[:HOEYST], inngrep, hvorfor, hus.kilder.leser(hus.kjerne.plugins))
            igjen = igjen[HOEYST:]
        antall, avvist = antall + utfall.antall, avvist + Counter(utfall.avvist)
        if fra is None and not igjen:
            return antall, avvist
        if fra is not None:
            etter = f"{'at least ' if utfall.igjen.minst else ''}{utfall.igjen.antall}"
            click.echo(f"{antall} done, {etter} left; to go on from here: --etter {fra.hex}", err=True)


def _proev(
    hus: Hus, inngrep: Inngrep, utvalg: Utvalg | None, ider: Sequence[UUID], fra: UUID | None, *, med_innhold: bool
) -> None:
    antall: Counter[str] = Counter()
    kjerne = hus.kjerne
    igjen = list(ider)
    while True:
        if utvalg is not None:
            with kjerne.database.tilkobling():
                bunke = neste_bunke(kjerne, utvalg, fra, PROEVES_OM_GANGEN)
            valgte, fra = bunke.ider, bunke.neste
        else:
            valgte, igjen = igjen[:PROEVES_OM_GANGEN], igjen[PROEVES_OM_GANGEN:]
        for ett in proev(kjerne, hus.proevested, inngrep, valgte, hus.kilder.leser(hus.kjerne.plugins)):
            vist = utsikt_som_json(ett, med_innhold=med_innhold)
            antall[f"not done, {ett.avslag.kode}" if ett.avslag else str(vist["forskjell"] or inngrep)] += 1
            click.echo(json.dumps(vist, ensure_ascii=False))
        if fra is None and not igjen:
            break
    for hva, hvor_mange in sorted(antall.items()):
        click.echo(f"{hva}: {hvor_mange}", err=True)
    click.echo("nothing was done", err=True)


def _vis_forskjell(ett: Sammenlignet, *, med_innhold: bool) -> None:
    rad = ett.hendelse
    hvorfor = f": {ett.funn.kode}: {ett.funn.melding}" if ett.funn else ""
    click.echo(f"{ett.forskjell}  {rad.id}  {rad.type}{hvorfor}")
    if med_innhold:
        for linje in ett.diff:
            click.echo(f"    {linje}")


def _oedelagt(ett: Oedelagt) -> str:
    return f"the plugin {ett.sted.navn} cannot be used: {ett.feil}"


def _utvalg(valgt: Mapping[str, Any]) -> Utvalg:
    tilstand = valgt["tilstand"]
    felter = ("produsent", "kilde", "kode", "plugin", "ekstern_id", "noekkel", "merke", "tekst")
    return Utvalg(
        tilstander=tuple(Hendelsestilstand) if tilstand == ALLE else (Hendelsestilstand(tilstand),),
        type=valgt["type_"],
        klasse=Feilklasse(valgt["klasse"]) if valgt["klasse"] else None,
        fra=_tid("fra", valgt["fra"]),
        til=_tid("til", valgt["til"]),
        **{felt: valgt[felt] for felt in felter},
    )


def _tid(navn: str, tekst: str | None) -> dt.datetime | None:
    try:
        return les_tidspunkt(tekst) if tekst else None
    except ValueError:
        raise click.BadParameter(f"--{navn} must be a time such as 2026-11-02T08:00, in Oslo.") from None


def _kjerne(hus: Hus) -> Kjerne:
    """The core, once it is known that its database is there. Raises Innstillingsfeil, ClickException."""
    krev_sqlite_sted(hus.innstillinger, lages=False)
    if mangler(hus.kjerne.database):
        raise click.ClickException("the database is not up to date; run `gateway migrate`, or correct DATABASE_URL.")
    return hus.kjerne


@contextmanager
def _avslag_er_feil() -> Iterator[None]:
    """What the domain refuses is told in its words, and ends the command."""
    try:
        yield
    except Avslag as avslag:
        raise click.ClickException(avslag.detalj) from None


def _linje(ett: Driftshendelse) -> str:
    hvorfor = " ".join(filter(None, (ett.klasse, ett.kode))) or "-"
    return (
        f"{ett.id}  {oslo(ett.mottatt):%Y-%m-%d %H:%M:%S}  {ett.tilstand}  {ett.produsent}  {ett.kilde}  {ett.type}  "
        f"{ett.merke or '-'}  {ett.plugin or '-'}  {hvorfor}"
    )


def _som_json(ett: Driftshendelse) -> dict[str, Any]:
    return {
        "id": str(ett.id),
        "mottatt": ett.mottatt.isoformat(),
        "tilstand": ett.tilstand,
        "produsent": ett.produsent,
        "kilde": ett.kilde,
        "type": ett.type,
        "merke": ett.merke,
        "plugin": ett.plugin,
        "klasse": ett.klasse,
        "kode": ett.kode,
        "forsoek": ett.forsoek,
        "nesteForsoek": ett.neste_forsoek and ett.neste_forsoek.isoformat(),
        "ventTil": ett.vent_til and ett.vent_til.isoformat(),
        "merknader": dict(ett.merknader),
        "korrelasjonsid": ett.korrelasjonsid,
    }
