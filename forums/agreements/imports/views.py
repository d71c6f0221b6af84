from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from forums import clock, money
from forums.agreements import queries as agreements
from forums.agreements.blueprint import concern_words, sees_amounts, word_of
from forums.agreements.concerns import medians_of
from forums.agreements.forms import printable
from forums.agreements.imports import operations, queries, undoing
from forums.agreements.imports.forms import ReadingForm, RowsForm, SheetForm
from forums.agreements.imports.models import CHOICES, RegisterImport, RegisterRow
from forums.agreements.imports.queries import Reader
from forums.agreements.imports.reading import FIELDS, HEAD, Candidate, Complaint, Mapping, is_head, values_of
from forums.agreements.imports.register import UNITS, plain_rows, register
from forums.agreements.imports.words import CHOICE_WORDS, DONE, FIELD_WORDS, LEFT_OUT, PLANNED, TONES
from forums.agreements.vocabulary import REVIEW_STATES
from forums.documents.render import csv
from forums.documents.render.xlsx import xlsx
from forums.documents.tables import Lines
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.imports.queries import batches_of, earlier, first_rows, job_of
from forums.imports.views import attempt, batch_of, is_mapped, taken_in
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import account, actor, can, may
from forums.web.language import day, language
from forums.web.paging import page_of

bp = Blueprint("register", __name__)
HOME = "/office/e/<edition>/agreements/import"
ONE = f"{HOME}/<int:batch_id>"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MAY = "agreements.draft"
AMOUNTS = frozenset({"amount", "other_amount", "original"})
WORDS = {"kind": "kinds", "binding": "bindings", "channel": "channels", "relation": "relations", "origin": "regions"}
navigation.add(
    "edition", _l("Import a register"), "register.index", MAY, icon="upload", order=59, under="agreements.index"
)


@bp.app_context_processor
def words() -> dict[str, object]:
    return {
        "register_fields": FIELD_WORDS,
        "register_planned": PLANNED,
        "register_done": DONE,
        "register_tones": TONES,
        "register_choices": CHOICE_WORDS,
    }


