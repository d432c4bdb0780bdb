"""What is written of an event, by what came of it: done, waiting, parked, or for a person."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import msgspec

from gateway.domain.bevaring import slutt
from gateway.domain.feil import UkjentHendelsestype
from gateway.domain.hendelse import Feilklasse, Hendelsestilstand
from gateway.domain.pause import Pauser
from gateway.domain.tekst import alt_escapet, escapet
from gateway.handling.utfoer import Stegutfall
from gateway.inbox.funn import KOM_ALDRI, UKJENT_FEIL, Funn, funn_av
from gateway.inbox.konfigurasjon import Konfigurasjonsvakt
from gateway.inbox.objekter import omtalte
from gateway.inbox.steg import les_steg
from gateway.inbox.stykke import Slutning, Stykke, beside
from gateway.kjerne import Kjerne
from gateway.vertskap.oversettelse import Venting

logger = logging.getLogger(__name__)

PAUSER = Pauser(foerste=dt.timedelta(seconds=1), lengste=dt.timedelta(minutes=10))
DELER_FEILET = "DelerFeilet"
GJENTATT = "Gjentatt"
_VENTER = (Feilklasse.MIDLERTIDIG, Feilklasse.KONFIGURASJON)
# How an event is counted that ended well, and did nothing.
HOPPET_OVER = "HOPPET_OVER"


class Avslutning:
    """Says what is to be written. Reads within the open transaction, and writes nothing itself."""

    def __init__(self, kjerne: Kjerne, vakt: Konfigurasjonsvakt) -> None:
        self._kjerne = kjerne
        self._vakt = vakt

    def behandlet(
        self,
        stykke: Stykke,
        utfall: Sequence[Mapping[str, Any]],
        naa: dt.datetime,
        *,
        objekter: Collection[UUID],
        toemmes: bool = False,
        notert: Sequence[str] = (),
        **mer: Any,
    ) -> Slutning:
        """All that it asked for has been done. `notert` is what was noted while it was; `mer` is written beside."""
        hendelse, oversettelse = stykke.hendelse, stykke.oversettelse
        ferdig = Hendelsestilstand.BEHANDLET
        plugin = stykke.plugin.id if stykke.plugin else hendelse.plugin
        bevaring = self._kjerne.produsenter.hent(hendelse.produsent).bevaring
        hoppet_over = oversettelse.hoppet_over if oversettelse else None
        merknader = [*(oversettelse.merknader if oversettelse else ()), *notert]
        notat = {"hoppetOver": hoppet_over, "merknader": merknader}
        return Slutning(
            stykke=stykke,
            rad={
                **_ingen_feil(),
                "tilstand": ferdig,
                "behandlet_tidspunkt": naa,
                **asdict(slutt(bevaring, ferdig, plugin=plugin, naa=naa)),
                "plugin": plugin,
                "kommandoer": list(oversettelse.steg) if oversettelse else [],
                "oppslag": stykke.oppslag,
                "utfall": list(utfall),
                "forsoek": hendelse.forsoek + 1,
                "merknader": alt_escapet({navn: verdi for navn, verdi in notat.items() if verdi}) or None,
                **mer,
            },
            merke=HOPPET_OVER if hoppet_over else ferdig,
            objekter=objekter,
            toemmes=toemmes,
        )

    def parkert(self, stykke: Stykke, venting: Venting, naa: dt.datetime) -> Slutning:
        """It waits until something is stored, or its time is up."""
        hendelse = stykke.hendelse
        if hendelse.venter_paa is not None and hendelse.vent_til is not None and hendelse.vent_til <= naa:
            return self.av_funn(stykke, KOM_ALDRI, naa)
        return Slutning(
            stykke=stykke,
            rad={
                **_ingen_feil(),
                "tilstand": Hendelsestilstand.PAA_VENT,
                "plugin": stykke.plugin.id if stykke.plugin else hendelse.plugin,
                "kommandoer": None,
                "oppslag": stykke.oppslag,
                "neste_forsoek": venting.til,
                "venter_paa": venting.noekkel,
                "vent_til": venting.til,
            },
            merke="VENTER",
            stopper=True,
            klar=venting.til,
        )

    def av_feil(self, stykke: Stykke, feil: Exception, naa: dt.datetime, **mer: Any) -> Slutning:
        """What was wrong with it. `mer` is written beside that."""
        funn = funn_av(feil)
        if funn.kode == UKJENT_FEIL:
            logger.error("event could not be handled", exc_info=feil)
        return self.av_funn(stykke, funn, naa, **mer)

    def av_funn(self, stykke: Stykke, funn: Funn, naa: dt.datetime, **mer: Any) -> Slutning:
        hendelse = stykke.hendelse
        rad = {
            **_ingen_feil(),
            "feilkode": funn.kode,
            "feilklasse": funn.klasse,
            "feilmelding": escapet(funn.tekst),
            "oppslag": stykke.oppslag,
            "vent_til": hendelse.vent_til,
            **self._oversatt(stykke),
            **mer,
        }
        logg = self._logg(stykke, funn)
        if funn.klasse is Feilklasse.KONFIGURASJON:
            klar = self._vakt.neste_blikk(hendelse.produsent, naa)
            return _paa_vent(stykke, rad, funn, klar, logg)
        rad["forsoek"] = hendelse.forsoek + 1
        if funn.klasse is Feilklasse.MIDLERTIDIG and _har_forsoek(stykke, funn):
            pause = PAUSER.etter(hendelse.forsoek + 1)
            return _paa_vent(stykke, rad, funn, naa + max(pause, funn.vent or dt.timedelta()), logg)
        rad["tilstand"] = Hendelsestilstand.KARANTENE
        return Slutning(
            stykke=stykke,
            rad=rad,
            merke=Hendelsestilstand.KARANTENE,
            klasse=funn.klasse,
            objekter=self._omtalte(rad, hendelse.produsent),
            stopper=bool(hendelse.stopper_noekkelen),
            logg={**logg, "feil": funn.melding},
        )

    def av_deler(self, stykke: Stykke, feilet: Mapping[str, Funn], naa: dt.datetime, **mer: Any) -> Slutning:
        """Some of its parts failed: those are tried again where that may help, else they are for a person."""
        ventende = [funn for funn in feilet.values() if funn.klasse in _VENTER]
        kan_vente = next((f for f in ventende if f.klasse is Feilklasse.KONFIGURASJON or _har_forsoek(stykke, f)), None)
        hvilke = "\n".join(f"{navn}: {funn.kode}: {funn.tekst}" for navn, funn in feilet.items())
        if kan_vente is not None:
            return self.av_funn(stykke, replace(kan_vente, mer=hvilke), naa, **mer)
        i_alt = len({ett["del"] for ett in stykke.oversettelse.steg}) if stykke.oversettelse else len(feilet)
        melding = f"{len(feilet)} of {i_alt} parts failed; the others are done. Trying again does only those."
        return self.av_funn(stykke, Funn(kode=DELER_FEILET, melding=melding, mer=hvilke), naa, **mer)

    def gjentatt(self, stykke: Stykke, naa: dt.datetime) -> Slutning:
        """Its plugin says that it is one that was taken in before."""
        hendelse, forkastet = stykke.hendelse, Hendelsestilstand.FORKASTET
        plugin = stykke.plugin.id if stykke.plugin else hendelse.plugin
        sluttet = slutt(self._kjerne.produsenter.bevaring(hendelse.produsent), forkastet, plugin=plugin, naa=naa)
        rad = {**_ingen_feil(), "tilstand": forkastet, "feilkode": GJENTATT, **asdict(sluttet), "plugin": plugin}
        return Slutning(stykke=stykke, rad=rad, merke=forkastet)

    def oversettes_igjen(self, stykke: Stykke, **mer: Any) -> Slutning:
        """The state that it was mapped by is another now: it is mapped anew at once."""
        rad = {"kommandoer": None, "oversettelse": None, "oppslag": stykke.oppslag, **mer}
        return Slutning(stykke=stykke, rad=rad, merke="", stopper=True, igjen=True)

    def uten_grunn(self, stykke: Stykke) -> Slutning:
        """Whatever could not be written is left out: no event may stop those behind it."""
        rad = {
            **_ingen_feil(),
            "tilstand": Hendelsestilstand.KARANTENE,
            "feilkode": UKJENT_FEIL,
            "feilklasse": Feilklasse.MIDLERTIDIG,
            "kommandoer": None,
        }
        stopper = bool(stykke.hendelse.stopper_noekkelen)
        return Slutning(stykke=stykke, rad=rad, merke=Hendelsestilstand.KARANTENE, stopper=stopper)

    def _oversatt(self, stykke: Stykke) -> dict[str, Any]:
        """What it was mapped to, so that another try carries out the same."""
        oversettelse = stykke.oversettelse
        if oversettelse is None:
            return {}
        return {
            "plugin": stykke.plugin.id if stykke.plugin else stykke.hendelse.plugin,
            "kommandoer": alt_escapet(list(oversettelse.steg)),
            "oversettelse": alt_escapet(beside(oversettelse)),
        }

    def _omtalte(self, rad: Mapping[str, Any], produsent_id: str) -> set[UUID]:
        """What it would have been about; nothing where that cannot be read."""
        kommandoer = rad.get("kommandoer")
        if not kommandoer:
            return set()
        try:
            steg = les_steg(kommandoer)
        except (msgspec.ValidationError, KeyError, TypeError):
            return set()
        return omtalte(steg, self._kjerne.produsenter.hent(produsent_id), self._kjerne.noekkelring)

    def _logg(self, stykke: Stykke, funn: Funn) -> dict[str, Any]:
        """What the log says of the event: its type only if a plugin declares it, since the rest is a sender's text."""
        hendelse = stykke.hendelse
        try:
            deklarert = self._kjerne.plugins.for_hendelse(hendelse.produsent, hendelse.type) is not None
        except UkjentHendelsestype:
            deklarert = False
        return {
            "kode": funn.kode,
            "klasse": funn.klasse,
            "type": hendelse.type if deklarert else None,
            "produsent": hendelse.produsent,
        }


