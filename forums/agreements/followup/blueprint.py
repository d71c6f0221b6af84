"""The part's blueprint, and what its pages share: a project found, a form's page, evidence kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from forums.activity.models import Actor
from forums.agreements.blueprint import sees_amounts
from forums.agreements.drafting import ChangedMeanwhile
from forums.agreements.followup import queries
from forums.agreements.followup.forms import OnceForm
from forums.agreements.models import Project
from forums.documents.models import Document
from forums.documents.operations import Arrival, keep
from forums.editions.models import Series
from forums.errors import Refused
from forums.transaction import settle
from forums.web.guards import actor

bp = Blueprint("followup", __name__)
Form = TypeVar("Form", bound=OnceForm)


def found(series: Series, project_id: int, *, for_change: bool = False) -> Project:
    """The project of this series, or 404."""
    row = queries.project_in(series, project_id, for_change=for_change)
    if row is None:
        abort(404)
    return row


def page_of_project(slug: str, project_id: int, anchor: str = "") -> ResponseReturnValue:
    """Back to the project's follow-up, in the series of that name."""
    return redirect(url_for("followup.project", series=slug, project_id=project_id, _anchor=anchor or None), 303)


def begun(fresh: Callable[[], Form]) -> Form:
    """The form as it was sent, with the choices of a fresh one; or the fresh one, which remembers what it shows."""
    now = fresh()
    sent = type(now)()
    if not sent.is_submitted():
        now.remember()
        return now
    for field in sent:
        if hasattr(field, "choices"):
            field.choices = now[field.short_name].choices
    return sent


def form_page(
    series: Series,
    row: Project,
    form: OnceForm,
    *,
    title: str,
    save: Callable[[Project, Actor], str],
    fresh: Callable[[], OnceForm] | None = None,
    anchor: str = "",
    note: str = "",
    **shown: Any,
) -> ResponseReturnValue:
    """A form of one project: shown, sent, and shown again with all that was typed where an answer is no.

    `save` gets the locked project and who acts, and answers with what to say; `anchor` is the section of the page
    to come back to. `fresh` fills the form with the row as it is: it is shown where somebody else saved first, together
    with what was typed.
    """
    project_id, slug, who = row.id, series.slug, actor()
    if form.validate_on_submit():
        try:
            said = settle(lambda: save(found(series, project_id, for_change=True), who))
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
            row = found(series, project_id)
            if isinstance(no, ChangedMeanwhile) and fresh is not None:
                form.merge(fresh())
        else:
            flash(said, "success")
            return page_of_project(slug, project_id, anchor)
    back = url_for("followup.project", series=series.slug, project_id=row.id, _anchor=anchor or None)
    return render_template(
        "agreements/followup/form.html", series=series, row=row, form=form, title=title, back=back, note=note, **shown
    )


def kept(arrival: Arrival | None, series: Series, who: Actor) -> Document | None:
    """The file that came with the form as a document of the series; None where none was chosen."""
    return keep(arrival, kind="evidence", actor=who, series=series) if arrival is not None else None


def sees(row: Project) -> bool:
    """Whether the reader may open what could name the project's amounts."""
    return sees_amounts(row)
