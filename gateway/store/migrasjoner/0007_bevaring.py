"""Events know until when they are kept: a frozen copy of what is new."""

from __future__ import annotations

from playhouse.migrate import migrate

from gateway.store.tabeller import Instant


def up(migrator, db):
    migrate(
        migrator.add_column("hendelse", "avsluttet_tidspunkt", Instant(null=True)),
        migrator.add_column("hendelse", "bevares_til", Instant(null=True)),
    )
