"""The employer's page: the bell with what is new, and the latest saker."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, cast
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.exceptions import NotFound, Unauthorized
from werkzeug.wrappers import Response

from gateway.domain import validering
from gateway.domain.bjelle import er_ny
from gateway.http.csrf import csrf_token, krev_csrf
from gateway.reading.visning import Bjelle, Saksliste
from gateway.web import norsk
from gateway.web.feilsider import feilsider
from gateway.web.innlogging import Innlogging, Person

SISTE_SAKER = 10
SETT_TIL = "sett_til"


class Sidekilde(Protocol):
    """What the pages are made of. `fnr` is the person who looks, and sees only what they may see now."""

    def bjelle(self, fnr: str) -> Bjelle: ...

    def bjelle_aapnet(self, fnr: str) -> Bjelle:
        """Note that the bell is opened now, and return the bell as it was just before."""

    def saker(self, fnr: str, antall: int) -> Saksliste: ...

    def klikket(self, fnr: str, notifikasjon_id: UUID) -> str | None:
        """Note that the notifikasjon is clicked, and return where it leads; None if the person may not see it."""

    def naa(self) -> dt.datetime:
        """The time that the product goes by, an instant in UTC."""


def lag_sider(kilde: Sidekilde, *, innlogging: Innlogging) -> Blueprint:
    """The pages. Somebody who is not signed in is sent to the sign-in of `dev`, where it is registered."""
    blaatrykk = Blueprint("sider", __name__)
    feilsider(blaatrykk)

    @blaatrykk.before_request
    def _krev_person() -> Response | None:
        g.person = innlogging.person()
        if g.person is not None:
            return None
        if "innlogging" in current_app.blueprints:
            return redirect(url_for("innlogging.logg_inn"), 303)
        raise Unauthorized

    @blaatrykk.get("/")
    def hjem() -> Response:
        return redirect(url_for("sider.min_side"))

    @blaatrykk.get("/min-side")
    def min_side() -> str:
        fnr = _person().fnr
        aapen = request.args.get("bjelle") == "aapen"
        if not aapen:
            session.pop(SETT_TIL, None)
        bjelle = kilde.bjelle(fnr)
        saksliste = kilde.saker(fnr, SISTE_SAKER)
        return render_template(
            "min_side.html",
            person=_person(),
            kan_logge_ut="innlogging" in current_app.blueprints,
            aapen=aapen,
            bjelle=bjelle,
            nye=_nye(bjelle, session.get(SETT_TIL)),
            saker=saksliste.saker,
            feil_altinn=bjelle.feil_altinn or saksliste.feil_altinn,
            feil_digisyfo=bjelle.feil_digisyfo or saksliste.feil_digisyfo,
            norsk=norsk,
            naa=kilde.naa(),
            csrf=csrf_token(fnr),
            klikkadresse=_klikkadresse,
            trygg=_trygg,
        )

    @blaatrykk.post("/min-side/bjelle")
    def aapne_bjelle() -> Response:
        krev_csrf(_person().fnr)
        session[SETT_TIL] = _tekst(kilde.bjelle_aapnet(_person().fnr).sist_lest)
        return redirect(url_for("sider.min_side", bjelle="aapen", _anchor="bjellepanel"), 303)

    @blaatrykk.get("/min-side/bjelle")
    def lukket_bjelle() -> Response:
        return redirect(url_for("sider.min_side"))

    @blaatrykk.get("/min-side/notifikasjon/<uuid:notifikasjon_id>")
    def klikk(notifikasjon_id: UUID) -> Response:
        """A link on its way: notes the click, and goes on to where the notifikasjon points.

        A link and no form, since browsers hold a form's redirect to `form-action 'self'`; its token makes it ours.
        """
        fnr = _person().fnr
        krev_csrf(fnr, str(notifikasjon_id))
        lenke = kilde.klikket(fnr, notifikasjon_id)
        if lenke is None or not _trygg(lenke):
            raise NotFound
        return redirect(lenke, 303)

    return blaatrykk


def _person() -> Person:
    return cast(Person, g.person)


def _klikkadresse(notifikasjon_id: UUID) -> str:
    token = csrf_token(_person().fnr, str(notifikasjon_id))
    return url_for("sider.klikk", notifikasjon_id=notifikasjon_id, csrf=token)


def _trygg(lenke: str) -> bool:
    """Whether it leads to a web page, and runs nothing."""
    return validering.lenke(lenke) is None


def _nye(bjelle: Bjelle, sett_til: str | None) -> frozenset[UUID]:
    """Those to show as new: the unread, and those that were unread until the bell was opened for this view."""
    return frozenset(
        notifikasjon.id
        for notifikasjon in bjelle.notifikasjoner
        if notifikasjon.ulest
        or (sett_til is not None and er_ny(notifikasjon.sortering_tidspunkt, notifikasjon.tilstand, _tid(sett_til)))
    )


def _tekst(sist_lest: dt.datetime | None) -> str:
    """For the session: empty for who had never opened the bell."""
    return sist_lest.isoformat() if sist_lest else ""


def _tid(sist_lest: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(sist_lest) if sist_lest else None
