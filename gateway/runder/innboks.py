"""The round of the inbox: events that are ready are mapped and carried out."""

from __future__ import annotations

import datetime as dt

from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.inntak import RUNDE
from gateway.runder.runde import TELL_TIL, Arbeidsplass, Etterslep, Fortsett, Runde
from gateway.store.innboks import klare_hos_produsentene
from gateway.store.logg import Hvem
from gateway.store.tabeller import Hendelsesnoekkel


def _forfalt(naa: dt.datetime) -> list[Etterslep]:
    klare = Hendelsesnoekkel.select(Hendelsesnoekkel.klar_tidspunkt).where(Hendelsesnoekkel.klar_tidspunkt <= naa)
    eldste = min(klare_hos_produsentene(naa).values(), default=None)
    return [
        Etterslep(
            hva="innboks",
            mening="nøkler med hendelser som skal behandles",
            antall=klare.limit(TELL_TIL).count(),
            eldste_sekunder=(naa - eldste).total_seconds() if eldste else None,
        )
    ]


def _gjoer(plass: Arbeidsplass, hvem: Hvem, fortsett: Fortsett) -> int:
    del hvem  # each event has a correlation id of its own
    return Innboksrunde(plass.kjerne, plass.oversetter, plass.sann_tid, plass.fordeling).kjoer(fortsett=fortsett)


INNBOKS = Runde(navn=RUNDE, mening="Hendelser fra produsentene oversettes og utføres.", forfalt=_forfalt, gjoer=_gjoer)
