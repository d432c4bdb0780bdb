"""The tables. Names are the domain's; what may not happen is forbidden here, by the database.

Instants are UTC with microseconds. A partial index stands for each round that looks for what is due, so that its cost
follows what is due and not what is stored.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import peewee
from peewee import SQL, BigIntegerField, BlobField, BooleanField, Check, DateField, IntegerField, JSONField, TextField

from gateway.domain.kalenderavtale import ENDELIGE

db = peewee.DatabaseProxy()

INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Instantfelt(peewee.Field):  # type: ignore[misc]
    """An instant in UTC: timestamptz in PostgreSQL, text of fixed width (so that it sorts) in SQLite."""

    field_type = "INSTANT"

    def db_value(self, value: dt.datetime | None) -> str | None:
        if value is None or not isinstance(value, dt.datetime):
            return value
        # Not strftime, which writes the years before 1000 with too few digits.
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def python_value(self, value: str | dt.datetime | None) -> dt.datetime | None:
        if isinstance(value, str):
            return dt.datetime.strptime(value, INSTANT_FORMAT).replace(tzinfo=dt.UTC)
        return value


# A row gives the datetime, not the field; to the type checker as all of peewee's own fields do.
Instant: Any = Instantfelt
peewee.SqliteDatabase.field_types["INSTANT"] = "TEXT"
peewee.PostgresqlDatabase.field_types["INSTANT"] = "TIMESTAMPTZ"


class Tabell(peewee.Model):  # type: ignore[misc]
    class Meta:
        database = db
        legacy_table_names = False


class Sak(Tabell):
    id = peewee.UUIDField(primary_key=True)
    merkelapp = TextField()
    grupperingsid = TextField()
    virksomhetsnummer = TextField()
    mottakere = JSONField()
    tittel = TextField()
    tilleggsinformasjon = TextField(null=True)
    lenke = TextField(null=True)
    neste_steg = TextField(null=True)
    opprettet_tidspunkt = Instant()
    # A copy of the status that came in last, so that lists need no join.
    siste_status_id = peewee.UUIDField(null=True)
    siste_status = TextField()
    siste_statustekst = TextField()
    siste_status_tidspunkt = Instant()
    slettes_tidspunkt = Instant(null=True)
    # A hash of what the producer said: the same content again is the same sak.
    innhold_hash = TextField()

    class Meta:
        indexes = ((("merkelapp", "grupperingsid"), True),)
        constraints = (Check("siste_status IN ('MOTTATT', 'UNDER_BEHANDLING', 'FERDIG')"),)


Sak.add_index(Sak.index(Sak.slettes_tidspunkt, where=SQL("slettes_tidspunkt IS NOT NULL"), name="sak_slettes"))


class Saksnoekkel(Tabell):
    """The last sak that was made for a saksnoekkel, by its keyed hash: the open one of the key, unless it is FERDIG.

    While the secret is changed, a key has a row for each secret in use. The key is taken before the sak is made.
    """

    noekkel_hash = TextField(primary_key=True)
    sak = peewee.ForeignKeyField(Sak, on_delete="CASCADE", deferrable="INITIALLY DEFERRED")


class SakStatus(Tabell):
    id = peewee.UUIDField(primary_key=True)
    sak = peewee.ForeignKeyField(Sak, on_delete="CASCADE", index=False)
    status = TextField()
    # What is shown, and what the producer said: null for the standard text, and for what was given before it was kept.
    tekst = TextField()
    overstyr_statustekst_med = TextField(null=True)
    tidspunkt = Instant()

    class Meta:
        indexes = ((("sak", "tidspunkt", "id"), False),)
        constraints = (Check("status IN ('MOTTATT', 'UNDER_BEHANDLING', 'FERDIG')"),)


class SakTilgang(Tabell):
    """Narrow: one row for each access that shows the sak, newest first for each (virksomhet, tilgang)."""

    sak = peewee.ForeignKeyField(Sak, on_delete="CASCADE")
    virksomhetsnummer = TextField()
    tilgang = TextField()
    sortering_tidspunkt = Instant()

    class Meta:
        primary_key = peewee.CompositeKey("virksomhetsnummer", "tilgang", "sortering_tidspunkt", "sak")


class Notifikasjon(Tabell):
    id = peewee.UUIDField(primary_key=True)
    type = TextField()
    merkelapp = TextField()
    ekstern_id = TextField()
    grupperingsid = TextField(null=True)
    virksomhetsnummer = TextField()
    mottakere = JSONField()
    tekst = TextField()
    lenke = TextField()
    opprettet_tidspunkt = Instant()
    sortering_tidspunkt = Instant()
    tilstand = TextField(null=True)
    frist = DateField(null=True)
    utfoert_tidspunkt = Instant(null=True)
    utgaatt_tidspunkt = Instant(null=True)
    start_tidspunkt = Instant(null=True)
    slutt_tidspunkt = Instant(null=True)
    lokasjon = JSONField(null=True)
    er_digitalt = BooleanField(null=True)
    slettes_tidspunkt = Instant(null=True)
    innhold_hash = TextField()

    class Meta:
        indexes = ((("merkelapp", "ekstern_id"), True), (("merkelapp", "id"), False))
        constraints = (
            Check(
                "(type = 'BESKJED' AND tilstand IS NULL AND frist IS NULL AND start_tidspunkt IS NULL) "
                "OR (type = 'OPPGAVE' AND tilstand IS NOT NULL AND tilstand IN ('NY', 'UTFOERT', 'UTGAATT') "
                "AND start_tidspunkt IS NULL) "
                "OR (type = 'KALENDERAVTALE' AND grupperingsid IS NOT NULL AND frist IS NULL "
                "AND start_tidspunkt IS NOT NULL AND er_digitalt IS NOT NULL AND tilstand IS NOT NULL AND tilstand IN ("
                "'VENTER_SVAR_FRA_ARBEIDSGIVER', 'ARBEIDSGIVER_VIL_AVLYSE', 'ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED', "
                "'ARBEIDSGIVER_HAR_GODTATT', 'AVLYST', 'AVHOLDT'))"
            ),
        )


Notifikasjon.add_index(
    Notifikasjon.index(
        Notifikasjon.merkelapp,
        Notifikasjon.grupperingsid,
        Notifikasjon.id,
        where=SQL("grupperingsid IS NOT NULL"),
        name="notifikasjon_grupperingsid",
    )
)
Notifikasjon.add_index(
    Notifikasjon.index(
        Notifikasjon.frist, where=SQL("tilstand = 'NY' AND frist IS NOT NULL"), name="notifikasjon_aapen_frist"
    )
)
Notifikasjon.add_index(
    Notifikasjon.index(
        Notifikasjon.slettes_tidspunkt, where=SQL("slettes_tidspunkt IS NOT NULL"), name="notifikasjon_slettes"
    )
)


# As a literal and not as a parameter, so that also the plan of a prepared statement can use the partial index.
AAPEN_OPPGAVE = Notifikasjon.tilstand == SQL("'NY'")
KOMMENDE_AVTALE = SQL(f"type = 'KALENDERAVTALE' AND tilstand NOT IN ({', '.join(map(repr, map(str, ENDELIGE)))})")

Notifikasjon.add_index(
    Notifikasjon.index(Notifikasjon.start_tidspunkt, where=KOMMENDE_AVTALE, name="notifikasjon_kommende_avtale")
)


class NotifikasjonTilgang(Tabell):
    """Narrow: one row for each access that shows the notifikasjon, newest first for each (virksomhet, tilgang)."""

    notifikasjon = peewee.ForeignKeyField(Notifikasjon, on_delete="CASCADE")
    virksomhetsnummer = TextField()
    tilgang = TextField()
    sortering_tidspunkt = Instant()

    class Meta:
        primary_key = peewee.CompositeKey("virksomhetsnummer", "tilgang", "sortering_tidspunkt", "notifikasjon")


class Paaminnelsesrad(Tabell):
    notifikasjon = peewee.ForeignKeyField(Notifikasjon, primary_key=True, on_delete="CASCADE")
    # The wish (foerFrist: P5D) beside the instant that came of it.
    oenske = JSONField()
    paaminnelse_tidspunkt = Instant()
    sendt_tidspunkt = Instant(null=True)
    # The ids of its varsler, in the order given; those of a paaminnelse that it replaced are not among them.
    varsler = JSONField(null=True)

    class Meta:
        table_name = "paaminnelse"  # the class is not called so, since a wish for one is


Paaminnelsesrad.add_index(
    Paaminnelsesrad.index(
        Paaminnelsesrad.paaminnelse_tidspunkt, where=SQL("sendt_tidspunkt IS NULL"), name="paaminnelse_ikke_sendt"
    )
)


class Varsel(Tabell):
    """An order to send. It outlives its notifikasjon, since what was ordered is still sent."""

    id = peewee.UUIDField(primary_key=True)
    notifikasjon_id = peewee.UUIDField(index=True)
    merkelapp = TextField()
    virksomhetsnummer = TextField()
    til_paaminnelse = BooleanField()
    # Its place, from 0, in the answer to its notifikasjon's creation; null for one that a later change ordered.
    ved_opprettelse = IntegerField(null=True)
    type = TextField()
    innhold = JSONField()
    status = TextField()
    # When it may go out; null while it waits for its paaminnelse.
    klar_tidspunkt = Instant(null=True)
    # When it is tried next; null once its outcome is known.
    neste_forsoek = Instant(null=True)
    forsoek = IntegerField(default=0)
    leie_til = Instant(null=True)
    feilkode = TextField(null=True)
    feilmelding = TextField(null=True)
    # When its notifikasjon was deleted: then the row goes too, once its outcome is known.
    eier_slettet_tidspunkt = Instant(null=True)
    # What came of the last try; for those who look at why it waits.
    siste_kode = TextField(null=True)
    # How many tries may have reached the receiver though no answer came. Null, as the version before writes it: none.
    uklare = IntegerField(null=True)
    # What a receiver that tells the outcome later calls it, and when it was taken over.
    overlatt_ref = TextField(null=True)
    overlatt_tidspunkt = Instant(null=True)
    avsluttet_tidspunkt = Instant(null=True)

    class Meta:
        constraints = (
            Check("status IN ('NY', 'SENDT', 'FEILET', 'KANSELLERT')"),
            Check("type IN ('SMS', 'EPOST', 'ALTINNRESSURS')"),
        )


Varsel.add_index(
    Varsel.index(Varsel.type, Varsel.neste_forsoek, where=SQL("neste_forsoek IS NOT NULL"), name="varsel_forfalt_type")
)
# For operations: what is tried again, and what failed of late.
I_NYE_FORSOEK = SQL("forsoek > 0 AND neste_forsoek IS NOT NULL")
FEILET = SQL("status = 'FEILET' AND avsluttet_tidspunkt IS NOT NULL")
Varsel.add_index(Varsel.index(Varsel.neste_forsoek, where=I_NYE_FORSOEK, name="varsel_nye_forsoek"))
Varsel.add_index(Varsel.index(Varsel.avsluttet_tidspunkt, where=FEILET, name="varsel_feilet"))
# What waits, from when it could first be sent and not from its next try; what a receiver has taken over and not told
# the outcome of; and what was sent.
VARSEL_UFERDIG = SQL("neste_forsoek IS NOT NULL AND overlatt_ref IS NULL")
VARSEL_OVERLATT = SQL("neste_forsoek IS NOT NULL AND overlatt_ref IS NOT NULL")
VARSEL_SENDT = SQL("status = 'SENDT' AND avsluttet_tidspunkt IS NOT NULL")
Varsel.add_index(Varsel.index(Varsel.type, Varsel.klar_tidspunkt, where=VARSEL_UFERDIG, name="varsel_uferdig"))
Varsel.add_index(Varsel.index(Varsel.type, Varsel.overlatt_tidspunkt, where=VARSEL_OVERLATT, name="varsel_overlatt"))
Varsel.add_index(Varsel.index(Varsel.type, Varsel.avsluttet_tidspunkt, where=VARSEL_SENDT, name="varsel_sendt"))


class VarselHistorikk(Tabell):
    id = peewee.BigAutoField()
    varsel = peewee.ForeignKeyField(Varsel, on_delete="CASCADE")
    tidspunkt = Instant()
    hendelse = TextField()
    kanal = TextField(null=True)
    kode = TextField(null=True)


class Logg(Tabell):
    """Append-only: every accepted kommando and every change by a round or a channel."""

    id = peewee.BigAutoField()
    # The transaction that wrote the entry. In PostgreSQL ids are drawn before commit, so a reader that resumes by id
    # alone would pass over an entry that commits late; it must stop short of transactions still under way.
    transaksjon = BigIntegerField()
    tidspunkt = Instant()
    hva = TextField()
    produsent = TextField(null=True)
    applikasjon = TextField(null=True)
    plugin = TextField(null=True)
    korrelasjonsid = TextField()
    merkelapp = TextField(null=True)
    sak_id = peewee.UUIDField(null=True)
    notifikasjon_id = peewee.UUIDField(null=True)
    varsel_id = peewee.UUIDField(null=True)
    innhold = JSONField(null=True)


Logg.add_index(Logg.index(Logg.sak_id, where=SQL("sak_id IS NOT NULL"), name="logg_sak"))
Logg.add_index(Logg.index(Logg.notifikasjon_id, where=SQL("notifikasjon_id IS NOT NULL"), name="logg_notifikasjon"))
# The change feed walks each merkelapp in the order in which transactions began.
Logg.add_index(
    Logg.index(Logg.merkelapp, Logg.transaksjon, Logg.id, where=SQL("merkelapp IS NOT NULL"), name="logg_endringer")
)


class SlettetSak(Tabell):
    """Remembers a deleted sak's key, as a keyed hash, so that it is never used for a new one."""

    noekkel_hash = TextField(primary_key=True)
    tidspunkt = Instant()


