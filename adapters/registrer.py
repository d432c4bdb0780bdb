"""The adapters that come with the gateway, as one plugin for `app.py` to register."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.formater.csv import CsvFormat
from adapters.formater.rapid import RapidFormat
from adapters.formater.skjema import SkjemaFormat
from adapters.formater.soap import SoapFormat
from adapters.formater.xml import XmlFormat
from adapters.signaturer.api_noekkel import ApiNoekkelOrdning
from adapters.signaturer.basic import BasicOrdning
from adapters.signaturer.github import GitHubSignatur
from adapters.signaturer.hemmelig_sti import HemmeligSti
from adapters.signaturer.jwt_bearer import JwtOrdning, Noekler
from adapters.signaturer.slack import SlackSignatur
from adapters.signaturer.standard_webhooks import StandardWebhooksSignatur
from adapters.signaturer.stripe import StripeSignatur
from adapters.signaturer.valgfri_hmac import HmacSignatur
from adapters.smtp import SmtpKanal
from adapters.testpersoner import Testperson, Testpersoner
from gateway.plugin import Meldingsformat, Signaturordning, Tilgangskilde, Varselkanal, hookimpl


class Adaptere:
    """Without `smtp_url` there is no channel for e-mail, without `personer` no source of access, without `noekler` no
    scheme `jwt`; it gives an issuer's keys by the address of their JWKS.

    Raises Innstillingsfeil for an SMTP_URL or EPOST_AVSENDER that cannot be used.
    """

    def __init__(
        self,
        *,
        smtp_url: str = "",
        epost_avsender: str = "",
        personer: Sequence[Testperson] | None = None,
        noekler: Callable[[str], Noekler] | None = None,
    ) -> None:
        self._kanaler = (SmtpKanal(smtp_url, epost_avsender),) if smtp_url else ()
        self._jwt = (JwtOrdning(noekler),) if noekler else ()
        self._tilgangskilder = (Testpersoner(tuple(personer)),) if personer is not None else ()

    @hookimpl
    def signaturordninger(self) -> Sequence[Signaturordning]:
        return (
            GitHubSignatur(),
            StandardWebhooksSignatur(),
            StripeSignatur(),
            SlackSignatur(),
            HmacSignatur(),
            BasicOrdning(),
            ApiNoekkelOrdning(),
            HemmeligSti(),
            *self._jwt,
        )

    @hookimpl
    def formater(self) -> Sequence[Meldingsformat]:
        return (RapidFormat(), SkjemaFormat(), XmlFormat(), SoapFormat(), CsvFormat())

    @hookimpl
    def varselkanaler(self) -> Sequence[Varselkanal]:
        return self._kanaler

    @hookimpl
    def tilgangskilder(self) -> Sequence[Tilgangskilde]:
        return self._tilgangskilder
