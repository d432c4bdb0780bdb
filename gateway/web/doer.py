"""The door for employers: the pages, and in `dev` the sign-in."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from gateway.http.applikasjon import Doer
from gateway.http.tokens import Tokenkontroll
from gateway.kjerne import Kjerne
from gateway.plugin import Tilgangskilde
from gateway.web.innlogging import Devinnlogging, Innlogging, Person, Tokeninnlogging, lag_logg_inn
from gateway.web.kjernekilde import Kjernekilde
from gateway.web.kom_i_gang import lag_kom_i_gang
from gateway.web.sider import lag_sider


def web(tokens: Tokenkontroll, tilgangskilde: Tilgangskilde | None, testpersoner: Sequence[Person] | None) -> Doer:
    """The door, for whoever the token names; with test persons, who are of `dev` only, for those who choose one."""

    def aapne(app: Flask, kjerne: Kjerne) -> None:
        innlogging: Innlogging = Tokeninnlogging(tokens)
        if testpersoner is not None:
            innlogging = Devinnlogging(testpersoner, Tokeninnlogging(tokens))
            app.register_blueprint(lag_logg_inn(testpersoner))
        app.register_blueprint(lag_kom_i_gang())
        app.register_blueprint(lag_sider(Kjernekilde(kjerne, tilgangskilde), innlogging=innlogging))

    return aapne
