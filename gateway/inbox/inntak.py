"""Taking an event in: raw, once, and in its place within its key, before anybody looks at what it says.

Nothing of a plugin runs here. Where a plugin has a say in the key, the event waits in its producer's queue until a
round has asked it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from peewee import DataError, fn

from gateway.domain.bevaring import slutt
from gateway.domain.feil import Avslag, Konflikt, UkjentHendelsestype, Valideringsfeil
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.noekkel import noekkelfeil, normalisert
from gateway.inbox.format import LestHendelse, Uidentifisert
from gateway.inbox.identitet import glemte_ider, kjent_som
from gateway.inbox.rekkefoelge import noekkelens_hash, noekkelens_hasher
from gateway.kjerne import Kjerne, ny_id
from gateway.plugin.uttrykk import Uttrykksfeil
from gateway.store import innboks
from gateway.store.dialekt import par_blant
from gateway.store.noekkelbytte import ett_sted, hold_koeen
from gateway.store.tabeller import GLEMT, Hendelse
from gateway.vertskap.erklaering import Erklaering, Plugins

logger = logging.getLogger(__name__)

RUNDE = "innboks"
UIDENTIFISERT = "Uidentifisert"
UTEN_ID = "uidentifisert:"  # and a hash of what was sent: what an event is called until its id is known
_KJENNETEGN = (Hendelse.id, Hendelse.tilstand, Hendelse.innhold_hash)
# What is raised of a value that no column takes.
ULAGRELIG = (DataError, UnicodeError, OverflowError)


@dataclass(frozen=True, kw_only=True)
class Avsender:
    """In whose name an event came in, and by which application or webhook source."""

    produsent: str
    applikasjon: str
    korrelasjonsid: str


@dataclass(frozen=True, kw_only=True)
class Mottaksregler:
    """What becomes of what is not as it should be: refused, so that the sender is told; or kept, so that none is lost.

    `behold_uforstaatt`: a type that no plugin declares is kept in KARANTENE. `noter_annet_innhold`: other content
    under the same source and id is noted on the first event.
    """

    behold_uforstaatt: bool = False
    noter_annet_innhold: bool = False


AVVIS = Mottaksregler()


@dataclass(frozen=True, kw_only=True)
class Mottak:
    """`ny`: this call stored the event; else it had been stored before, and nothing was done."""

    id: UUID
    tilstand: Hendelsestilstand
    ny: bool


@dataclass(frozen=True, kw_only=True)
class Lesning:
    """`ignorert`: the source says that it is none of its business."""

    hendelse: LestHendelse | Uidentifisert
    ignorert: bool = False


@dataclass(frozen=True, kw_only=True)
class Vurdering:
    """What an event becomes as it comes in: by which plugin, or why a person must see it."""

    tilstand: Hendelsestilstand = Hendelsestilstand.MOTTATT
    plugin: Erklaering | None = None
    feilkode: str | None = None
    feilmelding: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Plass:
    """Where an event goes. `hasher`: all hashes of its key, the oldest secret's first, where order must be kept."""

    noekkel: str
    hasher: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class _Innkommen:
    """An event that is to be stored. `ekstern_ider`: all that it may be known by; the first is what it is stored with.

    `rad` has the fields of its row.
    """

    rad: Mapping[str, Any]
    innhold: str
    ekstern_ider: Sequence[str]
    hasher: Sequence[str]

    @property
    def id(self) -> UUID:
        svar: UUID = self.rad["id"]
        return svar

    @property
    def navn(self) -> tuple[str, str]:
        """What no two events of a producer share."""
        return self.rad["kilde"], self.rad["ekstern_id"]

    @property
    def klar(self) -> bool:
        return self.rad["klar_tidspunkt"] is not None

    @property
    def under_bytte(self) -> bool:
        """While a secret is changed, what one hash cannot tell is looked up first, with its place held."""
        return len(self.ekstern_ider) > 1 or len(self.hasher) > 1


@dataclass(frozen=True, kw_only=True)
class _Lagret:
    """An event that is stored."""

    id: UUID
    tilstand: str
    innhold_hash: str | None


