"""Calls, as a producer writes them, in short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.verden import ANSATT, GLAD_TORSK, LEDER, RESSURS


@dataclass(frozen=True, kw_only=True)
class Kall:
    """A call as its caller writes it; `noekkel` is the Idempotency-Key."""

    metode: str
    sti: str
    kropp: Any = None
    noekkel: str | None = None


R_MOTTAKER = {"altinnRessurs": {"ressursId": RESSURS}}
R_LEDER = {"naermesteLeder": {"naermesteLederFnr": LEDER, "ansattFnr": ANSATT}}
R_SAK = {
    "grupperingsid": "sak-1",
    "merkelapp": "Fager",
    "virksomhetsnummer": GLAD_TORSK,
    "mottakere": [R_MOTTAKER],
    "tittel": "Søknad om støtte",
    "initiellStatus": "MOTTATT",
}
R_BESKJED = {
    "merkelapp": "Fager",
    "eksternId": "beskjed-1",
    "virksomhetsnummer": GLAD_TORSK,
    "mottakere": [R_MOTTAKER],
    "tekst": "Du har fått svar",
    "lenke": "https://arbeidsgiver.nav.no/1",
}
R_OPPGAVE = {
    **R_BESKJED,
    "eksternId": "oppgave-1",
    "tekst": "Svar på spørsmålet",
    "lenke": "https://arbeidsgiver.nav.no/2",
}
R_AVTALE = {
    **R_BESKJED,
    "eksternId": "avtale-1",
    "grupperingsid": "sak-1",
    "tekst": "Møte om oppfølging",
    "lenke": "https://arbeidsgiver.nav.no/3",
    "startTidspunkt": "2026-11-30T09:00:00Z",
}
LOEPENDE = {"sendevindu": "LOEPENDE"}
I_SAKEN = "?merkelapp=Fager&grupperingsid=sak-1"


def post_sak(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/saker", kropp={**R_SAK, **felter})


def post_beskjed(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/beskjeder", kropp={**R_BESKJED, **felter})


def post_oppgave(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/oppgaver", kropp={**R_OPPGAVE, **felter})


def post_avtale(**felter: Any) -> Kall:
    return Kall(metode="POST", sti="/kalenderavtaler", kropp={**R_AVTALE, **felter})


def post_status(ny: str = "FERDIG", noekkel: str | None = None, **felter: Any) -> Kall:
    return Kall(
        metode="POST",
        sti=f"/saker/med-grupperingsid/statuser{I_SAKEN}",
        kropp={"status": ny, **felter},
        noekkel=noekkel,
    )


def put_sak(understi: str, noekkel: str | None = None, **felter: Any) -> Kall:
    return Kall(metode="PUT", sti=f"/saker/med-grupperingsid/{understi}{I_SAKEN}", kropp=felter, noekkel=noekkel)


R_INNHOLD = {navn: verdi for navn, verdi in R_SAK.items() if navn != "grupperingsid"}


def post_sikret(noekkel: str | None = None, ellers: Any = None, **felter: Any) -> Kall:
    return Kall(
        metode="POST", sti="/sikrede-saker", kropp={"sak": {**R_SAK, **felter}, "ellers": ellers}, noekkel=noekkel
    )


def post_aapen(noekkel: str | None = None, ellers: Any = None, saksnoekkel: str = "person-1", **felter: Any) -> Kall:
    kropp = {"saksnoekkel": saksnoekkel, "sak": {**R_INNHOLD, **felter}, "ellers": ellers}
    return Kall(metode="POST", sti="/aapne-saker", kropp=kropp, noekkel=noekkel)


def post_lukk(som: str, noekkel: str | None = None, **felter: Any) -> Kall:
    sti = f"/saker/med-grupperingsid/lukk-oppgaver{I_SAKEN}"
    return Kall(metode="POST", sti=sti, kropp={"som": som, **felter}, noekkel=noekkel)


def paa_oppgaven(
    metode: str, understi: str, noekkel: str | None = None, ekstern_id: str = "oppgave-1", **felter: Any
) -> Kall:
    sti = f"/oppgaver/med-ekstern-id/{understi}?merkelapp=Fager&eksternId={ekstern_id}"
    return Kall(metode=metode, sti=sti, kropp=felter, noekkel=noekkel)


def patch_avtale(noekkel: str | None = None, **felter: Any) -> Kall:
    sti = "/kalenderavtaler/med-ekstern-id?merkelapp=Fager&eksternId=avtale-1"
    return Kall(metode="PATCH", sti=sti, kropp=felter, noekkel=noekkel)


def slett(hva: str, ekstern_id: str, noekkel: str | None = None) -> Kall:
    return Kall(metode="DELETE", sti=f"/{hva}/med-ekstern-id?merkelapp=Fager&eksternId={ekstern_id}", noekkel=noekkel)


def slett_sak(noekkel: str | None = None) -> Kall:
    return Kall(metode="DELETE", sti=f"/saker/med-grupperingsid{I_SAKEN}", noekkel=noekkel)


def r_sms(tlf: str = "99999999", tekst: str = "Hei", tid: Any = LOEPENDE) -> dict[str, Any]:
    return {"sms": {"mottaker": {"kontaktinfo": {"tlf": tlf}}, "smsTekst": tekst, "sendetidspunkt": tid}}


def r_epost(adresse: str = "a@b.no", tittel: str = "T", html: str = "<p>h</p>", tid: Any = LOEPENDE) -> dict[str, Any]:
    mottaker = {"kontaktinfo": {"epostadresse": adresse}}
    return {"epost": {"mottaker": mottaker, "epostTittel": tittel, "epostHtmlBody": html, "sendetidspunkt": tid}}


R_ALTINN = {
    "altinnressurs": {
        "mottaker": {"ressursId": "r"},
        "epostTittel": "T",
        "epostHtmlBody": "<p>h</p>",
        "smsTekst": "s",
        "sendetidspunkt": LOEPENDE,
    }
}


def r_paaminnelse(*varsler: dict[str, Any], **tidspunkt: Any) -> dict[str, Any]:
    """The varsler of a paaminnelse say their window and nothing else of their time."""
    return {
        "tidspunkt": tidspunkt or {"etterOpprettelse": "P5D"},
        "eksterneVarsler": [
            {type_: {**{k: v for k, v in innhold.items() if k != "sendetidspunkt"}, **innhold["sendetidspunkt"]}}
            for ett in varsler
            for type_, innhold in ett.items()
        ],
    }
