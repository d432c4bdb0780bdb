"""`soap`: SOAP 1.1 and 1.2: an envelope in, and an envelope or a fault out, in the version that the sender speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from adapters.formater.valg import Valg
from adapters.formater.xml import VALG, XmlFormat, krev_xml, les_xml, uten_navnerom
from gateway.plugin.formater import Formatsvar, Lest, Melding, Svarinnhold, Uleselig

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
TYPER = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}
NAVNEROM = "urn:produsentgateway:webhook"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# In which roles the gateway, at the end of the way, is spoken to; without a role it is.
ROLLER = frozenset(
    {
        None,
        "",
        "http://schemas.xmlsoap.org/soap/actor/next",
        "http://www.w3.org/2003/05/soap-envelope/role/next",
        "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
    }
)
FEIL_NAA = 429
_ULOVLIGE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENT = re.compile(r"(?:\{([^{}\s]+)\})?([A-Za-z_][\w.-]*)")
# What is told of an envelope by the place of the fault, and becomes a code of SOAP's own.
MUST_UNDERSTAND, VERSION_MISMATCH = "mustUnderstand", "Envelope"


class SoapFormat(XmlFormat):
    """The event is what stands first in the Body; `hendelser` looks from there. An expression that begins with `/`
    looks from the envelope, so that headers can be read.

    `forstaar`: namespaces of headers that the sender marks with mustUnderstand, and that may be passed over.
    `kvittering`: the element of the answer that the sender waits for, as `{namespace}name`.
    """

    navn = "soap"
    har_svar = True

    def __init__(
        self, *, forstaar: Sequence[str] = (), kvittering: str = f"{{{NAVNEROM}}}mottatt", **felles: Any
    ) -> None:
        super().__init__(**felles)
        self._forstaar = frozenset(forstaar)
        self._kvittering = kvittering

    def med(self, valg: Mapping[str, Any]) -> SoapFormat:
        lest = Valg(self.navn, valg, (*VALG, "forstaar", "kvittering"))
        felles = self.les_valg(lest)
        forstaar = lest.tekster("forstaar")
        kvittering = lest.tekst("kvittering", self._kvittering)
        if kvittering is None or not _ELEMENT.fullmatch(kvittering):
            lest.galt("kvittering", "must be an element such as {http://example.no/ordre}Mottatt")
        lest.krev()
        return SoapFormat(forstaar=forstaar, kvittering=kvittering or self._kvittering, **felles)

    def les(self, melding: Melding) -> Lest:
        krev_xml(melding.innholdstype)
        tekst = self.tekst_av(melding)
        rot = les_xml(tekst)
        kropp = self._innholdet(rot)
        if not self._navnerom:
            uten_navnerom(rot)
        return self.hendelsene(rot, kropp, tekst, melding.maks)

    def svar(self, svar: Svarinnhold) -> Formatsvar:
        versjon = _versjon(svar)
        konvolutt = etree.Element(f"{{{versjon}}}Envelope", nsmap={"soap": versjon})
        kropp = etree.SubElement(konvolutt, f"{{{versjon}}}Body")
        if svar.status < 400:
            self._kvitter(kropp, svar)
        else:
            _feil(kropp, versjon, svar)
        return Formatsvar(
            kropp=etree.tostring(konvolutt, xml_declaration=True, encoding="utf-8"), innholdstype=TYPER[versjon]
        )

    def _innholdet(self, rot: etree._Element) -> etree._Element:
        """What stands first in the Body. Raises Uleselig."""
        navn = etree.QName(rot)
        if navn.localname != "Envelope" or navn.namespace not in TYPER:
            raise Uleselig(
                "The document is no SOAP envelope of version 1.1 or 1.2.",
                felter={"json": {VERSION_MISMATCH: ["must be of SOAP 1.1 or 1.2."]}},
            )
        for hode in rot.findall(f"{{{navn.namespace}}}Header/*"):
            self._krev_forstaatt(hode, str(navn.namespace))
        kropp = rot.find(f"{{{navn.namespace}}}Body")
        if kropp is None or not len(kropp):
            raise Uleselig("The SOAP envelope has nothing in its Body.")
        return kropp[0]

    def _krev_forstaatt(self, hode: etree._Element, versjon: str) -> None:
        """Raises Uleselig for a header that must be understood, and is not."""
        rolle = hode.get(f"{{{versjon}}}{'actor' if versjon == SOAP11 else 'role'}")
        maa = hode.get(f"{{{versjon}}}mustUnderstand", "0").strip() in ("1", "true")
        if maa and rolle in ROLLER and etree.QName(hode).namespace not in self._forstaar:
            raise Uleselig(
                "A SOAP header that must be understood is not known here; `forstaar` of the source's formatvalg says "
                "which namespaces may be passed over.",
                felter={"headers": {MUST_UNDERSTAND: ["is said of a header that is not known here."]}},
            )

    def _kvitter(self, kropp: etree._Element, svar: Svarinnhold) -> None:
        kvittering = etree.SubElement(kropp, self._kvittering)
        for ett in svar.innhold.get("elementer", [svar.innhold]):
            if ett:
                hendelse = etree.SubElement(kvittering, f"{{{NAVNEROM}}}hendelse")
                for navn, verdi in ett.items():
                    if verdi is not None:
                        hendelse.set(navn, _lovlig(verdi))


def _versjon(svar: Svarinnhold) -> str:
    """By the envelope, where there is one; else by the content type."""
    begynnelse = svar.melding[:2_000]
    if SOAP12.encode() in begynnelse:
        return SOAP12
    if SOAP11.encode() in begynnelse:
        return SOAP11
    return SOAP12 if svar.innholdstype.lower().startswith("application/soap+xml") else SOAP11


def _feil(kropp: etree._Element, versjon: str, svar: Svarinnhold) -> None:
    """The fault. What can never succeed is the sender's, in SOAP's words; what passes by itself is the receiver's."""
    felter = svar.innhold.get("felter") or {}
    if MUST_UNDERSTAND in (felter.get("headers") or {}):
        kode = "MustUnderstand"
    elif VERSION_MISMATCH in (felter.get("json") or {}):
        kode = "VersionMismatch"
    elif svar.status >= 500 or svar.status == FEIL_NAA:
        kode = "Server" if versjon == SOAP11 else "Receiver"
    else:
        kode = "Client" if versjon == SOAP11 else "Sender"
    tekst = _lovlig(svar.innhold.get("detail") or svar.innhold.get("title") or "")
    feil = etree.SubElement(kropp, f"{{{versjon}}}Fault")
    if versjon == SOAP11:
        etree.SubElement(feil, "faultcode").text = f"soap:{kode}"
        etree.SubElement(feil, "faultstring").text = tekst
        detaljer = etree.SubElement(feil, "detail")
    else:
        etree.SubElement(etree.SubElement(feil, f"{{{versjon}}}Code"), f"{{{versjon}}}Value").text = f"soap:{kode}"
        grunn = etree.SubElement(etree.SubElement(feil, f"{{{versjon}}}Reason"), f"{{{versjon}}}Text")
        grunn.text = tekst
        grunn.set(XML_LANG, "en")
        detaljer = etree.SubElement(feil, f"{{{versjon}}}Detail")
    problem = etree.SubElement(detaljer, f"{{{NAVNEROM}}}problem", nsmap={None: NAVNEROM})
    for navn in ("kode", "status", "korrelasjonsid"):
        if navn in svar.innhold:
            problem.set(navn, _lovlig(svar.innhold[navn]))


def _lovlig(verdi: Any) -> str:
    return _ULOVLIGE.sub("\ufffd", str(verdi))