def ta_imot(
    kjerne: Kjerne, lest: LestHendelse, avsender: Avsender, *, ignorert: bool = False, regler: Mottaksregler = AVVIS
) -> Mottak:
    """Store the event in one transaction and return once it is committed; the same source and id again stores nothing.

    `ignorert`: the source says that the event is none of its business; it is kept as FORKASTET.
    Raises UkjentHendelsestype and Konflikt where the rules say so, Valideringsfeil for what cannot be stored at all,
    Utilgjengelig.
    """
    lesning = Lesning(hendelse=lest, ignorert=ignorert)
    innkommen = _innkommen(kjerne, lesning, avsender, regler, kjerne.klokke.naa())
    if isinstance(innkommen, Avslag):
        raise innkommen
    with _krev_lagringsbart():
        return _lagre(kjerne, innkommen, regler)


def ta_imot_alle(
    kjerne: Kjerne, lesninger: Sequence[Lesning | Avslag], avsender: Avsender, *, regler: Mottaksregler = AVVIS
) -> list[Mottak | Avslag]:
    """Store what came together, in one transaction, and return once it is committed: what came of each, in its place.

    Events of one key keep their order. What is wrong with one is its own answer, and stops no other: what `ta_imot`
    raises of it, and Valideringsfeil for a message that does not say what it is where the rules do not keep it. An
    Avslag among `lesninger` answers for itself. Raises Utilgjengelig; then the same may be sent again.
    """
    naa = kjerne.klokke.naa()
    innkomne = [ett if isinstance(ett, Avslag) else _innkommen(kjerne, ett, avsender, regler, naa) for ett in lesninger]
    gyldige = [ett for ett in innkomne if isinstance(ett, _Innkommen)]
    mottatt: Iterator[Mottak | Avslag]
    if len(gyldige) > 1 and not any(ett.under_bytte for ett in gyldige):
        try:
            mottatt = iter(_lagre_sammen(kjerne, avsender.produsent, gyldige, regler))
        except ULAGRELIG:  # one of them has it
            mottatt = (_eller_avslag(kjerne, ett, regler) for ett in gyldige)
    else:
        mottatt = (_eller_avslag(kjerne, ett, regler) for ett in gyldige)
    return [ett if isinstance(ett, Avslag) else next(mottatt) for ett in innkomne]


def innhold_hash(kjerne: Kjerne, produsent: str, lest: LestHendelse) -> str:
    """A keyed hash of what was said, the same in whichever form it was sent."""
    return kjerne.noekkel_hash(_innhold(produsent, lest))


def _innhold(produsent: str, lest: LestHendelse) -> str:
    data = msgspec.json.encode((lest.type, lest.noekkel, lest.data), order="sorted")
    return f"innhold\0{produsent}\0{data.decode()}"


# --- what it becomes -------------------------------------------------------------------------------------------------


def vurder(plugins: Plugins, produsent: str, lesning: Lesning, regler: Mottaksregler) -> Vurdering:
    """What becomes of an event as it comes in.

    Raises UkjentHendelsestype for a type that no plugin declares, and Valideringsfeil for a message that does not say
    what it is, where the rules do not keep it.
    """
    hendelse = lesning.hendelse
    if lesning.ignorert:
        return Vurdering(tilstand=Hendelsestilstand.FORKASTET)
    if isinstance(hendelse, Uidentifisert):
        plugin = plugin_som_identifiserer(plugins, produsent, hendelse)
        if plugin is None and not regler.behold_uforstaatt:
            raise Valideringsfeil(hendelse.grunn)
        return Vurdering(
            tilstand=Hendelsestilstand.MOTTATT if plugin else Hendelsestilstand.KARANTENE,
            plugin=plugin,
            feilkode=UIDENTIFISERT,
            feilmelding=hendelse.grunn,
        )
    try:
        return Vurdering(plugin=plugins.for_hendelse(produsent, hendelse.type))
    except UkjentHendelsestype as ukjent:
        if not regler.behold_uforstaatt:
            raise
        return Vurdering(tilstand=Hendelsestilstand.KARANTENE, feilkode=ukjent.kode, feilmelding=ukjent.detalj)


def plugin_som_identifiserer(plugins: Plugins, produsent: str, ulest: Uidentifisert) -> Erklaering | None:
    """The plugin that can tell the id of a message whose type is known, if there is one."""
    if ulest.type is None:
        return None
    try:
        plugin = plugins.for_hendelse(produsent, ulest.type)
    except UkjentHendelsestype:
        return None
    return plugin if plugin is not None and plugin.har_identitet else None


