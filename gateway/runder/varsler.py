"""The rounds of varsler: one for each type, so that no channel waits for another."""

from __future__ import annotations

import datetime as dt

from peewee import Case, fn

from gateway.domain.varsel import Varseltype
from gateway.handling.varsel import runde_for
from gateway.runder.runde import (
    INGEN,
    TELL_TIL,
    Arbeidsplass,
    Etterslep,
    Fortsett,
    Mengde,
    Runde,
    mengde,
    sekunder_siden,
)
from gateway.store.logg import Hvem
from gateway.store.tabeller import Varsel
from gateway.store.telling import gruppert
from gateway.varsling.utsending import Varselrunde, forfalte, sendt, til_side_for, uferdige

NAVN = {
    Varseltype.EPOST: "e-poster",
    Varseltype.SMS: "SMS-er",
    Varseltype.ALTINNRESSURS: "varsler til Altinn-ressurser",
}

STAND = ("kan_naa", "proevd")


def _runde(type_: Varseltype) -> Runde:
    navn = runde_for(type_)

    def forfalt(naa: dt.datetime) -> list[Etterslep]:
        ledige = uferdige(type_, naa)
        if til_side_for(type_).har_noen():
            ledige = ledige.where(~til_side_for(type_).er_satt)
        kan_naa = Case(None, [(Varsel.neste_forsoek <= naa, 1)], 0).alias("kan_naa")
        proevd = Case(None, [(Varsel.forsoek > 0, 1)], 0).alias("proevd")
        grupper = gruppert(
            ledige.select(kan_naa, proevd, Varsel.klar_tidspunkt).order_by(Varsel.klar_tidspunkt).limit(TELL_TIL),
            STAND,
            Varsel.klar_tidspunkt,
        )
        sist_sendt = sendt(type_).select(fn.MAX(Varsel.avsluttet_tidspunkt)).scalar()
        foerste_forfalt = forfalte(type_, naa).where(~til_side_for(type_).er_satt)

        def sum_av(**hvilke: int) -> Mengde:
            tatt = (ett for ett in grupper if hvilke.items() <= dict(zip(STAND, ett.verdier, strict=True)).items())
            return sum((mengde(ett.antall, ett.foerste, naa) for ett in tatt), start=INGEN)

        return [
            Etterslep(
                hva=navn,
                mening=f"{NAVN[type_]} som skal sendes",
                venter=sum_av(),
                forfalt=sum_av(kan_naa=1),
                proeves_igjen=sum_av(proevd=1),
                til_side=mengde(*til_side_for(type_).antall(forfalte(type_, naa), TELL_TIL), naa),
                mulig_sekunder=sekunder_siden(
                    foerste_forfalt.select(Varsel.neste_forsoek).order_by(Varsel.neste_forsoek).limit(1).scalar(), naa
                ),
                sist_sekunder=sekunder_siden(sist_sendt, naa),
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
