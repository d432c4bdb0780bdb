"""`xml`: a document is an event, or holds many. What is kept of each is its data, as JSON.

No DOCTYPE is read, so there are no entities, neither others' files nor a million laughs.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from adapters.formater.valg import Valg
from adapters.formater.xpath import Meldingstre, Soekested, XPath
from gateway.plugin.formater import (
    DYPESTE,
    ForMangeHendelser,
    Formatsvar,
    Innhold,
    Lest,
    Melding,
    Meldingsdel,
    Svarinnhold,
    UkjentInnholdstype,
    Uleselig,
    Uttrykksfeil,
    skriv_json,
)

TEGNSETT = ("utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "us-ascii")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
FLEST_NODER = 200_000  # elements and attributes of a message
FLEST_ATTRIBUTTER = 200  # of an element: to read them all takes lxml the square of how many they are
VALG = ("hendelser", "navnerom", "lister", "tegnsett")
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
INGEN_XML = ("application/json", "application/x-www-form-urlencoded", "text/csv")
_ERKLAERING = re.compile(r"<\?xml\s[^>]{0,200}?\?>")
_TEGNSETT = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_I_INNHOLDSTYPE = re.compile(r""";\s*charset\s*=\s*"?([A-Za-z0-9._-]{1,40})"?""", re.IGNORECASE)
_FOER_ROTEN = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->)", re.DOTALL)


class XmlFormat:
    """`hendelser`: XPath to the elements that are events, where a document holds many.

    The expressions of the source look within each; one that begins with `/` looks from the root. Names are without
    their namespaces, unless `navnerom` gives prefixes. `lister`: elements that are a list in the data, however many
    there are. `tegnsett`: the encoding, whatever the document says of it.
    """

    navn = "xml"
    standarder: Mapping[str, str] = {}
    sier_hva_de_er = False
    har_svar = False

    def __init__(
        self,
        *,
        hendelser: str | None = None,
        navnerom: Mapping[str, str] | None = None,
        lister: Sequence[str] = (),
        tegnsett: str | None = None,
    ) -> None:
        self._navnerom = dict(navnerom or {})
        self._hendelser = XPath(hendelser, self._navnerom) if hendelser else None
        self._lister = frozenset(lister)
        self._tegnsett = tegnsett

    def med(self, valg: Mapping[str, Any]) -> XmlFormat:
        lest = Valg(self.navn, valg, VALG)
        felles = self.les_valg(lest)
        lest.krev()
        return XmlFormat(**felles)

    def les_valg(self, lest: Valg) -> dict[str, Any]:
        """What is read of the options; what is wrong is told to them."""
        navnerom = lest.oppslag("navnerom")
        hendelser = lest.tekst("hendelser")
        if hendelser is not None:
            try:
                XPath(hendelser, navnerom)
            except Uttrykksfeil as feil:
                lest.galt("hendelser", str(feil))
                hendelser = None
        tegnsett = lest.tekst("tegnsett")
        if tegnsett is not None and tegnsett not in TEGNSETT:
            lest.galt("tegnsett", f"must be one of {', '.join(TEGNSETT)}")
        return {
            "hendelser": hendelser,
            "navnerom": navnerom,
            "lister": lest.tekster("lister"),
            "tegnsett": tegnsett,
        }

    def uttrykk(self, tekst: str) -> XPath:
        """Raises Uttrykksfeil."""
        return XPath(tekst, self._navnerom)

    def les(self, melding: Melding) -> Lest:
        krev_xml(melding.innholdstype)
        tekst = self.tekst_av(melding)
        rot = self.rot_av(tekst)
        return self.hendelsene(rot, rot, tekst, melding.maks)

    def svar(self, svar: Svarinnhold) -> Formatsvar | None:
        del svar
        return None

    def tekst_av(self, melding: Melding) -> str:
        """The document as text, without its declaration. Raises Uleselig."""
        return _uten_erklaering(_dekodet(melding, self._tegnsett))

    def rot_av(self, tekst: str) -> etree._Element:
        """The root of the document, with names as they are searched. Raises Uleselig."""
        rot = les_xml(tekst)
        if not self._navnerom:
            uten_navnerom(rot)
        return rot

    def hendelsene(self, rot: etree._Element, fra: etree._Element, tekst: str, maks: int) -> Lest:
        """The events within an element of the document. Raises Uleselig, ForMangeHendelser."""
        tre = Meldingstre(rot=rot, noder=tekst.count("<"))
        if self._hendelser is None:
            return Lest(deler=[self._del(Soekested(fra, tre), "", tekst)])
        try:
            funnet = self._hendelser.elementer(Soekested(fra, tre))
        except Uttrykksfeil as feil:
            raise Uleselig(f"hendelser (`{self._hendelser.tekst}`) {feil}.") from None
        if len(funnet) > maks:
            raise ForMangeHendelser(
                f"The message carries {len(funnet)} events; this source may send {maks} at once. Send them in parts."
            )
        _krev_ved_siden_av_hverandre(funnet, self._hendelser.tekst)
        deler = [self._del(Soekested(ett, tre), f"element {nr}", None) for nr, ett in enumerate(funnet, 1)]
        return Lest(deler=deler, flere=True)

    def _del(self, sted: Soekested, hvor: str, hele: str | None) -> Meldingsdel:
        data = _som_objekt(som_data(sted.element, self._lister))

        def original() -> bytes:
            # A byte order mark, so that it is UTF-8 whatever the source is set to.
            return codecs.BOM_UTF8 + (hele.encode() if hele is not None else _alene(sted.element))

        return Innhold(data=data, raa=skriv_json(data), soekes=sted, sted=hvor, original=original)


def _krev_ved_siden_av_hverandre(hendelser: Sequence[etree._Element], tekst: str) -> None:
    """Raises Uleselig for an event within another: what it holds would be read once for each."""
    alle = set(hendelser)
    if any(rundt in alle for ett in hendelser for rundt in ett.iterancestors()):
        raise Uleselig(
            f"hendelser (`{tekst}`) finds elements within one another; let it find those beside one another."
        )


def krev_xml(innholdstype: str) -> None:
    """Raises UkjentInnholdstype."""
    type_ = innholdstype.partition(";")[0].strip().lower()
    if type_ in INGEN_XML or type_.startswith("multipart/"):
        raise UkjentInnholdstype("This source is read as XML, without attachments; send it as text/xml.")


def les_xml(tekst: str) -> etree._Element:
    """The root of a document, which has been found to have no DOCTYPE, and not too many parts. Raises Uleselig."""
    _krev_uten_doctype(tekst)
    if tekst.count("<") + tekst.count("=") > FLEST_NODER:
        raise Uleselig(f"The document has more than {FLEST_NODER} elements and attributes.")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        rot = etree.fromstring(tekst.encode(), parser)
    except etree.XMLSyntaxError as feil:
        linje, kolonne = feil.position
        raise Uleselig(f"The body is not well-formed XML: line {linje}, column {kolonne}.") from None
    except (ValueError, UnicodeError):
        raise Uleselig("The body is not XML: it holds characters that no document may hold.") from None
    if rot.getroottree().docinfo.internalDTD is not None:
        raise Uleselig("The document has a DOCTYPE, which is not read here; send it without.")
    if any(len(element.attrib) > FLEST_ATTRIBUTTER for element in rot.iter()):
        raise Uleselig(f"The document has an element with more than {FLEST_ATTRIBUTTER} attributes.")
    return rot


def som_data(element: etree._Element, lister: frozenset[str], dybde: int = 0) -> Any:
    """The element as JSON: its text, where it has nothing else; else an object.

    Attributes are `@name`, child elements are by their name, those of the same name a list, and text beside them
    `#text`. `xsi:nil` is null. Raises Uleselig when it is too deep.
    """
    if dybde > DYPESTE:
        raise Uleselig(f"The document is nested deeper than {DYPESTE} levels.")
    attributter = element.attrib
    if attributter and attributter.get(f"{XSI}nil") in ("true", "1"):
        return None
    tekst = (element.text or "").strip()
    data: dict[str, Any] = {
        f"@{_lokalt(navn)}": verdi for navn, verdi in attributter.items() if not navn.startswith(XSI)
    }
    if not len(element) and not data:
        return tekst
    for barn in element:
        navn = _lokalt(barn.tag)
        verdi = som_data(barn, lister, dybde + 1)
        if navn in data:
            if not isinstance(data[navn], _Liste):
                data[navn] = _Liste([data[navn]])
            data[navn].append(verdi)
        else:
            data[navn] = _Liste([verdi]) if navn in lister else verdi
        if barn.tail:
            tekst += barn.tail.strip()
    if tekst:
        data["#text"] = tekst
    return data


class _Liste(list[Any]):
    """Elements of one name: never a value of an element itself."""


def _som_objekt(data: Any) -> dict[str, Any]:
    """The data of an event, which is always an object."""
    return data if isinstance(data, dict) else {"#text": data}


def _lokalt(navn: str | bytes | Any) -> str:
    return str(navn).rpartition("}")[2]


def uten_navnerom(rot: etree._Element) -> None:
    """Take the names out of their namespaces, but for XML Schema's own attributes."""
    for element in rot.iter():
        if "}" in element.tag:
            element.tag = _lokalt(element.tag)
        if not element.attrib:
            continue
        for navn in [str(ett) for ett in element.attrib if "}" in str(ett) and not str(ett).startswith(XSI)]:
            verdi = str(element.attrib.pop(navn))
            if _lokalt(navn) not in element.attrib:
                element.set(_lokalt(navn), verdi)