def _innkommen(
    kjerne: Kjerne, lesning: Lesning, avsender: Avsender, regler: Mottaksregler, naa: dt.datetime
) -> _Innkommen | Avslag:
    try:
        with _krev_lagringsbart():
            vurdering = vurder(kjerne.plugins, avsender.produsent, lesning, regler)
            if isinstance(lesning.hendelse, Uidentifisert):
                return _ulest(kjerne, lesning.hendelse, avsender, naa, vurdering)
            return _lest(kjerne, lesning.hendelse, avsender, naa, vurdering)
    except Avslag as avslag:
        return avslag


def _lest(kjerne: Kjerne, sagt: LestHendelse, avsender: Avsender, naa: dt.datetime, vurdering: Vurdering) -> _Innkommen:
    lest = _med_typens_egne(sagt, vurdering.plugin)
    return _som_rad(
        kjerne,
        avsender,
        naa,
        _plass(kjerne, lest, avsender.produsent, vurdering),
        vurdering,
        _innhold(avsender.produsent, sagt),
        [lest.id],
        kilde=lest.kilde,
        type=lest.type,
        kilde_noekkel=lest.noekkel,
        format=lest.format,
        raa=lest.raa,
        tid=lest.tid,
        stopper_noekkelen=lest.stopper_noekkelen,
    )


def _med_typens_egne(lest: LestHendelse, plugin: Erklaering | None) -> LestHendelse:
    """With the key and the time that its type says where to find, where neither the event nor its source has said.

    Raises Valideringsfeil.
    """
    if plugin is None or (lest.noekkel is not None and lest.tid is not None):
        return lest
    try:
        funnet = plugin.finn(lest.type, lest.data, [navn for navn in ("noekkel", "tid") if getattr(lest, navn) is None])
    except Uttrykksfeil as feil:
        raise Valideringsfeil(f"The event cannot be placed: {feil}.") from None
    noekkel = lest.noekkel
    if noekkel is None and funnet.noekkel is not None:
        noekkel = normalisert(funnet.noekkel)
        if brudd := noekkelfeil(noekkel):
            raise Valideringsfeil(f"The event cannot be placed: the noekkel that its type declares {brudd}")
    return replace(lest, noekkel=noekkel, tid=lest.tid or funnet.tid)


def _ulest(
    kjerne: Kjerne, ulest: Uidentifisert, avsender: Avsender, naa: dt.datetime, vurdering: Vurdering
) -> _Innkommen:
    """In the queue: one that its plugin can identify is asked about there, and known by its feilkode until then."""
    innhold = f"uidentifisert\0{avsender.produsent}\0{hashlib.sha256(ulest.raa).hexdigest()}"
    kjent = vurdering.plugin is not None
    return _som_rad(
        kjerne,
        avsender,
        naa,
        _Plass(noekkel=innboks.KOE),
        vurdering,
        innhold,
        [ulest.id] if ulest.id else [f"{UTEN_ID}{ett}" for ett in kjerne.noekkelring.hasher(innhold)],
        kilde=ulest.kilde,
        type=ulest.type if kjent and ulest.type else UIDENTIFISERT,
        kilde_noekkel=ulest.noekkel if kjent else None,
        format=ulest.format,
        raa=ulest.raa,
        tid=ulest.tid,
        stopper_noekkelen=ulest.stopper_noekkelen,
    )


def _plass(kjerne: Kjerne, lest: LestHendelse, produsent: str, vurdering: Vurdering) -> _Plass:
    """The event's key if it can be known without asking the plugin, else the queue of its producer."""
    plugin = vurdering.plugin
    if vurdering.tilstand is not Hendelsestilstand.FORKASTET and (plugin is None or plugin.har_noekkel):
        return _Plass(noekkel=innboks.KOE)
    av_kilden = noekkelens_hash(kjerne, produsent, lest.noekkel, kilde=lest.kilde, id_=lest.id)
    if plugin is None:
        return _Plass(noekkel=av_kilden)
    return _Plass(noekkel=av_kilden, hasher=noekkelens_hasher(kjerne, produsent, lest.noekkel))