def utfall_av(utfall: Stegutfall) -> dict[str, Any]:
    """What came of a step, as it is kept with the event."""
    if utfall.utfall is None:
        return {"avslag": utfall.avslag}
    av = utfall.utfall
    sagt = {
        "grupperingsid": av.grupperingsid,
        "antallEndret": av.antall_endret,
        "merknader": list(av.merknader) or None,
    }
    return {"id": str(av.id), "ny": av.ny, **{navn: verdi for navn, verdi in sagt.items() if verdi is not None}}


def _har_forsoek(stykke: Stykke, funn: Funn) -> bool:
    """Whether it is tried once more by itself."""
    return bool(stykke.hendelse.forsoek + 1 < funn.forsoek)


def _ingen_feil() -> dict[str, Any]:
    return {
        **dict.fromkeys(("feilkode", "feilklasse", "feilmelding", "neste_forsoek")),
        **dict.fromkeys(("oversettelse", "venter_paa", "vent_til")),
    }


def _paa_vent(stykke: Stykke, rad: dict[str, Any], funn: Funn, igjen: dt.datetime, logg: Mapping[str, Any]) -> Slutning:
    venter = {"tilstand": Hendelsestilstand.PAA_VENT, "neste_forsoek": igjen}
    konfigurasjon = funn.klasse is Feilklasse.KONFIGURASJON
    return Slutning(
        stykke=stykke,
        rad={**rad, **venter},
        merke=funn.kode if konfigurasjon else Hendelsestilstand.PAA_VENT,
        klasse=funn.klasse,
        stopper=True,
        klar=igjen,
        logg=logg,
    )
