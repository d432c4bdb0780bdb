"""What is refused before the application sees it, and how each reason is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grunn(StrEnum):
    """As it stands in the metrics and the log."""

    FULLT = "fullt"
    FRIST = "frist"
    KLIENTEN_BORTE = "klienten_borte"
    FOR_STOR = "for_stor"
    UFULLSTENDIG = "ufullstendig"
    TREG_KROPP = "treg_kropp"
    MANGE_KROPPER = "mange_kropper"
    MANGE_KROPPER_FRA_ADRESSEN = "mange_kropper_fra_adressen"
    METODE = "metode"
    FEIL = "feil"


class Avvist(Exception):
    def __init__(self, grunn: Grunn) -> None:
        super().__init__(grunn)
        self.grunn = grunn


@dataclass(frozen=True)
class Avvisning:
    """`igjen`: the same request may be sent again in a moment, and is told when."""

    status: int
    kode: str
    detalj: str
    igjen: bool = True


_INGENTING = "Nothing was confirmed; send the same request again."
AVVISNINGER = {
    Grunn.FULLT: Avvisning(503, "Utilgjengelig", f"Too many requests wait already. {_INGENTING}"),
    Grunn.FRIST: Avvisning(503, "Utilgjengelig", f"The request waited too long for its turn. {_INGENTING}"),
    Grunn.FOR_STOR: Avvisning(413, "ForStor", "The request body is larger than the gateway takes.", igjen=False),
    Grunn.UFULLSTENDIG: Avvisning(
        400,
        "BadRequest",
        f"The body broke off, or has trailers, which are not read here. {_INGENTING}",
        igjen=False,
    ),
    Grunn.TREG_KROPP: Avvisning(408, "RequestTimeout", f"The body did not come in time. {_INGENTING}", igjen=False),
    Grunn.MANGE_KROPPER: Avvisning(503, "Utilgjengelig", f"Too many slow bodies are under way. {_INGENTING}"),
    Grunn.MANGE_KROPPER_FRA_ADRESSEN: Avvisning(
        429, "ForMange", f"Too many slow bodies are under way from the same address. {_INGENTING}"
    ),
    Grunn.METODE: Avvisning(405, "MethodNotAllowed", "Only GET and HEAD are answered here.", igjen=False),
    Grunn.FEIL: Avvisning(500, "UventetFeil", f"The gateway failed, and the log says more. {_INGENTING}", igjen=False),
}
