"""Finding people to write to, keeping what was asked, and asking again for a list."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from forums.accounts.policy import allowed
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.editions.queries import editions_of
from forums.errors import Refused
from forums.extensions import db
from forums.invitations.contacts import filters, operations
from forums.invitations.contacts.forms import SEARCHES, FilterForm, GoalForm, SearchForm
from forums.invitations.contacts.models import SavedFilter
from forums.invitations.contacts.operations import Origin
from forums.invitations.contacts.pages import intake_page, list_of, list_page
from forums.invitations.contacts.sources import SHOWN, Around, Search, search
from forums.invitations.contacts.words import SOURCE_NAMES
from forums.invitations.models import ContactList, Intake
from forums.registrations.models import Category
from forums.transaction import settle, transaction
from forums.web.guards import account, actor, can, may
from forums.web.language import language

bp = Blueprint("search", __name__)
NEW = "new"
MOST_GONE = 500
SOURCE = "<any(directory, invitations, experts, registrations, list):source>"


@bp.get(f"/office/e/<edition>/contacts/search/{SOURCE}")
@may("editions.manage")
def find(edition: Edition, source: str) -> ResponseReturnValue:
    """Who is found with the conditions of the query; ?goal= is the list they are for, ?filter= what they come from."""
    around = _around(edition)
    goal = request.args.get("goal", "")
    form = GoalForm(formdata=None, goal=goal if goal in _goals(around) else NEW)
    kept = _filter(around, request.args.get("filter", ""))
    if kept is not None:
        form.name.data = kept.name
    return _search_page(around, source, _form(around, source, request.args), form)


@bp.post(f"/office/e/<edition>/contacts/search/{SOURCE}")
@may("editions.manage")
def add_found(edition: Edition, source: str) -> ResponseReturnValue:
    """Put those whom the conditions find now on a list, or on a new one."""
    around = _around(edition)
    asked = _form(around, source, _conditions(request.form.get("query", "")))
    form = GoalForm()
    form.goal.choices = list(_goals(around).items())
    if form.validate_on_submit() and asked.ask_for_what_is_missing() and _can_go(around, form):
        try:
            with transaction():
                intake = _put(around, source, asked, form)
        except Refused as no:
            flash(no.message, "danger")
        else:
            return redirect(intake_page(edition, intake), 303)
    return _search_page(around, source, asked, form)


@bp.get("/office/e/<edition>/contacts/filters")
@may("editions.manage")
def saved(edition: Edition) -> ResponseReturnValue:
    """The filters that are kept for the series."""
    around = _around(edition)
    rows = filters.filters_for(around)
    return render_template(
        "invitations/contacts/filters.html",
        edition=edition,
        rows=rows,
        sentences={row.id: sentence(around, row.source, row.conditions) for row in rows},
        addresses={row.id: _address(edition, row.source, row.conditions, filter=row.id) for row in rows},
        lists=filters.lists_by_filter(rows),
        seen={one.id for one in around.lists},
    )


@bp.post("/office/e/<edition>/contacts/filters")
@may("editions.manage")
def save(edition: Edition) -> ResponseReturnValue:
    """Keep the conditions of a search under a name."""
    source = request.form.get("source", "")
    if source not in SEARCHES:
        abort(404)
    around, form = _around(edition), FilterForm()
    asked = _form(around, source, _conditions(request.form.get("query", "")))
    name = (form.name.data or "").strip()
    if not form.validate() or not name or not asked.ask_for_what_is_missing():
        flash(_("Give the filter a name of at most 120 characters, and conditions that find somebody."), "danger")
        return redirect(_address(edition, source, asked.conditions), 303)
    other = next((row for row in _filters_named(edition, name) if not filters.is_visible(row, around)), None)
    if other is not None:
        flash(_("Another filter has this name. Choose another one."), "danger")
        return redirect(_address(edition, source, asked.conditions), 303)
    settle(lambda: filters.save_filter(edition, name=name, source=source, conditions=asked.conditions, actor=actor()))
    flash(_("The filter “%(name)s” is kept for all editions of the series.", name=name), "success")
    return redirect(url_for("contacts.search.saved", edition=edition.slug), 303)


@bp.post("/office/e/<edition>/contacts/filters/<int:filter_id>/deletion")
@may("editions.manage")
def forget(edition: Edition, filter_id: int) -> ResponseReturnValue:
    row = _filter(_around(edition), str(filter_id)) or abort(404)
    with transaction():
        filters.delete_filter(row, actor=actor())
    flash(_("The filter is deleted. Lists keep the people it brought."), "success")
    return redirect(url_for("contacts.search.saved", edition=edition.slug), 303)


@bp.route("/office/e/<edition>/contacts/<int:list_id>/filters/<int:filter_id>", methods=["GET", "POST"])
@may("editions.manage")
def refresh(edition: Edition, list_id: int, filter_id: int) -> ResponseReturnValue:
    """Ask a filter again for a list: who would come now, and who matches no more. POST adds, and removes nobody."""
    row, around = list_of(edition, list_id), _around(edition)
    kept = _filter(around, str(filter_id)) or abort(404)
    try:
        if request.method == "POST":
            origin = Origin(kept.source, kept.name, kept.conditions, kept.id, again=False)
            with transaction():
                found = search(kept.source, kept.conditions, around, row)
                intake = operations.fill(row, found.reading, origin, actor=actor())
            return redirect(intake_page(edition, intake), 303)
        following = filters.follow(kept, around, row)
    except Refused as no:
        flash(no.message, "danger")
        return redirect(list_page(edition, row), 303)
    return render_template(
        "invitations/contacts/refresh.html",
        edition=edition,
        row=row,
        saved=kept,
        sentence=sentence(around, kept.source, kept.conditions),
        found=following.search,
        gone=following.gone[:MOST_GONE],
        gone_count=len(following.gone),
        shown=SHOWN,
    )


@bp.post("/office/e/<edition>/contacts/<int:list_id>/removal")
@may("editions.manage")
def remove_some(edition: Edition, list_id: int) -> ResponseReturnValue:
    """Take those who are ticked off the list."""
    row = list_of(edition, list_id)
    ids = [value for value in request.form.getlist("rows", type=int) if 0 < value < 2**31][:MOST_GONE]
    with transaction():
        removed = operations.remove_contacts(row, ids, actor=actor())
    flash(_("Taken off the list: %(count)s.", count=removed), "success")
    return redirect(list_page(edition, row), 303)


def sentence(around: Around, source: str, conditions: dict[str, list[str]]) -> str:
    """What a search asks, said to people."""
    return _form(around, source, _multi(conditions)).sentence()


def sentence_of(edition: Edition, intake: Intake) -> str:
    """What an intake's search asked; nothing for a paste or a file."""
    return sentence(_around(edition), intake.origin, intake.conditions) if intake.origin in SEARCHES else ""


