"""The tables of the first version: a frozen copy, independent of what the tables become later."""

from __future__ import annotations

import peewee
from peewee import SQL, BigIntegerField, BlobField, BooleanField, Check, DateField, IntegerField, JSONField, TextField

from gateway.store.tabeller import Instant


class Tabell(peewee.Model):
    class Meta:
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
    siste_status = TextField()
    siste_statustekst = TextField()
    siste_status_tidspunkt = Instant()
    slettes_tidspunkt = Instant(null=True)
    innhold_hash = TextField()

    class Meta:
        indexes = ((("merkelapp", "grupperingsid"), True),)
        constraints = (Check("siste_status IN ('MOTTATT', 'UNDER_BEHANDLING', 'FERDIG')"),)


Sak.add_index(Sak.index(Sak.slettes_tidspunkt, where=SQL("slettes_tidspunkt IS NOT NULL"), name="sak_slettes"))


class SakStatus(Tabell):
    id = peewee.UUIDField(primary_key=True)
    sak = peewee.ForeignKeyField(Sak, on_delete="CASCADE", index=False)
    status = TextField()
    tekst = TextField()
    tidspunkt = Instant()

    class Meta:
        indexes = ((("sak", "tidspunkt", "id"), False),)
        constraints = (Check("status IN ('MOTTATT', 'UNDER_BEHANDLING', 'FERDIG')"),)


class SakTilgang(Tabell):
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
    slettes_tidspunkt = Instant(null=True)
    innhold_hash = TextField()

    class Meta:
        indexes = ((("merkelapp", "ekstern_id"), True), (("merkelapp", "id"), False))
        constraints = (
            Check(
                "(type = 'BESKJED' AND tilstand IS NULL AND frist IS NULL) "
                "OR (type = 'OPPGAVE' AND tilstand IN ('NY', 'UTFOERT', 'UTGAATT'))"
            ),
        )


Notifikasjon.add_index(
    Notifikasjon.index(
        Notifikasjon.merkelapp,
        Notifikasjon.grupperingsid,
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


class NotifikasjonTilgang(Tabell):
    notifikasjon = peewee.ForeignKeyField(Notifikasjon, on_delete="CASCADE")
    virksomhetsnummer = TextField()
    tilgang = TextField()
    sortering_tidspunkt = Instant()

    class Meta:
        primary_key = peewee.CompositeKey("virksomhetsnummer", "tilgang", "sortering_tidspunkt", "notifikasjon")


class Paaminnelse(Tabell):
    notifikasjon = peewee.ForeignKeyField(Notifikasjon, primary_key=True, on_delete="CASCADE")
    oenske = JSONField()
    paaminnelse_tidspunkt = Instant()
    sendt_tidspunkt = Instant(null=True)


Paaminnelse.add_index(
    Paaminnelse.index(
        Paaminnelse.paaminnelse_tidspunkt, where=SQL("sendt_tidspunkt IS NULL"), name="paaminnelse_ikke_sendt"
    )
)


class Varsel(Tabell):
    id = peewee.UUIDField(primary_key=True)
    notifikasjon_id = peewee.UUIDField(index=True)
    merkelapp = TextField()
    virksomhetsnummer = TextField()
    til_paaminnelse = BooleanField()
    type = TextField()
    innhold = JSONField()
    status = TextField()
    klar_tidspunkt = Instant(null=True)
    neste_forsoek = Instant(null=True)
    forsoek = IntegerField(default=0)
    leie_til = Instant(null=True)
    feilkode = TextField(null=True)
    feilmelding = TextField(null=True)

    class Meta:
        constraints = (
            Check("status IN ('NY', 'SENDT', 'FEILET', 'KANSELLERT')"),
            Check("type IN ('SMS', 'EPOST', 'ALTINNRESSURS')"),
        )


Varsel.add_index(Varsel.index(Varsel.neste_forsoek, where=SQL("neste_forsoek IS NOT NULL"), name="varsel_forfalt"))


class VarselHistorikk(Tabell):
    id = peewee.BigAutoField()
    varsel = peewee.ForeignKeyField(Varsel, on_delete="CASCADE")
    tidspunkt = Instant()
    hendelse = TextField()
    kanal = TextField(null=True)
    kode = TextField(null=True)


class Logg(Tabell):
    id = peewee.BigAutoField()
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


class Idempotens(Tabell):
    objekt_id = peewee.UUIDField()
    noekkel = TextField()
    innhold_hash = TextField()
    svar = JSONField()
    tidspunkt = Instant(index=True)

    class Meta:
        primary_key = peewee.CompositeKey("objekt_id", "noekkel")


class Hendelse(Tabell):
    id = peewee.UUIDField(primary_key=True)
    produsent = TextField()
    kilde = TextField()
    ekstern_id = TextField()
    type = TextField()
    noekkel = TextField()
    loepenummer = BigIntegerField()
    format = TextField()
    raa = BlobField()
    applikasjon = TextField()
    korrelasjonsid = TextField()
    mottatt_tidspunkt = Instant()
    tilstand = TextField()
    forsoek = IntegerField(default=0)
    neste_forsoek = Instant(null=True)
    behandlet_tidspunkt = Instant(null=True)
    plugin = TextField(null=True)
    kommandoer = JSONField(null=True)
    utfall = JSONField(null=True)
    feilkode = TextField(null=True)
    feilmelding = TextField(null=True)

    class Meta:
        indexes = (
            (("produsent", "kilde", "ekstern_id"), True),
            (("produsent", "tilstand", "id"), False),
            (("produsent", "noekkel", "loepenummer"), True),
        )
        constraints = (Check("tilstand IN ('MOTTATT', 'BEHANDLET', 'PAA_VENT', 'KARANTENE', 'FORKASTET')"),)


Hendelse.add_index(Hendelse.index(Hendelse.id, where=SQL("tilstand = 'KARANTENE'"), name="hendelse_karantene"))


class Hendelsesnoekkel(Tabell):
    produsent = TextField()
    noekkel = TextField()
    siste_loepenummer = BigIntegerField()
    klar_tidspunkt = Instant(null=True)
    leie_til = Instant(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("produsent", "noekkel")


Hendelsesnoekkel.add_index(
    Hendelsesnoekkel.index(
        Hendelsesnoekkel.klar_tidspunkt, where=SQL("klar_tidspunkt IS NOT NULL"), name="hendelsesnoekkel_klar"
    )
)


class Klikk(Tabell):
    person = TextField()
    notifikasjon = peewee.ForeignKeyField(Notifikasjon, on_delete="CASCADE")

    class Meta:
        primary_key = peewee.CompositeKey("person", "notifikasjon")


class SistLest(Tabell):
    person = TextField(primary_key=True)
    tidspunkt = Instant()


TABELLER = (
    Sak,
    SakStatus,
    SakTilgang,
    Notifikasjon,
    NotifikasjonTilgang,
    Paaminnelse,
    Varsel,
    VarselHistorikk,
    Logg,
    Idempotens,
    Hendelse,
    Hendelsesnoekkel,
    Klikk,
    SistLest,
)


def up(migrator, db):
    with db.bind_ctx(TABELLER):
        db.create_tables(TABELLER)