@dataclass(frozen=True)
class Shown:
    """A row as its reader sees it: what it says, what is wrong or to be looked at, and what differs, in words."""

    row: RegisterRow
    name: str
    investor: str
    amount: str
    echo: str
    signed_on: str
    wrong: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    differences: tuple[tuple[str, str, str], ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be decided of it."""
        if self.row.verdict in {"conflict", "repeat"}:
            return CHOICES
        return ("", "skip") if self.row.verdict in {"new", "further"} else ()


@bp.get(HOME)
@may(MAY)
def index(edition: Edition) -> ResponseReturnValue:
    """The sheets that were imported, and two ways to hand in another."""
    return _index(edition, SheetForm(formdata=None), RowsForm(formdata=None))


@bp.route(f"{HOME}/file", methods=["GET", "POST"])
@may(MAY)
def upload(edition: Edition) -> ResponseReturnValue:
    form = SheetForm()
    batch = taken_in(form, partial(_hand_in, edition), most=operations.MOST_ROWS, is_head=is_head)
    return redirect(_page_of(batch), 303) if batch else _index(edition, form, RowsForm(formdata=None))


@bp.route(f"{HOME}/rows", methods=["GET", "POST"])
@may(MAY)
def paste(edition: Edition) -> ResponseReturnValue:
    form = RowsForm()
    batch = taken_in(form, partial(_hand_in, edition), most=operations.MOST_ROWS)
    return redirect(_page_of(batch), 303) if batch else _index(edition, SheetForm(formdata=None), form)


@bp.get(f"{HOME}/blank.csv")
@may(MAY)
def blank(edition: Edition) -> ResponseReturnValue:
    """An empty register to fill in, with heads that are understood."""
    heads = [str(FIELD_WORDS[name]) for name in FIELDS if name not in {"other_amount", "original"}]
    return _download("".join(csv.lines([heads])).encode(), CSV, f"{edition.slug}-register.csv")


@bp.get(ONE)
@may(MAY)
def show(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Before: how the sheet is read and what would happen. After: what happened."""
    batch = batch_of(RegisterImport, edition, batch_id)
    return _show(batch, _reading_form(batch))


@bp.post(f"{ONE}/mapping")
@may(MAY)
def read_as(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Read the sheet in another way; still nothing is drafted."""
    batch = batch_of(RegisterImport, edition, batch_id)
    form = _reading_form(batch)
    if not is_mapped(form, FIELD_WORDS):
        return _show(batch, form, form.columns)
    reader, said = _reader(edition), _("The sheet was read again. Nothing is drafted yet.")
    attempt(lambda: operations.read_as(batch, form.mapping(), reader=reader), said)
    return redirect(_page_of(batch), 303)


@bp.post(f"{ONE}/choices")
@may(MAY)
def choose(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Decide of the rows of one page, or of all conflicts that nobody has decided."""
    batch, reader = batch_of(RegisterImport, edition, batch_id), _reader(edition)
    chosen = {
        int(name.removeprefix("choice-")): value
        for name, value in request.form.items()
        if name.startswith("choice-") and name.removeprefix("choice-").isascii() and name[7:].isdigit()
    }
    said = _("The choices are kept. Nothing is drafted yet.")
    attempt(lambda: operations.choose(batch, chosen, reader=reader), said)
    return redirect(_page_of(batch, **_place(request.form)), 303)


@bp.post(f"{ONE}/application")
@may(MAY)
def apply(edition: Edition, batch_id: int) -> ResponseReturnValue:
    batch, reader = batch_of(RegisterImport, edition, batch_id), _reader(edition)
    said = _("The import runs. This page shows how far it is.")
    attempt(lambda: operations.apply(batch, reader=reader, actor=actor()), said)
    return redirect(_page_of(batch), 303)


@bp.post(f"{ONE}/undo")
@may(MAY)
def undo(edition: Edition, batch_id: int) -> ResponseReturnValue:
    batch = batch_of(RegisterImport, edition, batch_id)
    attempt(lambda: undoing.undo(batch, actor=actor()), _("The import is undone: nothing is left of its drafts."))
    return redirect(_page_of(batch), 303)


@bp.post(f"{ONE}/deletion")
@may(MAY)
def discard(edition: Edition, batch_id: int) -> ResponseReturnValue:
    batch = batch_of(RegisterImport, edition, batch_id)
    if attempt(lambda: operations.discard(batch, actor=actor()), _("The sheet is discarded.")):
        return redirect(url_for("register.index", edition=edition.slug), 303)
    return redirect(_page_of(batch), 303)


@bp.get(f"{ONE}.csv")
@may(MAY)
def as_csv(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """The rows with what becomes, or became, of them and why; ?verdict=wrong only the errors."""
    batch = batch_of(RegisterImport, edition, batch_id)
    lines = csv.lines(_rows(batch, request.args.get("verdict", "")))
    return _download("".join(lines).encode(), CSV, f"{edition.slug}-register-{batch.id}.csv")


@bp.get("/office/e/<edition>/agreements/register.<any(xlsx, csv):ending>")
@may("outcomes.read")
def edition_register(edition: Edition, ending: str) -> ResponseReturnValue:
    """The register of the edition; ?state= and ?q= as in its list."""
    state, search = request.args.get("state", ""), printable(request.args.get("q", "")) or ""
    chosen = agreements.agreements_of(
        edition, review=state if state in REVIEW_STATES or state == "queue" else "", words=search
    )
    return _register(edition.series, edition, queries.register_of(edition, agreements=chosen), ending)


@bp.get("/office/series/<series>/projects/register.<any(xlsx, csv):ending>")
@may("outcomes.read")
def series_register(series: Series, ending: str) -> ResponseReturnValue:
    """The register of all editions; ?q= as in the list of projects."""
    search = printable(request.args.get("q", "")) or ""
    chosen = agreements.projects_of(series, words=search) if search.strip() else None
    return _register(series, None, queries.register_of(series=series, projects=chosen), ending)


def _register(series: Series, edition: Edition | None, rows: Sequence[Any], ending: str) -> ResponseReturnValue:
    unit = request.args.get("unit", "")
    report = register(
        _("Register of agreements"),
        (edition or series).title.local(language()),
        rows,
        unit=unit if unit in UNITS else "wan",
        language=language(),
        sees=lambda row: sees_amounts(row.project, row.drafted_by_id),
        synthetic=series.synthetic,
        issued=clock.now(),
    )
    name = f"register-{(edition or series).slug}.{ending}"
    if ending == "xlsx":
        return _download(xlsx(report), XLSX, name)
    return _download("".join(csv.lines(plain_rows(report))).encode(), CSV, name)


def _download(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _index(edition: Edition, sheet: SheetForm, rows: RowsForm) -> str:
    page = page_of(batches_of(RegisterImport, edition).options(joinedload(RegisterImport.by)))
    return render_template("agreements/imports/index.html", edition=edition, page=page, upload=sheet, paste=rows)


def _show(batch: RegisterImport, form: ReadingForm, columns: Sequence[str] | None = None) -> str:
    mapping, visible = Mapping.from_json(batch.mapping), _sees_sheet(batch)
    verdict, warned = request.args.get("verdict", ""), request.args.get("warned") == "1"
    page = page_of(queries.rows_of(batch, verdict=verdict, warned=warned))
    return render_template(
        "agreements/imports/show.html",
        edition=batch.edition,
        batch=batch,
        form=form,
        mapping=mapping,
        columns=columns or mapping.columns,
        samples=[
            cells if visible or name not in AMOUNTS | {""} else [_("confidential")] * len(cells)
            for name, cells in zip(mapping.columns, mapping.samples(form.first), strict=True)
        ],
        fields=FIELDS,
        counts=queries.counts(batch),
        comes=queries.count_to_write(batch),
        undecided=queries.undecided(batch),
        totals=_totals(batch) if visible else {},
        job=job_of(batch),
        earlier=earlier(batch),
        page=page,
        rows=_shown(batch, list(page.items)),
    )


def _sees_sheet(batch: RegisterImport) -> bool:
    """Whether the reader may see every amount of the sheet: as whoever brought it, or with the right."""
    somebody = account()
    return can("amounts.confidential", batch.edition) or (somebody is not None and somebody.id == batch.by_id)


def _totals(batch: RegisterImport) -> dict[str, Any]:
    """The sheet's own totals that are not what its rows add to, in words; and a word where all are."""
    found = batch.outcome.get("totals", [])
    unlike = [
        _(
            "Row %(n)d: the sheet's own total says %(says)s, its rows add to %(adds)s.",
            n=one["number"],
            says=money.echo(one["says"], language()),
            adds=money.echo(one["adds"], language()),
        )
        for one in found
        if one["says"] != one["adds"]
    ]
    alike = _("The sheet's own totals agree with its rows.") if found and not unlike else ""
    return {"unlike": unlike, "alike": alike}


def _shown(batch: RegisterImport, rows: Sequence[RegisterRow]) -> list[Shown]:
    """The rows as this reader sees them; what they say is read again, in the reader's language."""
    looks = _Looks(batch)
    return [looks.at(row) for row in rows]


class _Looks:
    """Puts the rows of one sheet into words for one reader."""

    def __init__(self, batch: RegisterImport) -> None:
        self.batch, self.edition = batch, batch.edition
        self.mapping, self.context = Mapping.from_json(batch.mapping), operations.context_of(batch.edition)
        self.usual = batch.outcome.get("usual", {}) | medians_of(batch.edition.series)
        self.visible, self.reader = _sees_sheet(batch), _reader(batch.edition)

    def at(self, row: RegisterRow) -> Shown:
        values = values_of(row.cells, self.mapping)
        read = operations.read_row(row, self.mapping, self.context) if row.verdict != "total" else []
        one = read if isinstance(read, Candidate) else None
        hidden = not self.visible and (
            one is None or one.confidential or (row.known is not None and row.known.project.confidential)
        )
        amount = values["amount"] or values["other_amount"] or values["original"]
        told = one.amount if one and not hidden else None
        return Shown(
            row=row,
            name=values["name"] or next((cell for cell in row.cells if cell), ""),
            investor=values["investor"],
            amount=_("confidential") if hidden and amount else amount,
            echo=f"{told.text} = {money.echo(told.fen, language(), told.currency)}" if told else "",
            signed_on=day(one.signed_on) if one else values["signed_on"],
            wrong=tuple(self._wrong(row, read, hidden=hidden)),
            warnings=tuple(map(concern_words, operations.warnings_of(one, self.usual))) if told and one else (),
            differences=tuple(self._differences(row, one, hidden=hidden)) if one and not row.done else (),
        )

    def _wrong(self, row: RegisterRow, read: Candidate | list[Complaint], *, hidden: bool) -> Iterator[tuple[str, str]]:
        if row.said:
            yield "", row.said
        elif isinstance(read, Candidate):
            if row.verdict == "wrong":
                said = _("The project that this changes is neither here nor above in the sheet.")
                yield _named("relation", self.mapping), said
        else:
            for one in read:
                is_told = hidden and one.field in AMOUNTS
                yield _named(one.field, self.mapping), _("It cannot be read.") if is_told else str(one.message)

    def _differences(self, row: RegisterRow, one: Candidate, *, hidden: bool) -> Iterator[tuple[str, str, str]]:
        if row.verdict not in {"conflict", "further", "repeat"} or row.known is None:
            return
        for each in queries.differences(row.known, one, self.edition, self.reader):
            said = [str(_("confidential"))] * 2 if hidden and each.field == "amount" else []
            ours, theirs = said or [self._words(each.field, value) for value in (each.ours, each.theirs)]
            yield str(FIELD_WORDS[each.field]), ours, theirs

    def _words(self, name: str, value: Any) -> str:
        if name == "amount":
            if value is None:
                return str(_("confidential"))
            return money.echo(value[0], language(), value[1]) if value[0] is not None else str(_("undisclosed"))
        if name == "segment":
            return next((row.name.local(language()) for row in self.context.segments if row.id == value), "—")
        if name in WORDS and value:
            return word_of(WORDS[name], value)
        if name == "signed_on":
            return day(date.fromisoformat(value))
        return str(value) or "—"


def _named(name: str, mapping: Mapping) -> str:
    """A field with the number of its column."""
    at = mapping.column_of(name)
    return _("%(field)s (column %(n)d)", field=FIELD_WORDS[name], n=at) if at else str(FIELD_WORDS[name])


def _reading_form(batch: RegisterImport) -> ReadingForm:
    mapping, first = Mapping.from_json(batch.mapping), first_rows(RegisterRow, batch, HEAD)
    hides = not _sees_sheet(batch)
    return ReadingForm(mapping, first, batch.edition.starts_on, language=language(), hides=hides)


def _hand_in(edition: Edition, lines: Lines, name: str) -> RegisterImport:
    who, reader, spoken = actor(), _reader(edition), language()
    with transaction():
        return operations.hand_in(edition, lines, file_name=name, language=spoken, reader=reader, actor=who)


def _reader(edition: Edition) -> Reader:
    somebody = account()
    return Reader(somebody.id if somebody else None, can("amounts.confidential", edition))


def _page_of(batch: RegisterImport, **place: Any) -> str:
    return url_for("register.show", edition=batch.edition.slug, batch_id=batch.id, **place)


def _place(asked: Dict[str, str]) -> dict[str, str]:
    """The part of a batch's page that its reader was at."""
    given = {name: asked.get(name, "") for name in ("verdict", "warned", "page")}
    return {name: value for name, value in given.items() if value.isascii() and value.isalnum()}


def _rows(batch: RegisterImport, verdict: str) -> Iterator[list[str]]:
    mapping = Mapping.from_json(batch.mapping)
    happens = _("What happened") if batch.applied_at else _("What happens")
    yield [_("Row no."), happens, _("Why"), *mapping.named(FIELD_WORDS)]
    rows = list(db.session.scalars(queries.rows_of(batch, verdict=verdict)))
    for shown in _shown(batch, rows):
        why = [f"{name}: {said}" if name else said for name, said in shown.wrong]
        why += [f"{name}: {ours} ≠ {theirs}" for name, ours, theirs in shown.differences]
        cells = shown.row.cells
        if shown.amount == _("confidential"):
            cells = [
                cell if mapping.columns[at] not in AMOUNTS | {""} else _("confidential")
                for at, cell in enumerate(cells)
            ]
        yield [str(shown.row.number), verdict_word(shown.row), "; ".join((*why, *shown.warnings)), *cells]


@bp.app_template_filter("register_verdict")
def verdict_word(row: RegisterRow) -> str:
    """What becomes, or became, of a row."""
    if row.batch.undone_at is not None and row.made:
        return str(_("Taken back"))
    if row.verdict in LEFT_OUT:
        return str(LEFT_OUT[row.verdict])
    return str((DONE if row.batch.applied_at is not None else PLANNED)[row.verdict])
