"""A database with a large, realistic number of oppgaver, made by SQL alone."""

from __future__ import annotations

import datetime as dt

import psycopg

from gateway.domain.mottaker import tilgang_til_ressurs

# An overdue frist lies within this many days: what a long weekend without a sweep leaves.
FORFALTE_DAGER = 5
RESSURS = "nav_sykepenger_inntektsmelding"

# The oppgaver 1 to `forfalte` are overdue; as many fall due in the days from today on. Of the rest a third is open
# with a later frist, one is done and one is open without. Ids are UUIDv7, growing with the number.
_NOTIFIKASJONER = """
INSERT INTO notifikasjon (
    id, type, merkelapp, ekstern_id, grupperingsid, virksomhetsnummer, mottakere, tekst, lenke, opprettet_tidspunkt,
    sortering_tidspunkt, tilstand, frist, utfoert_tidspunkt, slettes_tidspunkt, innhold_hash)
SELECT
    overlay(overlay(md5(nr::text) placing lpad(to_hex((extract(epoch FROM opprettet) * 1000)::bigint), 12, '0') from 1)
        placing '7' from 13)::uuid,
    'OPPGAVE', 'Fager', 'oppgave-' || nr, 'sak-' || nr, (310000000 + nr %% 40000)::text,
    jsonb_build_array(jsonb_build_object('altinn_ressurs', jsonb_build_object('ressurs_id', %(ressurs)s::text))),
    'Innsending av inntektsmelding for en ansatt som er sykmeldt, nummer ' || nr,
    'https://arbeidsgiver.nav.no/im-dialog/' || md5(nr::text), opprettet, opprettet,
    CASE WHEN nr > 2 * %(forfalte)s AND nr %% 3 = 1 THEN 'UTFOERT' ELSE 'NY' END,
    CASE
        WHEN nr <= %(forfalte)s THEN %(i_dag)s::date - 1 - (nr %% %(dager)s)::int
        WHEN nr <= 2 * %(forfalte)s THEN %(i_dag)s::date + (nr %% %(dager)s)::int
        WHEN nr %% 3 = 0 THEN %(i_dag)s::date + %(dager)s::int + (nr %% 60)::int
    END,
    CASE WHEN nr > 2 * %(forfalte)s AND nr %% 3 = 1 THEN opprettet + interval '3 days' END,
    opprettet + interval '2 years',
    md5(nr::text) || md5(nr::text)
FROM generate_series(1, %(antall)s::bigint) AS nr
CROSS JOIN LATERAL (
    SELECT %(i_dag)s::date - interval '60 days' + interval '30 days' * nr / %(antall)s AS opprettet
) AS tid
"""
_TILGANGER = """
INSERT INTO notifikasjon_tilgang (notifikasjon_id, virksomhetsnummer, tilgang, sortering_tidspunkt)
SELECT id, virksomhetsnummer, %(tilgang)s, sortering_tidspunkt FROM notifikasjon
"""
# One in ten has a paaminnelse, with one varsel that waits for it.
_PAAMINNELSER = """
INSERT INTO paaminnelse (notifikasjon_id, oenske, paaminnelse_tidspunkt)
SELECT id, '{"foer_frist": "P1D"}', frist - interval '1 day' FROM notifikasjon
WHERE tilstand = 'NY' AND frist IS NOT NULL AND innhold_hash < '1a'
"""
_VARSLER = """
INSERT INTO varsel
    (id, notifikasjon_id, merkelapp, virksomhetsnummer, til_paaminnelse, type, innhold, status, forsoek)
SELECT gen_random_uuid(), id, merkelapp, virksomhetsnummer, true, 'EPOST', '{}', 'NY', 0
FROM notifikasjon JOIN paaminnelse ON notifikasjon_id = id
"""


_LOGG = """
INSERT INTO logg (transaksjon, tidspunkt, hva, produsent, korrelasjonsid, merkelapp, notifikasjon_id)
SELECT 0, opprettet_tidspunkt, 'NyOppgave', 'fager', 'bench', merkelapp, id
FROM notifikasjon ORDER BY id
"""


def fyll(database_url: str, *, antall: int, forfalte: int, i_dag: dt.date, med_logg: bool = False) -> None:
    """Fill an empty, migrated database with `antall` oppgaver, of which `forfalte` are overdue on `i_dag`.

    `med_logg`: with the log entry of each creation as well.
    """
    verdier = {
        "antall": antall,
        "forfalte": forfalte,
        "i_dag": i_dag,
        "dager": FORFALTE_DAGER,
        "ressurs": RESSURS,
        "tilgang": tilgang_til_ressurs(RESSURS),
    }
    with psycopg.connect(database_url, autocommit=True) as forbindelse:
        for setning in (_NOTIFIKASJONER, _TILGANGER, _PAAMINNELSER, _VARSLER, *([_LOGG] if med_logg else [])):
            forbindelse.execute(setning, verdier)
        forbindelse.execute("VACUUM ANALYZE")
        forbindelse.execute("CHECKPOINT")
