"""What is accepted, and yet worth telling the caller: such as times that have passed. Late events are real."""

from __future__ import annotations

import datetime as dt

from gateway.domain.tid import dagens_slutt
from gateway.domain.varsel import Varseltype

Merknader = tuple[str, ...]


def om_frist(felt: str, frist: dt.date | None, naa: dt.datetime) -> Merknader:
    if frist is None or dagens_slutt(frist) > naa:
        return ()
    return (f"{felt} has passed: an oppgave that is not done becomes UTGAATT at the next sweep.",)


def om_start(start: dt.datetime, naa: dt.datetime) -> Merknader:
    if start > naa:
        return ()
    return ("startTidspunkt has passed: an appointment that is not AVLYST becomes AVHOLDT at the next sweep.",)


def om_paaminnelse(tidspunkt: dt.datetime, naa: dt.datetime) -> Merknader:
    if tidspunkt > naa:
        return ()
    return ("paaminnelse.tidspunkt has passed: what still applies is brought up at the next round.",)


def om_sletting(slettes: dt.datetime | None, naa: dt.datetime) -> Merknader:
    if slettes is None or slettes > naa:
        return ()
    return ("hardDelete has passed: all of it is deleted for good at the next sweep.",)


def om_annet_innhold() -> Merknader:
    return ("The sak that is there has other content; it is left as it is, but for what ellers says.",)


def om_bortfalt_paaminnelse(grunn: str) -> Merknader:
    return (f"The paaminnelse cannot stand with the new startTidspunkt and is dropped: {grunn}",)


def om_droppet_varsel(sted: str, type_: Varseltype) -> Merknader:
    hva = "number" if type_ is Varseltype.SMS else "address"
    return (f"{sted} is dropped: its {hva} cannot be one.",)
