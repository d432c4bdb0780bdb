"""`csv`: tables as text, as spreadsheets and old systems write them: a row is an event."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.formater.valg import Valg
from gateway.plugin.formater import (
    LENGSTE,
    ForMangeHendelser,
    Formatsvar,
    Innhold,
    Lest,
    Melding,
    Meldingsdel,
    Svarinnhold,
    Uforstaatt,
    UkjentInnholdstype,
    Uleselig,
    Uttrykksfeil,
    skriv_json,
)

TEGNSETT = ("utf-8", "windows-1252", "iso-8859-1", "iso-8859-15")
SKILLETEGN = {";": ";", ",": ",", "|": "|", "tab": "\t"}
DESIMALTEGN = (",", ".")
FLEST_KOLONNER = 500
MINST_PLASS = 1 << 20
FLEST_LINJER = 100  # of one row: a quotation mark that is never closed swallows no more than that
_LITERAL = re.compile(r"'([^']*)'")
# What text does not hold in a cell, in whatever encoding: it is a file of another kind, or cut off.
_STYRETEGN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Kolonne:
    """The name of a column; or a text of its own, in single quotes."""

    tekst: str

    def finn(self, soekes: Any) -> Any:
        if literal := _LITERAL.fullmatch(self.tekst):
            return literal[1]
        verdi = soekes.get(self.tekst)
        return None if verdi == "" else verdi


@dataclass(frozen=True, kw_only=True)
class _Rad:
    """A row, as it stands and as it is read. `feil`: why it cannot be read."""

    linje: int
    raa: bytes
    felter: Sequence[str] = ()
    feil: str = ""


class _Hode:
    """What stands above the rows: with it, a row can be read alone. All of them together have room for so much."""

    def __init__(self, merke: bytes, plass: int) -> None:
        self._merke = merke
        self._plass = plass
        self.linje = b""

    def over(self, rad: bytes) -> bytes:
        self._plass -= len(self.linje)
        return self._merke + (self.linje if self._plass > 0 else b"") + rad


class CsvFormat:
    """The first row has the names of the columns, unless `kolonner` gives them.

    `skilletegn`, `tegnsett`; `tall`: columns that are numbers, with `desimaltegn` (`,`) and blanks between thousands.
    A byte order mark says UTF-8, whatever else is said. A row that cannot be read is told by the line where it begins,
    and stops no other.
    """

    navn = "csv"
    standarder: Mapping[str, str] = {}
    sier_hva_de_er = False
    har_svar = False

    def __init__(
        self,
        *,
        skilletegn: str = ";",
        tegnsett: str = "utf-8",
        kolonner: Sequence[str] = (),
        tall: Sequence[str] = (),
        desimaltegn: str = ",",
    ) -> None:
        self._skilletegn = skilletegn
        self._tegnsett = tegnsett
        self._kolonner = tuple(kolonner)
        self._tall = frozenset(tall)
        tusenskille = r"[ \u00a0\u202f]" if desimaltegn == "," else r"[ \u00a0\u202f,]"
        self._et_tall = re.compile(
            rf"[+-]?(?:[0-9]{{1,3}}(?:{tusenskille}[0-9]{{3}})+|[0-9]+)(?:{re.escape(desimaltegn)}[0-9]+)?"
        )
        self._tusenskille = re.compile(tusenskille)
        self._desimaltegn = desimaltegn

    def med(self, valg: Mapping[str, Any]) -> CsvFormat:
        lest = Valg(self.navn, valg, ("skilletegn", "tegnsett", "kolonner", "tall", "desimaltegn"))
        skilletegn = lest.en_av("skilletegn", tuple(SKILLETEGN), ";")
        tegnsett = lest.en_av("tegnsett", TEGNSETT, "utf-8")
        desimaltegn = lest.en_av("desimaltegn", DESIMALTEGN, ",")
        kolonner, tall = lest.tekster("kolonner"), lest.tekster("tall")
        if len(set(kolonner)) != len(kolonner):
            lest.galt("kolonner", "has the same name twice")
        lest.krev()
        return CsvFormat(
            skilletegn=SKILLETEGN[skilletegn],
            tegnsett=tegnsett,
            kolonner=kolonner,
            tall=tall,
            desimaltegn=desimaltegn,
        )

    def uttrykk(self, tekst: str) -> Kolonne:
        """Raises Uttrykksfeil."""
        if not tekst or len(tekst) > LENGSTE:
            raise Uttrykksfeil("must be the name of a column, or a text in single quotes")
        if self._kolonner and tekst not in self._kolonner and not _LITERAL.fullmatch(tekst):
            raise Uttrykksfeil(f"is no column; kolonner has {', '.join(self._kolonner)}")
        return Kolonne(tekst)

    def les(self, melding: Melding) -> Lest:
        type_ = melding.innholdstype.partition(";")[0].strip().lower()
        if type_.endswith(("json", "xml")) or type_.startswith("multipart/"):
            raise UkjentInnholdstype("This source is read as CSV; send it as text/csv.")
        kropp, tegnsett, merke = self._tegnene(melding.kropp)
        rader = self._rader(kropp, tegnsett)
        hode = _Hode(merke, plass=MINST_PLASS + 4 * len(kropp))
        kolonner: Sequence[str] = self._kolonner
        if not kolonner:
            foerste = next(rader, None)
            if foerste is None:
                raise Uleselig("The file is empty: its first row must have the names of the columns.")
            kolonner = _kolonnenavn(foerste)
            hode.linje = foerste.raa if foerste.raa.endswith(b"\n") else foerste.raa + b"\n"
        deler: list[Meldingsdel] = []
        for rad in rader:
            if len(deler) == melding.maks:
                raise ForMangeHendelser(
                    f"The file has more than {melding.maks} rows, which is what this source may send at once. Send it "
                    "in parts."
                )
            deler.append(self._del(rad, kolonner, hode))
        return Lest(deler=deler, flere=True)

    def svar(self, svar: Svarinnhold) -> Formatsvar | None:
        del svar
        return None

    def _tegnene(self, kropp: bytes) -> tuple[bytes, str, bytes]:
        """The bytes without their mark, their encoding, and the mark."""
        if kropp.startswith(codecs.BOM_UTF8):
            return kropp.removeprefix(codecs.BOM_UTF8), "utf-8", codecs.BOM_UTF8
        if kropp.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise Uleselig("The file is UTF-16; save it as UTF-8, or as its source is set to be read.")
        return kropp, self._tegnsett, b""

    def _rader(self, kropp: bytes, tegnsett: str) -> Iterator[_Rad]:
        """Each row that is not blank, with the line where it begins, from 1."""
        linjer = _linjer(kropp)
        nr = 0
        while nr < len(linjer):
            if not linjer[nr].strip():
                nr += 1
                continue
            rad, antall = self._rad(linjer[nr : nr + FLEST_LINJER], nr + 1, tegnsett)
            yield rad
            nr += antall

    def _rad(self, linjer: Sequence[bytes], linje: int, tegnsett: str) -> tuple[_Rad, int]:
        """The row that begins with the first of the lines, and how many lines it has."""
        try:
            leser = csv.reader(
                (ett.decode(tegnsett) for ett in linjer),
                delimiter=self._skilletegn,
                strict=True,
                skipinitialspace=False,
            )
            felter = next(leser)
        except (csv.Error, StopIteration):
            # The line alone: what comes after it may be well.
            return _Rad(linje=linje, raa=linjer[0], feil="its quotation marks do not go together"), 1
        except UnicodeDecodeError:
            return _Rad(linje=linje, raa=linjer[0], feil=f"it is not text in {tegnsett}"), 1
        antall = leser.line_num
        raa = b"".join(linjer[:antall])
        if any(_STYRETEGN.search(ett) for ett in felter):
            return _Rad(linje=linje, raa=raa, feil="it holds control characters"), antall
        return _Rad(linje=linje, raa=raa, felter=felter), antall

    def _del(self, rad: _Rad, kolonner: Sequence[str], hode: _Hode) -> Meldingsdel:
        sted = f"line {rad.linje}"
        feil = rad.feil
        data: dict[str, Any] = {}
        if not feil:
            try:
                data = self._data(rad.felter, kolonner)
            except ValueError as avvik:
                feil = str(avvik)
        if feil:
            return Uforstaatt(raa=hode.over(rad.raa), sted=sted, grunn=f"The row cannot be read: {feil}.")
        return Innhold(data=data, raa=skriv_json(data), soekes=data, sted=sted, original=lambda: hode.over(rad.raa))

    def _data(self, felter: Sequence[str], kolonner: Sequence[str]) -> dict[str, Any]:
        """Raises ValueError."""
        if len(felter) > len(kolonner) and not any(felter[len(kolonner) :]):
            felter = felter[: len(kolonner)]
        if len(felter) != len(kolonner):
            raise ValueError(f"it has {len(felter)} cells, and there are {len(kolonner)} columns")
        data: dict[str, Any] = {}
        for navn, tekst in zip(kolonner, felter, strict=True):
            if not navn:
                if tekst:
                    raise ValueError("it has a value in a column without a name")
                continue
            data[navn] = self._tallet(navn, tekst) if navn in self._tall else tekst
        return data

    def _tallet(self, navn: str, tekst: str) -> int | float | None:
        """None for an empty cell. Raises ValueError."""
        tekst = tekst.strip()
        if not tekst:
            return None
        if len(tekst) > 30 or not self._et_tall.fullmatch(tekst):
            raise ValueError(f"{navn} is no number with {self._desimaltegn} before its decimals")
        tekst = self._tusenskille.sub("", tekst).replace(self._desimaltegn, ".")
        if "." in tekst:
            return float(tekst)
        if abs(tall := int(tekst)) >= 1 << 63:
            raise ValueError(f"{navn} is larger than any number here")
        return tall


def _linjer(kropp: bytes) -> list[bytes]:
    """The lines with their ends: a line feed, a carriage return, or both."""
    return list(io.BytesIO(kropp.replace(b"\r\n", b"\n").replace(b"\r", b"\n")))


def _kolonnenavn(rad: _Rad) -> list[str]:
    """Raises Uleselig."""
    if rad.feil:
        raise Uleselig(f"The first row, which must have the names of the columns, cannot be read: {rad.feil}.")
    navn = [ett.strip() for ett in rad.felter]
    if len(navn) > FLEST_KOLONNER:
        raise Uleselig(f"The first row has {len(navn)} columns; {FLEST_KOLONNER} are read.")
    navngitte = [ett for ett in navn if ett]
    if not navngitte:
        raise Uleselig("The first row has no names of columns.")
    if len(set(navngitte)) != len(navngitte):
        raise Uleselig("The first row has the same name of a column twice.")
    return navn
