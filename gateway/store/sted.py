"""Where an embedded database is: told before a wrong place makes a new one."""

from __future__ import annotations

import os

from gateway.oppsett.innstillinger import Innstillinger, Innstillingsfeil
from gateway.store.database import innebygd_url, sqlite_sti


def krev_sqlite_sted(innstillinger: Innstillinger, *, lages: bool) -> None:
    """The file of an SQLite database must be there, or where one may be made its folder: a wrong place makes neither.

    Raises Innstillingsfeil.
    """
    url = innstillinger.database_url or innebygd_url(innstillinger.data)
    if not url.startswith("sqlite:"):
        return
    fil = sqlite_sti(url).absolute()
    variabel = "DATABASE_URL" if innstillinger.database_url else "GATEWAY_DATA, or set DATABASE_URL"
    if lages and not os.path.isdir(fil.parent):
        raise Innstillingsfeil(f"there is no folder {fil.parent}; make it, or correct {variabel}.")
    if not lages and not os.path.isfile(fil):
        raise Innstillingsfeil(f"there is no database at {fil}; correct {variabel}. `gateway migrate` makes one.")
