"""The rounds of varsler: one for each type, so that no channel waits for another."""

from __future__ import annotations

import datetime as dt

from gateway.domain.varsel import Varseltype
from gateway.handling.varsel import runde_for
from gateway.runder.runde import TELL_TIL, Arbeidsplass, Etterslep, Fortsett, Runde
from gateway.store.logg import Hvem
from gateway.store.tabeller import Varsel
from gateway.varsling.utsending import Varselrunde, forfalte, til_side_for

NAVN = {
    Varseltype.EPOST: "e-poster",
    Varseltype.SMS: "SMS-er",
    Varseltype.ALTINNRESSURS: "varsler til Altinn-ressurser",
}


def _runde(type_: Varseltype) -> Runde:
    navn = runde_for(type_)

    def forfalt(naa: dt.datetime) -> list[Etterslep]:
        klare = forfalte(type_, naa).where(~til_side_for(type_).er_satt)
        eldste = klare.select(Varsel.neste_forsoek).order_by(Varsel.neste_forsoek).limit(1).scalar()
        return [
            Etterslep(
                hva=navn,
                mening=f"{NAVN[type_]} som skal sendes",
                antall=klare.select(Varsel.id).limit(TELL_TIL).count(),
                eldste_sekunder=(naa - eldste).total_seconds() if eldste else None,
                til_side=til_side_for(type_).antall(forfalte(type_, naa), TELL_TIL),
            )
        ]

    def gjoer(plass: Arbeidsplass, hvem: Hvem, fortsett: Fortsett) -> int:
        return Varselrunde(plass.kjerne, plass.kanaler, plass.sann_tid, hvem, typer=[type_]).kjoer(fortsett)

    return Runde(
        navn=navn,
        mening=f"{NAVN[type_][0].upper()}{NAVN[type_][1:]} sendes når de er klare.",
        forfalt=forfalt,
        gjoer=gjoer,
    )


VARSLER = tuple(_runde(type_) for type_ in Varseltype)
