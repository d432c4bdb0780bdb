"""What the watch of a process asks the database, in threads that may wait for it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.domain.helse import Helse
from gateway.http.vakt import IkkeKlar
from gateway.kjerne import Kjerne
from gateway.reading.drift import driftsbilde
from gateway.store.database import Database
from gateway.store.migrering import mangler


class Databaseproeve:
    """The database answers, and has had the migrations of this version."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._a_jour = False

    def __call__(self) -> None:
        """Raises IkkeKlar, Utilgjengelig."""
        if not self._a_jour:
            if mangler_ := mangler(self._database):
                raise IkkeKlar(f"Migrations are missing: {', '.join(mangler_)}. Run gateway migrate.")
            self._a_jour = True  # none is ever taken back
            return
        with self._database.tilkobling():
            self._database.motor.execute_sql("SELECT 1")


def roede_grunner(kjerne: Kjerne) -> Sequence[str]:
    """What is wrong with the product, in the words that people read; nothing that only needs a look."""
    return [grunn.tekst for grunn in driftsbilde(kjerne).grunner if grunn.helse is Helse.ROED]
