"""What a plugin's hooks answer, read with suspicion: into plain data, or a Pluginfeil that says what was wrong.

Whatever an answer does as it is read (raises, never ends, lies about what it is) is the plugin's own fault.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from gateway.domain.innhold import fra_json, til_json
from gateway.domain.kommandoer import KOMMANDOER, Notifikasjonsreferanse, Saksreferanse
from gateway.domain.noekkel import noekkelfeil, normalisert
from gateway.domain.tekst import alt_escapet
from gateway.domain.tid import UTC, etter, instant
from gateway.plugin.hendelser import Del, HoppOver, Identitet, Lagre, Merknad, Oppslag, Tillat, VentPaa
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.oppdrag import Lagreoenske, Resultat, Venteoenske
from gateway.vertskap.skjema import som_json
from gateway.vertskap.spor import setning

LENGSTE_MERKNAD = 200
FLEST_MERKNADER = 50
LENGSTE_DELNAVN = 100
LENGSTE_LEVETID = "P2Y"
LENGSTE_VENTING = "P90D"
FLEST_OPPSLAG = 20
LENGSTE_STI = 2_000
FLEST_PARAMETRE = 50
KOMMANDOTYPER = tuple(KOMMANDOER.values())
REFERANSER: Mapping[str, type[Saksreferanse | Notifikasjonsreferanse]] = {
    ett.__name__: ett for ett in (Saksreferanse, Notifikasjonsreferanse)
}
_EN_DAG = dt.datetime(2000, 1, 1, tzinfo=UTC)


class Svarleser:
    """Reads what the hooks of one plugin answer, under its limits."""

    def __init__(self, plugin: str, grenser: Grenser) -> None:
        self._plugin, self._grenser = plugin, grenser

    def noekkel(self, svar: Any) -> str | None:
        """Raises Pluginfeil."""
        if svar is None:
            return None
        with self._lesing("noekkel", "what it answered"):
            return self._krev_tekst("noekkel", svar, "it must answer text or None")

    def identitet(self, svar: Any) -> Identitet | None:
        """Raises Pluginfeil."""
        if svar is None:
            return None
        hva = f"{self._plugin}.identitet"
        with self._lesing("identitet", "what it answered"):
            if type(svar) is not Identitet:
                raise Pluginfeil(f"{hva} answered {_slag(svar)}; it must answer Identitet or None")
            for felt in ("id", "noekkel"):
                verdi = getattr(svar, felt)
                if verdi is None and felt == "noekkel":
                    continue
                if not isinstance(verdi, str):
                    raise Pluginfeil(f"{hva}: the {felt} is {_slag(verdi)}; it must be text")
                if galt := noekkelfeil(normalisert(verdi)):
                    raise Pluginfeil(f"{hva}: the {felt} {galt}")
            if svar.tid is not None and not isinstance(svar.tid, dt.datetime):
                raise Pluginfeil(f"{hva}: the tid is {_slag(svar.tid)}; it must be a datetime or None")
            tid = None if svar.tid is None else instant(svar.tid)
            noekkel = None if svar.noekkel is None else normalisert(svar.noekkel)
            return Identitet(id=normalisert(svar.id), noekkel=noekkel, tid=tid)

    def oppslag(self, svar: Any) -> list[Oppslag]:
        """Raises Pluginfeil."""
        alle: list[Oppslag] = []
        for nummer, ett in self._nummerert("oppslag", svar, "Oppslag", FLEST_OPPSLAG):
            with self._lesing("oppslag", f"what it answered as number {nummer}"):
                alle.append(_oppslag(f"{self._plugin}.oppslag", nummer, ett))
        navn = [ett.navn for ett in alle]
        if to_ganger := next((ett for ett in navn if navn.count(ett) > 1), None):
            raise Pluginfeil(f"{self._plugin}.oppslag: two look-ups have the navn {to_ganger!r}; give each its own")
        return alle

    def resultat(self, hook: str, svar: Any, *, tillatte: tuple[type, ...]) -> Resultat:
        """What a mapping, or an observer, answered. `tillatte` are the kinds beside kommandoer that it may answer.

        Raises Pluginfeil, Grensebrudd.
        """
        samling = _Samling(f"{self._plugin}.{hook}", self._grenser, tillatte)
        for nummer, ett in self._nummerert(hook, svar, "kommandoer", samling.flest):
            with self._lesing(hook, f"what it returned as number {nummer}"):
                samling.ta(nummer, ett)
        return samling.resultat()

    def _nummerert(self, hook: str, svar: Any, hva: str, flest: int) -> Iterator[tuple[int, Any]]:
        with self._lesing(hook, "what it answered"):
            if isinstance(svar, str | bytes | bytearray | Mapping) or not isinstance(svar, Iterable):
                raise Pluginfeil(f"{self._plugin}.{hook} answered {_slag(svar)}; it must answer a list of {hva}")
        try:
            alle = list(itertools.islice(iter(svar), flest + 1))
        except (MemoryError, Pluginfeil):
            raise
        except BaseException as feil:
            raise Pluginfeil(f"{self._plugin}.{hook} raised {_slag(feil)}") from feil
        if len(alle) > flest:
            if hva == "kommandoer":
                raise _for_mange(f"{self._plugin}.{hook}", self._grenser)
            raise Pluginfeil(f"{self._plugin}.{hook} answered more than {flest} {hva} for one event")
        return enumerate(alle)

    def _krev_tekst(self, hook: str, svar: Any, skal: str) -> str:
        if not isinstance(svar, str):
            raise Pluginfeil(f"{self._plugin}.{hook} answered {_slag(svar)}; {skal}")
        tekst = str.__str__(svar)  # a subclass may have another idea of what it says
        if not _er_unicode(tekst):
            raise Pluginfeil(f"{self._plugin}.{hook} answered text that is no Unicode")
        return tekst

    @contextmanager
    def _lesing(self, hook: str, hva: str) -> Iterator[None]:
        try:
            yield
        except (MemoryError, Pluginfeil, Grensebrudd):
            raise
        except BaseException as feil:
            raise Pluginfeil(f"{self._plugin}.{hook}: {hva} cannot be read: it raised {_slag(feil)}") from feil


class _Samling:
    """What a mapping has answered so far, and whether it may stand together."""

    def __init__(self, hvor: str, grenser: Grenser, tillatte: tuple[type, ...]) -> None:
        self._hvor, self._grenser, self._tillatte = hvor, grenser, tillatte
        self._steg: list[dict[str, Any]] = []
        self._lagre: dict[str, Lagreoenske] = {}
        self._merknader: list[str] = []
        self._hoppet_over: list[str] = []
        self._venter: list[Venteoenske] = []
        self._deler: set[str] = set()
        self._utenfor = False

    @property
    def flest(self) -> int:
        """No answer that is kept to the limits is longer."""
        return self._grenser.kommandoer + self._grenser.lager_noekler + FLEST_MERKNADER

    def ta(self, nummer: int, ett: Any) -> None:
        """Raises Pluginfeil, Grensebrudd, or whatever the answer raises as it is looked at."""
        slag = type(ett)
        tar: dict[type, Callable[[str, Any], None]] = {
            Lagre: self._ta_lagre,
            VentPaa: self._ta_venting,
            HoppOver: self._ta_hoppet_over,
            Merknad: self._ta_merknad,
            Del: self._ta_del,
        }
        if slag in tar:
            if slag not in self._tillatte:
                lov = " and ".join(["kommandoer", "Tillat", *(ett.__name__ for ett in self._tillatte)])
                raise Pluginfeil(f"{self._hvor} answered {slag.__name__} as number {nummer}; it may answer {lov}")
            tar[slag](f"{self._hvor}: {slag.__name__} (number {nummer})", ett)
        else:
            self._utenfor = True
            self._ta_kommando(nummer, ett, None)

    def resultat(self) -> Resultat:
        """All of it. Raises Pluginfeil when it may not stand together."""
        annet = bool(self._steg or self._lagre or self._deler)
        if self._venter and (annet or self._merknader or self._hoppet_over or len(self._venter) > 1):
            raise Pluginfeil(f"{self._hvor}: VentPaa must be all that it answers")
        if self._hoppet_over and (annet or len(self._hoppet_over) > 1):
            raise Pluginfeil(f"{self._hvor}: HoppOver must be all that it answers, but for Merknad")
        if self._deler and self._utenfor:
            raise Pluginfeil(f"{self._hvor}: an event in parts has no kommando outside them; put it into a Del")
        return Resultat(
            steg=self._steg,
            lagre=list(self._lagre.values()),
            merknader=self._merknader,
            hoppet_over=next(iter(self._hoppet_over), None),
            venter_paa=next(iter(self._venter), None),
        )

    def _ta_kommando(self, nummer: int, ett: Any, del_: str | None) -> None:
        if len(self._steg) >= self._grenser.kommandoer:
            raise _for_mange(self._hvor, self._grenser)
        i_del = f" in the part {del_!r}" if del_ is not None else ""
        steg = _steg(f"{self._hvor}: what it returned as number {nummer}{i_del}", ett)
        self._steg.append(steg if del_ is None else {**steg, "del": del_})

    def _ta_del(self, hva: str, del_: Del) -> None:
        navn = _kort_tekst(f"{hva}: the navn", del_.navn, LENGSTE_DELNAVN)
        if navn in self._deler:
            raise Pluginfeil(f"{hva}: two parts have the navn {setning(navn)!r}; give each its own")
        self._deler.add(navn)
        kommandoer = del_.kommandoer
        if isinstance(kommandoer, str | bytes | bytearray | Mapping) or not isinstance(kommandoer, Iterable):
            raise Pluginfeil(f"{hva}: the kommandoer are {_slag(kommandoer)}; they must be a list of kommandoer")
        for nummer, ett in enumerate(itertools.islice(iter(kommandoer), self._grenser.kommandoer + 1)):
            if isinstance(ett, Lagre | VentPaa | HoppOver | Merknad | Del):
                raise Pluginfeil(f"{hva}: a part has kommandoer only; put {type(ett).__name__} outside it")
            self._ta_kommando(nummer, ett, navn)

    def _ta_merknad(self, hva: str, merknad: Merknad) -> None:
        if len(self._merknader) >= FLEST_MERKNADER:
            raise Pluginfeil(f"{self._hvor} answered more than {FLEST_MERKNADER} Merknad for one event")
        self._merknader.append(_kort_tekst(f"{hva}: the tekst", merknad.tekst, LENGSTE_MERKNAD))

    def _ta_hoppet_over(self, hva: str, hopp: HoppOver) -> None:
        self._hoppet_over.append(_kort_tekst(f"{hva}: the grunn", hopp.grunn, LENGSTE_MERKNAD))

    def _ta_venting(self, hva: str, venting: VentPaa) -> None:
        lengst = _varighet(f"{hva}: lengst", venting.lengst, LENGSTE_VENTING)
        self._venter.append(Venteoenske(noekkel=lagernoekkel(hva, venting.noekkel), lengst=lengst))

    def _ta_lagre(self, hva: str, lagre: Lagre) -> None:
        noekkel = lagernoekkel(hva, lagre.noekkel)
        if noekkel in self._lagre:
            raise Pluginfeil(f"{hva}: the same noekkel is stored twice; store it once")
        if len(self._lagre) >= self._grenser.lager_noekler:
            raise Grensebrudd(
                Bruddkode.FOR_MYE_LAGER,
                f"{self._hvor} stores more than {self._grenser.lager_noekler} keys for one event; split the event",
            )
        self._lagre[noekkel] = Lagreoenske(
            noekkel=noekkel,
            verdi=lagerverdi(f"{hva}: the verdi", lagre.verdi, self._grenser),
            levetid=_varighet(f"{hva}: levetid", lagre.levetid, LENGSTE_LEVETID),
            hoerer_til=_referanse(f"{hva}: hoerer_til", lagre.hoerer_til),
        )


def lagernoekkel(hva: str, noekkel: Any) -> str:
    """The key of the state in its one form. Raises Pluginfeil."""
    if not isinstance(noekkel, str):
        raise Pluginfeil(f"{hva}: the noekkel is {_slag(noekkel)}; it must be text")
    tekst = normalisert(str.__str__(noekkel))
    if galt := noekkelfeil(tekst):
        raise Pluginfeil(f"{hva}: the noekkel {galt}")
    return tekst


def lagerverdi(hva: str, verdi: Any, grenser: Grenser) -> Any:
    """The value as plain JSON that every database keeps. Raises Pluginfeil, Grensebrudd."""
    try:
        som = som_json(verdi)
        raatt = msgspec.json.encode(som)
        msgspec.msgpack.encode(som)
    except (TypeError, ValueError, OverflowError, RecursionError) as feil:
        raise Pluginfeil(f"{hva} is not JSON that can be kept: {_slag(feil)}", setning(_sagt(feil))) from feil
    if len(raatt) > grenser.lager_bytes:
        raise Grensebrudd(
            Bruddkode.FOR_MYE_LAGER,
            f"{hva} is {len(raatt)} bytes as JSON; at most {grenser.lager_bytes} (PLUGIN_LAGER_BYTES) can be stored",
        )
    if alt_escapet(som) != som:
        raise Pluginfeil(f"{hva} holds text with NUL characters or lone surrogates, which cannot be stored")
    return som


def les_referanse(referanse: Mapping[str, Any]) -> Saksreferanse | Notifikasjonsreferanse:
    """What `hoerer_til` of a Lagring refers to."""
    return msgspec.convert(referanse["innhold"], REFERANSER[referanse["slag"]])


def _referanse(hva: str, referanse: Any) -> dict[str, Any] | None:
    if referanse is None:
        return None
    slag = type(referanse).__name__
    if REFERANSER.get(slag) is not type(referanse):
        raise Pluginfeil(f"{hva} is {_slag(referanse)}; it must be a Saksreferanse or a Notifikasjonsreferanse")
    try:
        som = {"slag": slag, "innhold": msgspec.to_builtins(referanse)}
        les_referanse(som)
        msgspec.msgpack.encode(som)
    except (TypeError, ValueError, OverflowError, RecursionError) as feil:
        raise Pluginfeil(f"{hva} is no {slag} that can be used", setning(_sagt(feil))) from feil
    return som


def _steg(hva: str, ett: Any) -> dict[str, Any]:
    """The step as it is kept. Raises Pluginfeil."""
    tillat = ett if isinstance(ett, Tillat) else Tillat(kommando=ett, avslag=())
    try:
        kommando = til_json(tillat.kommando)
        fra_json(kommando)
        steg = {
            **kommando,
            "tillatteAvslag": sorted(avslag.kode for avslag in tillat.avslag),
            "avslutter": bool(tillat.avslutter),
        }
        msgspec.msgpack.encode(steg)
    except MemoryError:
        raise
    except BaseException as feil:
        raise Pluginfeil(f"{hva} is no kommando", setning(_sagt(feil))) from feil
    return steg


def _oppslag(hvor: str, nummer: int, ett: Any) -> Oppslag:
    if type(ett) is not Oppslag:
        raise Pluginfeil(f"{hvor} answered {_slag(ett)} as number {nummer}; it must answer Oppslag")
    hva = f"{hvor}: number {nummer}"
    if not isinstance(ett.parametre, Mapping) or len(ett.parametre) > FLEST_PARAMETRE:
        raise Pluginfeil(f"{hva}: parametre must be text by name, {FLEST_PARAMETRE} at most")
    for verdi in (ett.sti, *(par for navn_og_verdi in ett.parametre.items() for par in navn_og_verdi)):
        if not isinstance(verdi, str) or len(verdi) > LENGSTE_STI or alt_escapet(verdi) != verdi:
            raise Pluginfeil(f"{hva}: sti and parametre must be text that can be sent, {LENGSTE_STI} characters each")
    return Oppslag(
        navn=_kort_tekst(f"{hva}: the navn", ett.navn, LENGSTE_DELNAVN),
        tjeneste=_kort_tekst(f"{hva}: the tjeneste", ett.tjeneste, LENGSTE_DELNAVN),
        sti=ett.sti,
        parametre=dict(ett.parametre),
        valgfritt=bool(ett.valgfritt),
    )


def _kort_tekst(hva: str, tekst: Any, lengste: int) -> str:
    if not isinstance(tekst, str) or not 1 <= len(tekst.strip()) <= len(tekst) <= lengste or not tekst.isprintable():
        raise Pluginfeil(f"{hva} must be text of 1 to {lengste} characters, without control characters")
    return str.__str__(tekst)


def _varighet(hva: str, varighet: Any, lengste: str) -> str:
    if not isinstance(varighet, str):
        raise Pluginfeil(f"{hva} is {_slag(varighet)}; it must be an ISO 8601 duration, such as P7D")
    try:
        til = etter(_EN_DAG, varighet)
    except ValueError as feil:
        raise Pluginfeil(f"{hva} {feil}") from feil
    if not _EN_DAG < til <= etter(_EN_DAG, lengste):
        raise Pluginfeil(f"{hva} must be longer than nothing, and {lengste} at most")
    return str.__str__(varighet)


def _for_mange(hvor: str, grenser: Grenser) -> Grensebrudd:
    return Grensebrudd(
        Bruddkode.FOR_MANGE_KOMMANDOER,
        f"{hvor} answered more than {grenser.kommandoer} kommandoer for one event; split the event",
    )


def _er_unicode(tekst: str) -> bool:
    try:
        tekst.encode()
    except UnicodeEncodeError:
        return False
    return True


def _slag(ting: object) -> str:
    return type(ting).__name__


def _sagt(feil: BaseException) -> str:
    try:
        return str(feil)
    except BaseException:  # noqa: BLE001 - a plugin's exception may fail to say what it is
        return type(feil).__name__
