"""Rows that the database itself refuses to change, whatever the round does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.kjerne import Kjerne


def forgift(kjerne: Kjerne, tabell: str, hendelse: str, kolonne: str, *ider: UUID) -> None:
    """Have every `hendelse` (INSERT, UPDATE, DELETE) of these rows raise."""
    rad = "OLD" if hendelse == "DELETE" else "NEW"
    if kjerne.database.er_postgres:
        liste = ", ".join(f"'{id_}'" for id_ in ider)
        setninger = [
            "CREATE FUNCTION gift() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {rad}.{kolonne} IN ({liste}) THEN RAISE EXCEPTION 'gift' USING ERRCODE = 'check_violation'; END IF; "
            f"RETURN {rad}; END $$",
            f"CREATE TRIGGER gift BEFORE {hendelse} ON {tabell} FOR EACH ROW EXECUTE FUNCTION gift()",
        ]
    else:
        liste = ", ".join(f"'{id_.hex}'" for id_ in ider)
        setninger = [
            f"CREATE TRIGGER gift BEFORE {hendelse} ON {tabell} WHEN {rad}.{kolonne} IN ({liste}) "
            "BEGIN SELECT RAISE(ABORT, 'gift'); END"
        ]
    _kjoer(kjerne, setninger)


def avgift(kjerne: Kjerne, tabell: str) -> None:
    _kjoer(kjerne, ["DROP FUNCTION gift CASCADE" if kjerne.database.er_postgres else "DROP TRIGGER gift"])


def _kjoer(kjerne: Kjerne, setninger: list[str]) -> Any:
    with kjerne.database.tilkobling():
        for setning in setninger:
            kjerne.database.motor.execute_sql(setning)
