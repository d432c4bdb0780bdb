"""The employer's page: the bell with what is new, and the latest saker."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from gateway.api.ramme import kjerne
from gateway.handling import lesing
from gateway.plugin import Tilganger, Tilgangskilde
from gateway.reading import arbeidsgiver
from gateway.reading.visning import Bjelle
from gateway.web import datoer
from gateway.web.innlogging import Innlogging, Person, csrf_token, krev_csrf
from gateway.web.vern import vern

SISTE_SAKER = 10


def lag_sider(innlogging: Innlogging, tilgangskilde: Tilgangskilde | None) -> Blueprint:
    """The pages. Without a source of access nothing can be shown, and the page says so."""
    blaatrykk = Blueprint("sider", __name__)
    blaatrykk.add_app_template_filter(datoer.dag_i_oslo, "dag")
    blaatrykk.add_app_template_filter(datoer.tid_i_oslo, "tid")

    def tilganger(person: Person) -> Tilganger:
        if tilgangskilde is None:
            return Tilganger(feil_altinn=True, feil_digisyfo=True)
        return tilgangskilde.tilganger(person.fnr)

    def innlogget() -> Person | Response:
        person = innlogging.person()
        if person is not None:
            return person
        if "innlogging" in current_app.blueprints:
            return redirect(url_for("innlogging.logg_inn"), 303)
        abort(401, "Sign in through the login proxy, which passes your token on.")

    def vis(person: Person, bjelle: Bjelle, *, aapen: bool) -> str:
        return render_template(
            "min_side.html",
            person=person,
            bjelle=bjelle,
            aapen=aapen,
            saker=arbeidsgiver.saker(kjerne(), person.fnr, tilganger(person), SISTE_SAKER),
            i_dag=datoer.i_dag(kjerne().klokke.naa()),
            csrf=csrf_token(),
            kan_logge_ut="innlogging" in current_app.blueprints,
        )

    @blaatrykk.get("/")
    def hjem() -> Response:
        return redirect(url_for("sider.min_side"))

    @blaatrykk.get("/min-side")
    def min_side() -> Response | str:
        person = innlogget()
        if not isinstance(person, Person):
            return person
        return vis(person, arbeidsgiver.bjelle(kjerne(), person.fnr, tilganger(person)), aapen=False)

    @blaatrykk.post("/min-side/bjelle")
    def aapne_bjelle() -> Response | str:
        """What was new before the bell opened still looks new in this view; the next one knows that it was opened."""
        krev_csrf()
        person = innlogget()
        if not isinstance(person, Person):
            return person
        bjelle = arbeidsgiver.bjelle(kjerne(), person.fnr, tilganger(person))
        lesing.bjelle_aapnet(kjerne(), person.fnr)
        return vis(person, bjelle, aapen=True)

    @blaatrykk.get("/min-side/bjelle")
    def lukket_bjelle() -> Response:
        return redirect(url_for("sider.min_side"))

    @blaatrykk.get("/min-side/notifikasjon/<uuid:notifikasjon_id>")
    def klikk(notifikasjon_id: UUID) -> Response:
        """A link on its way: notes the click, and goes on to where the notifikasjon points."""
        person = innlogget()
        if not isinstance(person, Person):
            return person
        funnet = arbeidsgiver.kan_se(kjerne(), person.fnr, tilganger(person), notifikasjon_id)
        if funnet is None:
            abort(404)
        lesing.klikket(kjerne(), person.fnr, notifikasjon_id)
        return redirect(funnet.lenke, 303)

    blaatrykk.after_request(vern)
    return blaatrykk
