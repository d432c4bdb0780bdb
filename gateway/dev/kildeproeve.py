"""What a source makes of a request, without a server and without storing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.feil import Avslag
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.hendelsesdata import Format, UgyldigJson, Uleselig, data_av
from gateway.http.problemer import STATUS
from gateway.inbox.format import LestHendelse, Uidentifisert
from gateway.inbox.inntak import Lesning, vurder
from gateway.inbox.kilder import Kilde
from gateway.plugin import Anmodning, KanIkkeVerifiseres, UgyldigSignatur
from gateway.plugin.formater import ForMangeHendelser, UkjentInnholdstype
from gateway.vertskap.erklaering import Plugins

AVVIST_MED: tuple[tuple[type[Exception], int], ...] = (
    (UgyldigJson, 400),
    (UkjentInnholdstype, 415),
    (ForMangeHendelser, 413),
    (Uleselig, 422),
)


@dataclass(frozen=True, kw_only=True)
class Funnet:
    """One event. `tilstand` None: it would be refused, for the `grunn`."""

    sted: str
    tilstand: Hendelsestilstand | None
    grunn: str | None = None
    type: str | None = None
    id: str | None = None
    noekkel: str | None = None
    tid: dt.datetime | None = None
    data: Any = field(default=None, repr=False)
    har_data: bool = False


@dataclass(frozen=True, kw_only=True)
class Proeve:
    """`status` is what the sender would be answered, were it new."""

    status: int
    uverifisert: str = ""
    avvist: str = ""
    hendelser: Sequence[Funnet] = ()

    @property
    def gaar_bra(self) -> bool:
        feil = (None, Hendelsestilstand.KARANTENE)
        return not (self.uverifisert or self.avvist or any(ett.tilstand in feil for ett in self.hendelser))


def proev_kilde(
    kilde: Kilde,
    plugins: Plugins,
    *,
    hoder: Mapping[str, str],
    kropp: bytes,
    hemmelig_sti: str | None,
    naa: dt.datetime,
) -> Proeve:
    """What becomes of a request: `hoder` has lower-case names; `naa` is real time, in UTC, for replay windows."""
    anmodning = Anmodning(hoder=hoder, kropp=kropp, hemmelig_sti=hemmelig_sti)
    try:
        kilde.ordning.verifiser(anmodning, kilde.hemmeligheter, naa)
    except UgyldigSignatur as feil:
        return Proeve(status=_refusert(kilde, 401), uverifisert=str(feil))
    except KanIkkeVerifiseres as feil:
        return Proeve(status=503, uverifisert=str(feil))
    if kilde.maks_bytes is not None and len(kropp) > kilde.maks_bytes:
        return Proeve(status=_refusert(kilde, 413), avvist=f"the body is larger than {kilde.maks_bytes} bytes.")
    if kilde.ordning.er_proeve(anmodning):
        return Proeve(status=kilde.svar.status or 200)
    try:
        lest = kilde.les(hoder.get("content-type", ""), hoder, kropp, plugins)
    except Avslag as avslag:
        return Proeve(status=_refusert(kilde, STATUS[type(avslag)]), avvist=avslag.detalj)
    except tuple(type_ for type_, _ in AVVIST_MED) as feil:
        status = next(status for type_, status in AVVIST_MED if isinstance(feil, type_))
        return Proeve(status=_refusert(kilde, status), avvist=str(feil))
    funnet, avslag_ = [], []
    for lesning, sted in zip(lest.alle, lest.steder, strict=True):
        try:
            funnet.append(_funnet(kilde, plugins, lesning, sted))
        except Avslag as avslag:
            avslag_.append(avslag)
            funnet.append(_vist(lesning, sted, None, avslag.detalj))
    if avslag_ and len(avslag_) == len(funnet):
        status = _refusert(kilde, 422 if lest.flere else STATUS[type(avslag_[0])])
    else:
        status = kilde.svar.status or (202 if funnet else 200)
    return Proeve(status=status, hendelser=funnet)


def _funnet(kilde: Kilde, plugins: Plugins, lesning: Lesning, sted: str) -> Funnet:
    """Raises Avslag for one that would be refused."""
    vurdering = vurder(plugins, kilde.produsent, lesning, kilde.regler)
    return _vist(lesning, sted, vurdering.tilstand, vurdering.feilmelding)


def _vist(lesning: Lesning, sted: str, tilstand: Hendelsestilstand | None, grunn: str | None) -> Funnet:
    hendelse = lesning.hendelse
    har_data = isinstance(hendelse, LestHendelse) or hendelse.format is Format.JSON
    return Funnet(
        sted=sted,
        tilstand=tilstand,
        grunn=grunn,
        type=hendelse.type,
        id=hendelse.id,
        noekkel=hendelse.noekkel,
        tid=hendelse.tid,
        data=hendelse.data if isinstance(hendelse, LestHendelse) else _data(hendelse),
        har_data=har_data,
    )


def _data(ulest: Uidentifisert) -> Any:
    return data_av(ulest.format, ulest.raa) if ulest.format is Format.JSON else None


def _refusert(kilde: Kilde, status: int) -> int:
    return kilde.svar.feil or status
