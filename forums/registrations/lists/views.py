"""The list's page, its saved views, and the files that are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.accounts.models import Account
from forums.clock import now
from forums.directory.regions import REGIONS
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.jobs.models import Job
from forums.masks import masked_email, masked_phone
from forums.registrations.lists import operations, queries, selection, writing
from forums.registrations.lists.asked import Asked, read, read_query
from forums.registrations.lists.columns import COLUMNS, ROLES
from forums.registrations.lists.forms import ViewForm
from forums.registrations.lists.models import SavedView
from forums.registrations.views import bp as registrations
from forums.registrations.words import STATES
from forums.transaction import settle, transaction
from forums.web import guards
from forums.web.guards import actor, can, may, row_of
from forums.web.language import language

bp = Blueprint("lists", __name__)


bp.add_app_template_filter(masked_phone)
bp.add_app_template_filter(masked_email)


@bp.app_template_filter()
def thousands(number: int) -> str:
    """A whole number in groups of three: 12,345."""
    return f"{number:,}"


@dataclass(frozen=True)
class Pages:
    """What the pager of a list shows: `total` rows on `pages` pages, this one being `number`."""

    edition: Edition
    asked: Asked
    view_id: int | None
    number: int
    pages: int
    total: int

    def link(self, number: int) -> str:
        return address(self.edition, self.asked, view=self.view_id, page=number)


@registrations.get("/office/e/<edition>/registrations")
@may("registrations.manage")
def listing(edition: Edition) -> ResponseReturnValue:
    """?q=&state=&category=&region=&delegation=&session=&question=&answer=&sort=&columns=&page=; ?view= marks a view.

    Without any of these the default view opens, where there is one.
    """
    around = queries.outline(edition, _account().id)
    asked, view_id = read(request.args), request.args.get("view", type=int)
    default = around.default()
    if default is not None and not any(name != "lang" for name in request.args):
        asked, view_id = read_query(default.query), default.id
    columns = around.columns(asked, language())
    number = request.args.get("page", 1, type=int)
    shown = queries.page(edition, asked, around, columns, number=number, language=language())
    return render_template(
        "registrations/lists/index.html",
        edition=edition,
        asked=asked,
        around=around,
        view=next((view for view in around.views if view.id == view_id), None),
        columns=columns,
        every_column=around.every_column(language()),
        sortable=[column for column in COLUMNS.values() if column.order],
        shown=shown,
        pages=Pages(edition, asked, view_id, shown.number, shown.pages, shown.total),
        address=lambda **changes: address(edition, asked, **changes),
        actions=selection.ACTIONS,
        states=STATES,
        roles=ROLES,
        regions=REGIONS,
        most=queries.MOST_COUNTED,
        form=ViewForm(formdata=None, query=asked.query()),
    )


def address(edition: Edition, asked: Asked, *, view: int | None = None, page: int = 1, **changes: object) -> str:
    """Where this list is, or one that differs in these."""
    query = asked.query(**changes)
    more = [f"view={view}"] if view else []
    more += [f"page={page}"] if page > 1 else []
    whole = "&".join([query, *more] if query else more)
    return f"{url_for('registrations.listing', edition=edition.slug)}?{whole or 'view=0'}"


# ---- Saved views


@bp.get("/office/e/<edition>/registrations/views")
@may("registrations.manage")
def views(edition: Edition) -> ResponseReturnValue:
    around = queries.outline(edition, _account().id)
    return render_template("registrations/lists/views.html", edition=edition, views=around.views, read=read_query)


@bp.post("/office/e/<edition>/registrations/views")
@may("registrations.manage")
def save_view(edition: Edition) -> ResponseReturnValue:
    """Keep the list under a name; the same name again replaces one's own view of that name."""
    form, asked = ViewForm(), read_query((request.form.get("query") or "")[:5000])
    if not form.validate_on_submit():
        flash(" ".join(str(fault) for faults in form.errors.values() for fault in faults), "danger")
        return redirect(address(edition, asked), 303)
    view = settle(
        lambda: operations.save_view(
            edition,
            owner_id=_account().id,
            name=form.name.data or "",
            asked=asked,
            shared=form.shared.data,
            is_default=form.is_default.data,
            actor=actor(),
        )
    )
    flash(_("The view “%(name)s” is saved.", name=view.name), "success")
    return redirect(address(edition, asked, view=view.id), 303)