def _search_page(around: Around, source: str, asked: SearchForm, form: GoalForm) -> str:
    goals = _goals(around)
    form.goal.choices = list(goals.items())
    goal = next((row for row in around.lists if str(row.id) == form.goal.data), None)
    found: Search | None = None
    if asked.ask_for_what_is_missing():
        try:
            found = search(source, asked.conditions, around, goal)
        except Refused as no:
            flash(no.message, "danger")
    query = urlencode(asked.conditions, doseq=True)
    return render_template(
        "invitations/contacts/search.html",
        edition=around.edition,
        source=source,
        sources=[name for name in SEARCHES if name != "directory" or around.directory],
        source_names=SOURCE_NAMES,
        form=asked,
        goal_form=form,
        goal=goal,
        found=found,
        sentence=asked.sentence() if found is not None else "",
        query=query,
        filter_id=request.values.get("filter", ""),
        shown=SHOWN,
    )


def _put(around: Around, source: str, asked: SearchForm, form: GoalForm) -> Intake:
    """Fill the list that the form names with those who are found at this moment."""
    goal = next((row for row in around.lists if str(row.id) == form.goal.data), None)
    if goal is None:
        goal = operations.create_list(around.edition, form.name.data.strip(), actor=actor())
        db.session.flush()
    found = search(source, asked.conditions, around, goal)
    kept = _filter(around, request.form.get("filter", ""))
    same = kept is not None and (kept.source, kept.conditions) == (source, asked.conditions)
    origin = Origin(
        source,
        kept.name if kept is not None and same else "",
        asked.conditions,
        kept.id if kept is not None and same else None,
        again=form.again.data,
    )
    return operations.fill(goal, found.reading, origin, actor=actor())


def _can_go(around: Around, form: GoalForm) -> bool:
    """Whether there is a list to go to, or a name for a new one that no list has."""
    if form.goal.data != NEW:
        return True
    name = (form.name.data or "").strip()
    if not name:
        form.name.errors = [_("Give the new list a name.")]
    elif any(row.name == name and row.edition_id == around.edition.id for row in around.lists):
        form.name.errors = [_("There is a list of this name. Choose it above, or take another name.")]
    return not form.name.errors


def _goals(around: Around) -> dict[str, str]:
    """The lists of this edition and its series that people can be put on, and a new one."""
    own = [row for row in around.lists if row.edition_id in {None, around.edition.id}]
    return {NEW: _("a new list"), **{str(row.id): row.name for row in own}}


def _around(edition: Edition) -> Around:
    """What of the edition's series the reader may see."""
    editions = [one for one in editions_of(edition.series) if can("editions.manage", one)]
    rows = db.session.scalars(
        select(ContactList).where(ContactList.series_id == edition.series_id).order_by(ContactList.id.desc())
    )
    categories = db.session.execute(
        select(Category.code, Category.__table__.c.name_zh, Category.__table__.c.name_en)
        .where(Category.edition_id.in_([one.id for one in editions]))
        .order_by(Category.position, Category.id)
    )
    return Around(
        edition,
        editions,
        [row for row in rows if can("editions.manage", row)],
        {code: Bilingual(zh, en) for code, zh, en in categories},
        directory=allowed(account(), "directory.manage"),
        whole_series=can("editions.manage", edition.series),
    )


def _form(around: Around, source: str, given: MultiDict[str, str]) -> SearchForm:
    return SEARCHES[source](around, language(), given)


def _conditions(query: str) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(query[:20_000], max_num_fields=500))


def _multi(conditions: dict[str, list[str]]) -> MultiDict[str, str]:
    return MultiDict((name, value) for name, values in conditions.items() for value in values)


def _address(edition: Edition, source: str, conditions: dict[str, list[str]], **more: object) -> str:
    return url_for("contacts.search.find", edition=edition.slug, source=source, **{**conditions, **more})  # type: ignore[arg-type]


def _filter(around: Around, given: str) -> SavedFilter | None:
    """The filter of this id, if the reader may use it here."""
    row = db.session.get(SavedFilter, int(given)) if given.isascii() and given.isdigit() and len(given) < 10 else None
    return (
        row
        if row is not None and row.series_id == around.edition.series_id and filters.is_visible(row, around)
        else None
    )


def _filters_named(edition: Edition, name: str) -> list[SavedFilter]:
    rows = select(SavedFilter).where(SavedFilter.series_id == edition.series_id, SavedFilter.name == name)
    return list(db.session.scalars(rows))
