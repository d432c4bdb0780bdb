"""The refusals of the domain: one class per `kode` of the contract.

A refusal says what was wrong, where, and what to do; it never repeats the value that was refused,
since that may be personal data. How a refusal travels over HTTP is decided in one place, `gateway.http.problemer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID


class Avslag(Exception):
    """A kommando or a question was refused; trying the same again gives the same answer.

    `detalj` is one sentence for the caller. `felter` is the contract's tree of field errors, by wire name.
    """

    kode: ClassVar[str]
    tittel: ClassVar[str]

    def __init__(
        self,
        detalj: str,
        *,
        felter: Mapping[str, Any] | None = None,
        id_til_eksisterende: UUID | None = None,
    ) -> None:
        super().__init__(detalj)
        self.detalj = detalj
        self.felter = felter
        self.id_til_eksisterende = id_til_eksisterende


class UkjentProdusent(Avslag):
    kode = "UkjentProdusent"
    tittel = "The application is not in the produsentregister"


class UgyldigMerkelapp(Avslag):
    kode = "UgyldigMerkelapp"
    tittel = "The produsent may not use this merkelapp"


class UgyldigMottaker(Avslag):
    kode = "UgyldigMottaker"
    tittel = "The produsent may not use this mottaker"


class MottakerUtenforSaken(UgyldigMottaker):
    """The sak has other mottakere, or another virksomhet: no register changes that."""


class VilkaarIkkeGodkjent(Avslag):
    kode = "VilkaarIkkeGodkjent"
    tittel = "The produsent has not accepted the terms of use"


class IngenTilgang(Avslag):
    kode = "IngenTilgang"
    tittel = "No access"


class SakFinnesIkke(Avslag):
    kode = "SakFinnesIkke"
    tittel = "The sak does not exist"


class NotifikasjonFinnesIkke(Avslag):
    kode = "NotifikasjonFinnesIkke"
    tittel = "The notifikasjon does not exist"


class VarselFinnesIkke(Avslag):
    kode = "VarselFinnesIkke"
    tittel = "The varsel does not exist"


class HendelseFinnesIkke(Avslag):
    kode = "HendelseFinnesIkke"
    tittel = "The hendelse does not exist"


class KildeFinnesIkke(Avslag):
    kode = "KildeFinnesIkke"
    tittel = "The kilde does not exist"


class DuplikatEksternIdOgMerkelapp(Avslag):
    kode = "DuplikatEksternIdOgMerkelapp"
    tittel = "The eksternId is taken, with other content"


class DuplikatGrupperingsid(Avslag):
    kode = "DuplikatGrupperingsid"
    tittel = "The grupperingsid is taken, with other content"


class DuplikatGrupperingsidEtterDelete(Avslag):
    kode = "DuplikatGrupperingsidEtterDelete"
    tittel = "The grupperingsid belonged to a deleted sak"


class OppgavenErAlleredeUtfoert(Avslag):
    kode = "OppgavenErAlleredeUtfoert"
    tittel = "The oppgave is already done"


class Konflikt(Avslag):
    kode = "Konflikt"
    tittel = "The change conflicts with what is there"


class Valideringsfeil(Avslag):
    kode = "Valideringsfeil"
    tittel = "The content breaks one or more rules"


class UgyldigPaaminnelseTidspunkt(Avslag):
    kode = "UgyldigPaaminnelseTidspunkt"
    tittel = "The time of the paaminnelse cannot be used"


class UgyldigKalenderavtale(Avslag):
    kode = "UgyldigKalenderavtale"
    tittel = "The kalenderavtale ends before it starts"


class UkjentHendelsestype(Avslag):
    kode = "UkjentHendelsestype"
    tittel = "No loaded plugin declares this event type"