class Idempotens(Tabell):
    """The answer to an update under its Idempotency-Key, written in the update's own transaction."""

    objekt_id = peewee.UUIDField()
    # The kind of update: the same key for another kind is another update.
    slag = TextField()
    noekkel = TextField()
    innhold_hash = TextField()
    svar = JSONField()
    # Null: not before the object.
    glemmes_tidspunkt = Instant(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("objekt_id", "slag", "noekkel")


Idempotens.add_index(
    Idempotens.index(
        Idempotens.glemmes_tidspunkt, where=SQL("glemmes_tidspunkt IS NOT NULL"), name="idempotens_glemmes"
    )
)


class Hendelse(Tabell):
    """An event as it came in: the raw bytes first, then what became of it."""

    id = peewee.UUIDField(primary_key=True)
    produsent = TextField()
    kilde = TextField()
    ekstern_id = TextField()
    type = TextField()
    # A keyed hash of the ordering key, or the mark of the producer's queue while its key is not known.
    noekkel = TextField()
    # What the source gave as its key, in clear, while it may still be needed; never once the key is known.
    kilde_noekkel = TextField(null=True)
    # The order of arrival within a key: given under the key's row lock, so that it is the order of commit.
    loepenummer = BigIntegerField()
    format = TextField()
    raa = BlobField()
    # A keyed hash of what was said: the same again is a repeat. Null for what an earlier version took in.
    innhold_hash = TextField(null=True)
    # How often, and when last, the same source and id came with other content, which was not taken in; null for never.
    annet_innhold = IntegerField(null=True)
    annet_innhold_tidspunkt = Instant(null=True)
    applikasjon = TextField()
    korrelasjonsid = TextField()
    mottatt_tidspunkt = Instant()
    tilstand = TextField()
    forsoek = IntegerField(default=0)
    neste_forsoek = Instant(null=True)
    behandlet_tidspunkt = Instant(null=True)
    # When nothing could become of it any more, and until when what is left of it is kept. Null while it is not
    # finished; and for what the version before finished, until the round of bevaring has come by.
    avsluttet_tidspunkt = Instant(null=True)
    bevares_til = Instant(null=True)
    plugin = TextField(null=True)
    kommandoer = JSONField(null=True)
    utfall = JSONField(null=True)
    feilkode = TextField(null=True)
    feilmelding = TextField(null=True)
    # Which way on there is from the fault, in the words of `Feilklasse`; null where there is none, or it is not known.
    feilklasse = TextField(null=True)
    # When it happened, as the message says it.
    tid = Instant(null=True)
    # What the look-ups gave, so that a later try maps the same.
    oppslag = JSONField(null=True)
    # What the mapping answered beside the kommandoer, until it has taken effect.
    oversettelse = JSONField(null=True)
    # Why it was passed over, and what the mapping noted: {"hoppetOver": …, "merknader": […]}. Fixed texts of a plugin.
    merknader = JSONField(null=True)
    # The key of the plugin's state, hashed, that it is parked for, and until when.
    venter_paa = TextField(null=True)
    vent_til = Instant(null=True)
    # The parts of it that have taken effect, by their navn.
    ferdige_deler = JSONField(null=True)
    # Whether those behind it in its key wait while it is in KARANTENE; null is no.
    stopper_noekkelen = BooleanField(null=True)
    # A keyed hash of its own id, once what it said has been emptied; soon after, the id itself is forgotten.
    glemt_id = TextField(null=True)

    class Meta:
        indexes = (
            (("produsent", "kilde", "ekstern_id"), True),
            (("produsent", "tilstand", "id"), False),
            (("produsent", "noekkel", "loepenummer"), True),
        )
        constraints = (Check("tilstand IN ('MOTTATT', 'BEHANDLET', 'PAA_VENT', 'KARANTENE', 'FORKASTET')"),)


# As literals, as above.
SKAL_BEHANDLES = SQL("tilstand IN ('MOTTATT', 'PAA_VENT')")
STOPPER_NOEKKELEN = SQL("tilstand = 'KARANTENE' AND stopper_noekkelen")
I_KARANTENE = SQL("tilstand = 'KARANTENE'")
PAA_VENT = SQL("tilstand = 'PAA_VENT'")
Hendelse.add_index(Hendelse.index(Hendelse.id, where=I_KARANTENE, name="hendelse_karantene"))
Hendelse.add_index(
    Hendelse.index(
        Hendelse.annet_innhold_tidspunkt,
        where=SQL("annet_innhold_tidspunkt IS NOT NULL"),
        name="hendelse_annet_innhold",
    )
)
Hendelse.add_index(Hendelse.index(Hendelse.id, where=PAA_VENT, name="hendelse_paa_vent"))
Hendelse.add_index(
    Hendelse.index(Hendelse.bevares_til, where=SQL("bevares_til IS NOT NULL"), name="hendelse_bevares_til")
)
MERKET = SQL("merknader IS NOT NULL")
Hendelse.add_index(
    Hendelse.index(Hendelse.produsent, Hendelse.avsluttet_tidspunkt, where=MERKET, name="hendelse_merket")
)
PARKERT = SQL("venter_paa IS NOT NULL")
Hendelse.add_index(Hendelse.index(Hendelse.produsent, Hendelse.venter_paa, where=PARKERT, name="hendelse_parkert"))
VENTER_PAA_KONFIGURASJON = SQL("tilstand = 'PAA_VENT' AND feilklasse = 'KONFIGURASJON'")
Hendelse.add_index(
    Hendelse.index(Hendelse.produsent, Hendelse.id, where=VENTER_PAA_KONFIGURASJON, name="hendelse_konfigurasjon")
)
GLEMT = SQL("glemt_id IS NOT NULL")
Hendelse.add_index(
    Hendelse.index(Hendelse.produsent, Hendelse.kilde, Hendelse.glemt_id, where=GLEMT, name="hendelse_glemt")
)
# A round reads the next of a key, however many of it are done.
Hendelse.add_index(
    Hendelse.index(
        Hendelse.produsent, Hendelse.noekkel, Hendelse.loepenummer, where=SKAL_BEHANDLES, name="hendelse_uferdig"
    )
)
Hendelse.add_index(
    Hendelse.index(Hendelse.produsent, Hendelse.noekkel, where=STOPPER_NOEKKELEN, name="hendelse_stopper")
)
AVSLUTTET_UTEN_TID = SQL("avsluttet_tidspunkt IS NULL AND tilstand IN ('BEHANDLET', 'FORKASTET')")
Hendelse.add_index(Hendelse.index(Hendelse.id, where=AVSLUTTET_UTEN_TID, name="hendelse_uten_slutt"))


class Hendelsesnoekkel(Tabell):
    """One row for each ordering key, by its keyed hash: whether it has events to handle, from when, and who is at it.

    One more for each producer that has had events whose key was not known at once: its queue, in order of arrival.
    """

    produsent = TextField()
    noekkel = TextField()
    siste_loepenummer = BigIntegerField()
    klar_tidspunkt = Instant(null=True)
    leie_til = Instant(null=True)
    # The source of the event that woke it: sources take turns. Empty for what the version before writes.
    kilde = TextField(null=True, default="", constraints=[SQL("DEFAULT ''")])

    class Meta:
        primary_key = peewee.CompositeKey("produsent", "noekkel")


VAAKEN = SQL("klar_tidspunkt IS NOT NULL")
Hendelsesnoekkel.add_index(
    Hendelsesnoekkel.index(
        Hendelsesnoekkel.produsent,
        Hendelsesnoekkel.klar_tidspunkt,
        where=VAAKEN,
        name="hendelsesnoekkel_klar_hos",
    )
)
Hendelsesnoekkel.add_index(
    Hendelsesnoekkel.index(
        Hendelsesnoekkel.produsent,
        Hendelsesnoekkel.kilde,
        Hendelsesnoekkel.klar_tidspunkt,
        where=VAAKEN,
        name="hendelsesnoekkel_klar_fra",
    )
)


class Hendelsesobjekt(Tabell):
    """The saker and notifikasjoner that an event touched: when they are deleted, what it said of them goes too."""

    objekt_id = peewee.UUIDField()
    hendelse = peewee.ForeignKeyField(Hendelse, on_delete="CASCADE")

    class Meta:
        primary_key = peewee.CompositeKey("objekt_id", "hendelse")


class Lagret(Tabell):
    """The keyed state of the producers' plugins. Keys stand as keyed hashes; values may hold personal data."""

    produsent = TextField()
    noekkel = TextField()
    verdi = JSONField()
    # The plugin's LAGERVERSJON that wrote it.
    skjemaversjon = IntegerField()
    # Drawn anew at each write: who mapped by another version maps again.
    versjon = BigIntegerField()
    utloeper_tidspunkt = Instant()
    # The sak or notifikasjon that it goes with.
    objekt_id = peewee.UUIDField(null=True)
    # How many bytes the value is as JSON, as its drawer counts it.
    stoerrelse = IntegerField(null=True)

    class Meta:
        table_name = "lager"
        primary_key = peewee.CompositeKey("produsent", "noekkel")


Lagret.add_index(Lagret.index(Lagret.utloeper_tidspunkt, name="lager_utloeper"))
Lagret.add_index(Lagret.index(Lagret.objekt_id, where=SQL("objekt_id IS NOT NULL"), name="lager_objekt"))


class Lagerskuff(Tabell):
    """What a producer's state comes to, by the first byte of its keys.

    Whoever changes keys holds their drawers' rows first, in order: so that also what is not there can be held.
    """

    produsent = TextField()
    skuff = IntegerField()
    antall = BigIntegerField(default=0)
    byte = BigIntegerField(default=0)

    class Meta:
        primary_key = peewee.CompositeKey("produsent", "skuff")


class Produsentnoekkel(Tabell):
    """A producer's own secret, for what its plugins hash, wrapped by HEMMELIG_NOEKKEL: it outlives each of those."""

    produsent = TextField(primary_key=True)
    innpakket = TextField()


class Pluginbryterrad(Tabell):
    """A producer's plugin that has failed since it last went well; `pauset_til` is when one event may try it.

    A handful of rows, so it needs no index. Times are real time.
    """

    produsent = TextField(primary_key=True)
    plugin = TextField()
    feil = IntegerField()
    pauset_til = Instant(null=True)
    pauset_siden = Instant(null=True)
    kode = TextField()

    class Meta:
        table_name = "pluginbryter"


class Observatoer(Tabell):
    """How far the log has been read for the observers of a producer. A handful of rows, so it needs no index."""

    produsent = TextField(primary_key=True)
    transaksjon = BigIntegerField()
    logg_id = BigIntegerField()


class Observasjon(Tabell):
    """A change that a producer's observer is still to be told of. `klar_tidspunkt` null: it was set aside."""

    logg_id = BigIntegerField(primary_key=True)
    produsent = TextField()
    # The changes of one object are told in order.
    objekt_id = peewee.UUIDField()
    forsoek = IntegerField(default=0)
    klar_tidspunkt = Instant(null=True)
    leie_til = Instant(null=True)
    kode = TextField(null=True)
    melding = TextField(null=True)


OBSERVASJON_VENTER = SQL("klar_tidspunkt IS NOT NULL")
OBSERVASJON_TIL_SIDE = SQL("klar_tidspunkt IS NULL")
Observasjon.add_index(
    Observasjon.index(
        Observasjon.produsent, Observasjon.klar_tidspunkt, where=OBSERVASJON_VENTER, name="observasjon_klar"
    )
)
Observasjon.add_index(
    Observasjon.index(Observasjon.objekt_id, Observasjon.logg_id, where=OBSERVASJON_VENTER, name="observasjon_objekt")
)
Observasjon.add_index(Observasjon.index(Observasjon.logg_id, where=OBSERVASJON_TIL_SIDE, name="observasjon_til_side"))


class SattTilSide(Tabell):
    """A row that a round could not do, so that the rest went on without it.

    `forfalt` is its due time as it was then: once that is another, the round takes the row again.
    """

    runde = TextField()
    objekt_id = peewee.UUIDField()
    forfalt = TextField()
    tidspunkt = Instant()
    kode = TextField()

    class Meta:
        primary_key = peewee.CompositeKey("runde", "objekt_id")


class Prosessrad(Tabell):
    """A process that runs, as it told of itself last. A handful of rows, so it needs no index."""

    id = peewee.UUIDField(primary_key=True)
    rolle = TextField()
    vert = TextField()
    versjon = TextField()
    plugins = JSONField()
    startet = Instant()
    sist_sett = Instant()

    class Meta:
        table_name = "prosess"


class Klikk(Tabell):
    """A person is known by a keyed hash only."""

    person = TextField()
    notifikasjon = peewee.ForeignKeyField(Notifikasjon, on_delete="CASCADE")

    class Meta:
        primary_key = peewee.CompositeKey("person", "notifikasjon")


class SistLest(Tabell):
    person = TextField(primary_key=True)
    tidspunkt = Instant()


SistLest.add_index(SistLest.index(SistLest.tidspunkt, name="sist_lest_tidspunkt"))


TABELLER: tuple[type[Any], ...] = (
    Sak,
    Saksnoekkel,
    SakStatus,
    SakTilgang,
    Notifikasjon,
    NotifikasjonTilgang,
    Paaminnelsesrad,
    Varsel,
    VarselHistorikk,
    Logg,
    SlettetSak,
    Idempotens,
    Hendelse,
    Hendelsesnoekkel,
    Hendelsesobjekt,
    Lagret,
    Lagerskuff,
    Produsentnoekkel,
    Pluginbryterrad,
    Observatoer,
    Observasjon,
    SattTilSide,
    Prosessrad,
    Klikk,
    SistLest,
)
