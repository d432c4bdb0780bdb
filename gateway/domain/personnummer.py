"""Fødselsnummer: check digits by python-stdnum, and the synthetic numbers that it does not know."""

from __future__ import annotations

import re

from stdnum.no import fodselsnummer

LENGDE = 11
# Synthetic numbers add 40 (Skatteetaten: 80) to the month, so as never to be somebody's.
SYNTETISK_TILLEGG = (0, 40, 80)
MAANEDER = 12
DAGER = 31
D_NUMMER = 40


def er_gyldig(nummer: str) -> bool:
    """Whether the text is 11 digits with valid check digits and a possible day and month; no formatting allowed."""
    if not re.fullmatch(r"[0-9]{11}", nummer):
        return False
    if nummer[-2] != fodselsnummer.calc_check_digit1(nummer) or nummer[-1] != fodselsnummer.calc_check_digit2(nummer):
        return False
    dag, maaned = int(nummer[:2]), int(nummer[2:4])
    return 1 <= (dag - D_NUMMER if dag > D_NUMMER else dag) <= DAGER and any(
        1 <= maaned - tillegg <= MAANEDER for tillegg in SYNTETISK_TILLEGG
    )