@bp.route("/office/e/<edition>/registrations/views/<int:view_id>", methods=["GET", "POST"])
@may("registrations.manage")
def change_view(edition: Edition, view_id: int) -> ResponseReturnValue:
    view = _own_view(edition, view_id)
    form = ViewForm(obj=view)
    if form.validate_on_submit():
        try:
            with transaction():
                operations.change_view(
                    view,
                    name=form.name.data or "",
                    shared=form.shared.data,
                    is_default=form.is_default.data,
                    actor=actor(),
                )
        except Refused as no:
            form.name.errors = [no.message]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("lists.views", edition=edition.slug), 303)
    return render_template("registrations/lists/view.html", edition=edition, view=view, form=form)


@bp.post("/office/e/<edition>/registrations/views/<int:view_id>/deletion")
@may("registrations.manage")
def delete_view(edition: Edition, view_id: int) -> ResponseReturnValue:
    view = db.session.get(SavedView, view_id)
    if view is not None:
        _own_view(edition, view_id)
        with transaction():
            operations.delete_view(view, actor=actor())
    flash(_("The view is deleted. The registrations stay as they are."), "success")
    return redirect(url_for("lists.views", edition=edition.slug), 303)


def _own_view(edition: Edition, view_id: int) -> SavedView:
    """One's own view, or a shared one for who manages the edition; 404 for every other."""
    view = row_of(edition, SavedView, view_id)
    if view.owner_id != _account().id and not (view.shared and can("editions.manage", edition)):
        abort(404)
    return view


# ---- Exports


@bp.post("/office/e/<edition>/registrations/exports")
@may("registrations.manage")
def export(edition: Edition) -> ResponseReturnValue:
    """The list, or what was ticked in it, as a file: at once, or by a job where there are many."""
    kind = request.form.get("format", "")
    if kind not in writing.FORMATS:
        abort(400)
    picked, spoken = selection.chosen(edition, request.form, nobody_is_everybody=True), language()
    columns = queries.outline(edition).columns(picked.asked, spoken)
    rows = picked.count(edition)
    with transaction():
        operations.record_export(edition, picked, columns, kind=kind, rows=rows, actor=actor())
        if rows > operations.MOST_AT_ONCE:
            job = operations.start_export(edition, picked, kind=kind, language=spoken, actor=actor())
            return redirect(url_for("lists.exported", edition=edition.slug, job_id=job.id), 303)
    made = BytesIO()
    lines = writing.lines(edition, picked.rows(edition), columns, language=spoken)
    writing.write(lines, kind, made, now())
    made.seek(0)
    return _download(made, f"{edition.slug}-registrations.{kind}", kind)


@bp.get("/office/e/<edition>/registrations/exports/<int:job_id>")
@may("registrations.manage")
def exported(edition: Edition, job_id: int) -> ResponseReturnValue:
    job = _own_job(edition, job_id)
    picked = selection.kept(job.params)
    is_there = job.state == "done" and operations.file_of(job).is_file()
    return render_template(
        "registrations/lists/export.html",
        edition=edition,
        job=job,
        is_there=is_there,
        back=address(edition, picked.asked),
    )


@bp.get("/office/e/<edition>/registrations/exports/<int:job_id>/file")
@may("registrations.manage")
def exported_file(edition: Edition, job_id: int) -> ResponseReturnValue:
    job = _own_job(edition, job_id)
    path = operations.file_of(job)
    if job.state != "done" or not path.is_file():
        abort(404)
    kind = job.params["format"]
    return _download(path, f"{edition.slug}-registrations.{kind}", kind)


def _own_job(edition: Edition, job_id: int) -> Job:
    """An export of the edition that the reader asked for; what others took out is theirs."""
    job = db.session.get(Job, job_id)
    if job is None or (job.kind, job.edition_id, job.started_by_id) != (operations.EXPORT, edition.id, _account().id):
        abort(404)
    return job


def _download(file: object, name: str, kind: str) -> Response:
    answer = send_file(file, mimetype=writing.FORMATS[kind], as_attachment=True, download_name=name, max_age=0)  # type: ignore[arg-type]
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _account() -> Account:
    somebody = guards.account()
    return somebody if somebody is not None else abort(403)
