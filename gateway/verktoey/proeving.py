"""Asking a plugin what it makes of messages: in a process of its own, under the gateway's limits; nothing is stored."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.verktoey.eksempler import Eksempel, Gitt
from gateway.verktoey.pakke import Pluginpakke
from gateway.verktoey.utskrift import skrevet, som_tekst, svar_av
from gateway.vertskap.erklaering import Erklaering
from gateway.vertskap.feil import Grensebrudd, IkkeRukket, Oversettelsesfeil, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.oppdrag import Bestilling, Hendelsessvar, Lagersvar, Oppdrag, Resultat, Sporsmaal
from gateway.vertskap.prosess import Lesing, Pluginprosess

# Nothing real is hashed with it: an example means the same for ever, and for everybody.
HEMMELIGHET = b"what examples are hashed with"
# What a file of expectations need not say.
VALGFRITT = ("id", "noekkel", "tid", "oppslag")


@dataclass(frozen=True, kw_only=True)
class Proevd:
    """What came of a message. `funnet` is what a file of expectations says: `svar`, or `feil` in its place.

    `spor` is where in the plugin a fault was.
    """

    eksempel: Eksempel
    funnet: Mapping[str, Any]
    spor: str = ""

    @property
    def gikk_galt(self) -> bool:
        return "feil" in self.funnet

    @property
    def ventet(self) -> Mapping[str, Any] | None:
        """What was expected, of what was found; None where nothing was."""
        if self.eksempel.ventet is None:
            return None
        return {navn: verdi for navn, verdi in self.eksempel.ventet.items() if navn != "gitt"}

    @property
    def sammenlignbart(self) -> Mapping[str, Any]:
        """What was found, but for what the expectations leave open."""
        ventet = self.ventet or {}
        return {navn: verdi for navn, verdi in self.funnet.items() if navn in ventet or navn not in VALGFRITT}

    @property
    def stemmer(self) -> bool:
        return self.ventet == self.sammenlignbart

    def forskjell(self) -> list[str]:
        """The lines of a unified diff from what was expected to what came."""
        til = self.sammenlignbart
        fra = _ordnet(self.ventet or {}, til)
        return list(
            difflib.unified_diff(
                som_tekst(fra).splitlines(),
                som_tekst(til).splitlines(),
                "expected",
                "what the plugin answers",
                lineterm="",
            )
        )

    def skriv(self) -> None:
        """Let the file of expectations say what was found; what it says is given stays."""
        sagt = self.eksempel.ventet or {}
        gitt = {"gitt": sagt["gitt"]} if "gitt" in sagt else {}
        type_, *resten = self.funnet.items()
        self.eksempel.ventetfil.write_text(som_tekst(dict([type_, *gitt.items(), *resten])), encoding="utf-8")


class Proeving:
    """A plugin that is loaded, and is asked about one message after another."""

    def __init__(self, pakke: Pluginpakke, *, sekunder: float, grenser: Grenser) -> None:
        self.pakke = pakke
        self._sekunder, self._grenser = sekunder, grenser
        self._prosess: Pluginprosess | None = None
        self._erklaering: Erklaering | None = None

    @property
    def erklaering(self) -> Erklaering:
        """What the plugin says of itself. Raises Innstillingsfeil with all that is wrong with it."""
        self._klar()
        assert self._erklaering is not None  # noqa: S101 - it is loaded
        return self._erklaering

    def proev(self, eksempel: Eksempel, *, type_: str | None = None) -> Proevd:
        """What the plugin makes of the message. Raises Innstillingsfeil when that cannot be asked."""
        funnet: dict[str, Any] = {"type": eksempel.type_av(self.erklaering, type_)}
        try:
            self._spoer(eksempel, funnet)
        except Oversettelsesfeil as feil:
            sagt = f"{feil.melding}: {feil.utdyping}" if feil.utdyping else feil.melding
            return Proevd(eksempel=eksempel, funnet={**funnet, "feil": sagt}, spor=feil.spor)
        except Grensebrudd as brudd:
            return Proevd(eksempel=eksempel, funnet={**funnet, "feil": f"{brudd.kode}: {brudd}"})
        return Proevd(eksempel=eksempel, funnet=funnet)

    def lukk(self) -> None:
        if self._prosess is not None:
            self._prosess.lukk()
            self._prosess = None

    def _spoer(self, eksempel: Eksempel, funnet: dict[str, Any]) -> None:
        gitt, konvolutt = eksempel.gitt, eksempel.konvolutt
        oppdrag = Oppdrag(
            produsent=self.pakke.sted.produsent,
            kilde=konvolutt.get("source", self.pakke.navn),
            id=konvolutt.get("id", ""),
            type=funnet["type"],
            mottatt=gitt.naa,
            format=eksempel.format.value,
            raa=eksempel.raa,
            oppslag=dict(gitt.oppslag),
            ventet_forgjeves=gitt.ventet_forgjeves,
            naa=gitt.naa,
        )
        hvem = self._ett_svar(Sporsmaal.NOEKKEL, oppdrag, gitt)
        if hvem.identitet is not None:
            oppdrag = replace(oppdrag, id=hvem.identitet.id, tid=hvem.identitet.tid)
        elif not oppdrag.id:  # only its source can tell: any will do to ask the rest
            hvem = self._ett_svar(Sporsmaal.NOEKKEL, replace(oppdrag, id=eksempel.navn), gitt)
        sagt = {
            "id": oppdrag.id or None,
            "noekkel": hvem.noekkel or (hvem.identitet and hvem.identitet.noekkel) or konvolutt.get("subject"),
            "tid": oppdrag.tid and skrevet(oppdrag.tid),
        }
        funnet |= {navn: verdi for navn, verdi in sagt.items() if verdi is not None}
        oppdrag = replace(oppdrag, id=oppdrag.id or eksempel.navn)
        if self.erklaering.har_oppslag:
            spurt = self._ett_svar(Sporsmaal.OPPSLAG, oppdrag, gitt).oppslag
            funnet["oppslag"] = [skrevet(ett) for ett in spurt]
            ubesvart = [ett.navn for ett in spurt if ett.navn not in gitt.oppslag and not ett.valgfritt]
            if ubesvart:
                raise Innstillingsfeil(
                    f"{eksempel.ventetfil}: `gitt.oppslag` must say what these look-ups gave: {', '.join(ubesvart)}"
                )
            oppdrag = replace(oppdrag, oppslag={ett.navn: gitt.oppslag.get(ett.navn) for ett in spurt})
        funnet["svar"] = svar_av(self._ett_svar(Sporsmaal.OVERSETT, oppdrag, gitt).resultat or Resultat())

    def _ett_svar(self, hva: Sporsmaal, oppdrag: Oppdrag, gitt: Gitt) -> Hendelsessvar:
        bestilling = Bestilling(hva=hva, sekunder=self._sekunder, oppdrag=[oppdrag])
        (svar,) = self._klar().spoer(bestilling, lambda: self._lesing(gitt))
        if isinstance(svar, Hendelsessvar):
            return svar
        if isinstance(svar, IkkeRukket):  # only where there is an end to all of it
            raise TypeError("the process was asked one thing, and left it")
        raise svar

    def _lesing(self, gitt: Gitt) -> Lesing:
        def les(noekkel: str) -> Lagersvar:
            if noekkel not in gitt.lager:
                return Lagersvar()
            return Lagersvar(finnes=True, verdi=gitt.lager[noekkel], skjemaversjon=self.erklaering.lagerversjon)

        return les

    def _klar(self) -> Pluginprosess:
        if self._prosess is not None and self._prosess.lever:
            return self._prosess
        self.lukk()
        prosess = self._prosess = Pluginprosess(self.pakke.sted, self._grenser, hemmelighet=HEMMELIGHET)
        try:
            self._erklaering = prosess.last()
        except (Pluginfeil, Grensebrudd) as feil:
            self.lukk()
            raise Innstillingsfeil(f"plugin {self.pakke.navn}: {feil}") from None
        return prosess


@contextmanager
def proeving(pakke: Pluginpakke, *, sekunder: float, grenser: Grenser) -> Iterator[Proeving]:
    """A plugin to ask, whose process ends with the block."""
    proeving = Proeving(pakke, sekunder=sekunder, grenser=grenser)
    try:
        yield proeving
    finally:
        proeving.lukk()


def _ordnet(ventet: Any, som: Any) -> Any:
    """The same, its names in the order of another: so that a diff shows what differs, and nothing else."""
    if isinstance(ventet, Mapping) and isinstance(som, Mapping):
        navn = [*(navn for navn in som if navn in ventet), *(navn for navn in ventet if navn not in som)]
        return {ett: _ordnet(ventet[ett], som.get(ett)) for ett in navn}
    if isinstance(ventet, list) and isinstance(som, list):
        return [_ordnet(ett, som[nr] if nr < len(som) else None) for nr, ett in enumerate(ventet)]
    return ventet
