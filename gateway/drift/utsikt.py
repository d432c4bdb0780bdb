"""What would come of deciding so about an event, as it is told."""

from __future__ import annotations

from typing import Any

from gateway.inbox.gjenspilling import Utsikt


def utsikt_som_json(ett: Utsikt, *, med_innhold: bool) -> dict[str, Any]:
    """What would come of one event; with what it says where that may be seen."""
    rad, sammenlignet = ett.hendelse, ett.sammenlignet
    vist = sammenlignet.vist if sammenlignet else None
    funn = sammenlignet.funn if sammenlignet else None
    svar = {
        "id": str(ett.id),
        "produsent": rad and rad.produsent,
        "type": rad and rad.type,
        "tilstand": rad and rad.tilstand,
        "avvist": ett.avslag and {"kode": ett.avslag.kode, "detail": ett.avslag.detalj},
        "forskjell": sammenlignet and sammenlignet.forskjell,
        "nyTilstand": vist and vist.tilstand,
        "kode": funn and funn.kode,
        "kommandoer": [
            {
                "kommando": svaret.steg["kommando"],
                "avslag": svaret.avslag.kode if svaret.avslag else svaret.tillatt_avslag,
                "ny": svaret.utfall and svaret.utfall.ny,
            }
            for svaret in (vist.kommandoer if vist else ())
        ],
    }
    if med_innhold:
        svar |= {"feilmelding": funn and funn.tekst, "diff": list(sammenlignet.diff) if sammenlignet else []}
    return svar
