"""What each refusal says, word for word, as the examples of the document have it; a test holds that it does.

Where a text names a producer, it is the one of the other examples.
"""

from __future__ import annotations

DETALJER: dict[str, str] = {
    "UkjentProdusent": (
        "The application in the token (azp_name) is not in the produsentregister; ask for it to be added "
        "under applikasjoner of your produsent."
    ),
    "UgyldigMerkelapp": "merkelapp is not one of the produsent's own. fager may use: Demo, Fager.",
    "UgyldigMottaker": (
        "mottakere[0].altinnRessurs.ressursId is not one of the produsent's own. fager may use: "
        "nav_sykepenger_inntektsmelding, nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger."
    ),
    "VilkaarIkkeGodkjent": (
        "fager has not accepted the terms of use; read them at /kom-i-gang, and add vilkaarGodkjent with "
        "versjon 2026-01 and dato to its entry in the produsentregister."
    ),
    "IngenTilgang": "This source is called from its own networks only (`nett` in kilder.yaml).",
    "SakFinnesIkke": "No such sak; check the id, or the merkelapp and grupperingsid.",
    "NotifikasjonFinnesIkke": "No such notifikasjon; check the id, or the merkelapp and eksternId.",
    "VarselFinnesIkke": "No such varsel; check the id.",
    "HendelseFinnesIkke": "No such hendelse of yours; check the id.",
    "KildeFinnesIkke": "No such kilde; the path is /webhooks/<navn>, with a navn of kilder.yaml.",
    "DuplikatEksternIdOgMerkelapp": (
        "A notifikasjon with this merkelapp and eksternId exists, with other content; use another eksternId."
    ),
    "DuplikatGrupperingsid": (
        "A sak with this merkelapp and grupperingsid exists, with other content; use another grupperingsid, "
        "or change the sak that is there."
    ),
    "DuplikatGrupperingsidEtterDelete": (
        "A sak with this merkelapp and grupperingsid was deleted; use another grupperingsid."
    ),
    "OppgavenErAlleredeUtfoert": "The oppgave is done; only an oppgave that is not done can be changed so.",
    "Konflikt": "The Idempotency-Key was used for this with other content; use a new key.",
    "Valideringsfeil": "One or more fields break a rule; see felter.",
    "UgyldigPaaminnelseTidspunkt": (
        "paaminnelse.tidspunkt is relative to a frist, and there is none; give a frist, or another kind of time."
    ),
    "UgyldigKalenderavtale": (
        "sluttTidspunkt lies before startTidspunkt; give a later sluttTidspunkt, or leave it out. An update of "
        "the start alone keeps the end that was there."
    ),
    "UkjentHendelsestype": "No plugin is loaded for fager; name it in the produsentregister.",
    "UgyldigJson": "The body is not JSON: Input data was truncated.",
    "IkkeInnlogget": "There is no bearer token. Send Authorization: Bearer <token>, with a token that is valid now.",
    "ForStor": "The data value transmitted exceeds the capacity limit.",
    "UkjentInnholdstype": "Send the body as application/json.",
    "ForMange": (
        "Too many requests in a short time. Nothing was confirmed; send the same request again after the seconds of "
        "Retry-After."
    ),
    "Utilgjengelig": (
        "The database cannot take the write: OperationalError. Nothing was confirmed; send the same request again."
    ),
    "UventetFeil": (
        "The gateway failed. Nothing was confirmed; send the same request again, and report the korrelasjonsid."
    ),
}