def _alene(element: etree._Element) -> bytes:
    """The element within those around it, without what else they hold."""
    alene = etree.fromstring(etree.tostring(element, with_tail=False))
    for rundt in element.iterancestors():
        ny = etree.Element(rundt.tag, dict(rundt.attrib), nsmap=rundt.nsmap)
        ny.append(alene)
        alene = ny
    return bytes(etree.tostring(alene))


def _dekodet(melding: Melding, tegnsett: str | None) -> str:
    """By its mark; else as the source is set; else as the document says, which is signed; else as its content type.

    Raises Uleselig.
    """
    kropp = melding.kropp
    if kropp.startswith(codecs.BOM_UTF8):
        return _som_tekst(kropp.removeprefix(codecs.BOM_UTF8), "utf-8")
    if kropp.startswith(UTF16):
        return _som_tekst(kropp, "utf-16")
    if tegnsett is None:
        sagt = _TEGNSETT.search(_hode(kropp))
        i_type = _I_INNHOLDSTYPE.search(melding.innholdstype)
        tegnsett = (sagt[1] if sagt else i_type[1] if i_type else "utf-8").lower()
        tegnsett = {"latin1": "iso-8859-1", "utf8": "utf-8", "ascii": "us-ascii", "cp1252": "windows-1252"}.get(
            tegnsett, tegnsett
        )
        if tegnsett not in TEGNSETT:
            raise Uleselig(f"The document is in an encoding that is not read here; there are {', '.join(TEGNSETT)}.")
    return _som_tekst(kropp, tegnsett)


def _hode(kropp: bytes) -> str:
    """The declaration of the document, if it has one."""
    funnet = _ERKLAERING.match(kropp[:300].decode("latin-1"))
    return funnet[0] if funnet else ""


def _som_tekst(kropp: bytes, tegnsett: str) -> str:
    try:
        return kropp.decode(tegnsett)
    except UnicodeDecodeError as feil:
        raise Uleselig(f"The document is not {tegnsett} at byte {feil.start + 1}.") from None


def _uten_erklaering(tekst: str) -> str:
    if erklaering := _ERKLAERING.match(tekst):
        # Blanks in its place, so that lines and columns stay.
        return re.sub(r"[^\n]", " ", erklaering[0]) + tekst[erklaering.end() :]
    return tekst


def _krev_uten_doctype(tekst: str) -> None:
    """Nothing but comments and instructions stands before the root. Raises Uleselig."""
    sted = 0
    while funnet := _FOER_ROTEN.match(tekst, sted):
        sted = funnet.end()
    if tekst[sted:].lstrip().startswith("<!"):
        raise Uleselig("The document has a DOCTYPE, which is not read here; send it without.")