def _som_rad(
    kjerne: Kjerne,
    avsender: Avsender,
    naa: dt.datetime,
    plass: _Plass,
    vurdering: Vurdering,
    innhold: str,
    ekstern_ider: Sequence[str],
    **lest: Any,
) -> _Innkommen:
    tilstand, plugin = vurdering.tilstand, vurdering.plugin.id if vurdering.plugin else None
    sluttet = slutt(kjerne.produsenter.bevaring(avsender.produsent), tilstand, plugin=plugin, naa=naa)
    rad = {
        "id": ny_id(),
        "produsent": avsender.produsent,
        "ekstern_id": ekstern_ider[0],
        "innhold_hash": kjerne.noekkel_hash(innhold),
        "noekkel": plass.noekkel,
        "klar_tidspunkt": naa if tilstand is Hendelsestilstand.MOTTATT else None,
        "applikasjon": avsender.applikasjon,
        "korrelasjonsid": avsender.korrelasjonsid,
        "mottatt_tidspunkt": naa,
        "tilstand": tilstand,
        "plugin": plugin,
        "feilkode": vurdering.feilkode,
        "feilmelding": vurdering.feilmelding,
        "avsluttet_tidspunkt": sluttet.avsluttet_tidspunkt,
        "bevares_til": sluttet.bevares_til,
        "glemte": [
            ett
            for id_ in ekstern_ider
            for ett in glemte_ider(kjerne.noekkelring, avsender.produsent, lest["kilde"], id_)
        ],
        **lest,
    }
    return _Innkommen(rad=rad, innhold=innhold, ekstern_ider=ekstern_ider, hasher=plass.hasher)


# --- storing ---------------------------------------------------------------------------------------------------------


def _eller_avslag(kjerne: Kjerne, ett: _Innkommen, regler: Mottaksregler) -> Mottak | Avslag:
    try:
        with _krev_lagringsbart():
            return _lagre(kjerne, ett, regler)
    except Avslag as avslag:
        return avslag


@contextmanager
def _krev_lagringsbart() -> Iterator[None]:
    """Raises Valideringsfeil for a value that no column takes: it never will."""
    try:
        yield
    except ULAGRELIG as feil:
        logger.warning("an event cannot be stored", extra={"feil": type(feil).__name__})
        raise Valideringsfeil(
            "The event cannot be stored: it holds text or a number that the database does not take. Correct it, and "
            "send it again."
        ) from None


def _lagre(kjerne: Kjerne, ett: _Innkommen, regler: Mottaksregler) -> Mottak:
    produsent, kilde = ett.rad["produsent"], ett.rad["kilde"]

    def lagre() -> bool:
        rad = ett.rad
        if ett.under_bytte:
            if len(ett.ekstern_ider) > 1:
                innboks.trekk_loepenumre(produsent, innboks.KOE, 1, None)
            if _funnet(kjerne, produsent, kilde, ett.ekstern_ider) is not None:
                return False
            if len(ett.hasher) > 1 and not hold_koeen(produsent):
                rad = {**rad, "noekkel": ett_sted(produsent, ett.hasher, rad["noekkel"])}
        ny = innboks.lagre(kjerne.database, **rad)
        if ny and ett.klar:
            kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))
        return ny

    while not kjerne.database.i_transaksjon(lagre, en_setning=not ett.under_bytte):
        with kjerne.database.tilkobling():
            finnes = _funnet(kjerne, produsent, kilde, ett.ekstern_ider)
        if finnes is not None:  # else its time was up just now, and it is new
            return _gjentatt(kjerne, finnes, ett.innhold, regler)
    return _mottak(ett)


def _lagre_sammen(
    kjerne: Kjerne, produsent: str, innkomne: Sequence[_Innkommen], regler: Mottaksregler
) -> list[Mottak | Avslag]:
    foerste: dict[tuple[str, str], _Innkommen] = {}
    for ett in innkomne:
        foerste.setdefault(ett.navn, ett)
    nye: set[UUID] = set()
    fra_foer: dict[tuple[str, str], _Lagret] = {}
    ulagret = list(foerste.values())
    while ulagret:  # once more for what had been stored before, and whose time was up just now
        nye |= _lagre_nye(kjerne, ulagret)
        igjen = [ett for ett in ulagret if ett.id not in nye]
        fra_foer |= _funnet_alle(kjerne, produsent, igjen)
        ulagret = [ett for ett in igjen if ett.navn not in fra_foer]

    def svar(ett: _Innkommen) -> Mottak | Avslag:
        if ett.id in nye:
            return _mottak(ett)
        den_foerste = foerste[ett.navn].rad
        finnes = fra_foer.get(ett.navn) or _Lagret(
            id=den_foerste["id"], tilstand=den_foerste["tilstand"], innhold_hash=den_foerste["innhold_hash"]
        )
        try:
            return _gjentatt(kjerne, finnes, ett.innhold, regler)
        except Konflikt as konflikt:
            return konflikt

    return [svar(ett) for ett in innkomne]


def _lagre_nye(kjerne: Kjerne, innkomne: Sequence[_Innkommen]) -> set[UUID]:
    def lagre() -> set[UUID]:
        glemte = _glemte(innkomne[0].rad["produsent"], innkomne)
        ukjente = [ett.rad for ett in innkomne if ett.navn not in glemte]
        nye = innboks.lagre_alle(kjerne.database, ukjente) if ukjente else set()
        if any(ett.klar and ett.id in nye for ett in innkomne):
            kjerne.database.etter_commit(lambda: kjerne.doerklokke.ring(RUNDE))
        return nye

    return kjerne.database.i_transaksjon(lagre)


def _mottak(ett: _Innkommen) -> Mottak:
    return Mottak(id=ett.id, tilstand=ett.rad["tilstand"], ny=True)


def _funnet(kjerne: Kjerne, produsent: str, kilde: str, ekstern_ider: Sequence[str]) -> _Lagret | None:
    """The event that was stored before, on a connection that is held."""
    rader = Hendelse.select(*_KJENNETEGN).where(kjent_som(kjerne.noekkelring, produsent, kilde, ekstern_ider))
    return next((_som_lagret(rad) for rad in rader), None)


def _funnet_alle(kjerne: Kjerne, produsent: str, innkomne: Sequence[_Innkommen]) -> dict[tuple[str, str], _Lagret]:
    """Those of the events that were stored before, by their names."""
    if not innkomne:
        return {}
    felter = (*_KJENNETEGN, Hendelse.kilde, Hendelse.ekstern_id)
    navn = (Hendelse.kilde, Hendelse.ekstern_id)
    hos = Hendelse.select(*felter).where(Hendelse.produsent == produsent)
    with kjerne.database.tilkobling():
        husket = {
            (rad.kilde, rad.ekstern_id): _som_lagret(rad)
            for rad in hos.where(par_blant(navn, [ett.navn for ett in innkomne]))
        }
        return {**husket, **_glemte(produsent, [ett for ett in innkomne if ett.navn not in husket])}


def _glemte(produsent: str, innkomne: Sequence[_Innkommen]) -> dict[tuple[str, str], _Lagret]:
    """Those of the events whose ids have been forgotten since they were stored, by their names."""
    if not innkomne:
        return {}
    navn = {(ett.navn[0], hash_): ett.navn for ett in innkomne for hash_ in ett.rad["glemte"]}
    rader = Hendelse.select(*_KJENNETEGN, Hendelse.kilde, Hendelse.glemt_id).where(
        Hendelse.produsent == produsent, GLEMT, par_blant((Hendelse.kilde, Hendelse.glemt_id), list(navn))
    )
    return {navn[rad.kilde, rad.glemt_id]: _som_lagret(rad) for rad in rader}


def _som_lagret(rad: Hendelse) -> _Lagret:
    return _Lagret(id=rad.id, tilstand=rad.tilstand, innhold_hash=rad.innhold_hash)


def _gjentatt(kjerne: Kjerne, finnes: _Lagret, innhold: str, regler: Mottaksregler) -> Mottak:
    """What is answered where the event, or another by its name, was stored before.

    Raises Konflikt for another where the rules say so.
    """
    if finnes.innhold_hash is not None and finnes.innhold_hash not in kjerne.noekkelring.hasher(innhold):
        if not regler.noter_annet_innhold:
            raise Konflikt(
                "The same source and id was taken in before with other content; a new event needs a new id.",
                id_til_eksisterende=finnes.id,
            )
        kjerne.database.i_transaksjon(_noter_annet_innhold(kjerne, finnes.id))
    return Mottak(id=finnes.id, tilstand=Hendelsestilstand(finnes.tilstand), ny=False)


def _noter_annet_innhold(kjerne: Kjerne, hendelse_id: UUID) -> Callable[[], object]:
    endring = {
        "annet_innhold": fn.COALESCE(Hendelse.annet_innhold, 0) + 1,
        "annet_innhold_tidspunkt": kjerne.klokke.naa(),
    }
    return lambda: Hendelse.update(endring).where(Hendelse.id == hendelse_id).execute()
