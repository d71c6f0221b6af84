from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.documents import tables
from forums.documents.render import csv
from forums.documents.tables import Line
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations.imports import operations, queries, undoing
from forums.registrations.imports.forms import MappingForm, PasteForm, UploadForm, doubled
from forums.registrations.imports.models import ImportBatch, ImportRow
from forums.registrations.imports.reading import FIELDS, HEAD, Mapping
from forums.registrations.imports.words import DONE, FIELD_WORDS, PLANNED, REASONS, TONES, UNDONE_WORDS
from forums.registrations.queries import categories_of
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("imports", __name__)
navigation.add(
    "edition",
    _l("Import a list"),
    "imports.index",
    "registrations.manage",
    icon="upload",
    order=42,
    under="registrations.listing",
)


@bp.app_context_processor
def words() -> dict[str, object]:
    return {
        "import_fields": FIELD_WORDS,
        "import_planned": PLANNED,
        "import_done": DONE,
        "import_tones": TONES,
        "import_reasons": REASONS,
        "import_undone": UNDONE_WORDS,
    }


@bp.get("/office/e/<edition>/imports")
@may("registrations.manage")
def index(edition: Edition) -> ResponseReturnValue:
    """The lists that were imported, and two ways to hand in another."""
    return _index(edition, UploadForm(formdata=None), PasteForm(formdata=None))


@bp.route("/office/e/<edition>/imports/file", methods=["GET", "POST"])
@may("registrations.manage")
def upload(edition: Edition) -> ResponseReturnValue:
    form = UploadForm()
    if form.validate_on_submit():
        name = form.file.data.filename or "file"
        try:
            lines = tables.read_upload(form.file.data, most=operations.MOST_ROWS)
            batch = _hand_in(edition, lines, name)
        except Refused as no:
            form.file.errors = [no.message]
        else:
            if lines.notice:
                flash(lines.notice, "warning")
            return redirect(_page_of(batch), 303)
    return _index(edition, form, PasteForm(formdata=None))


@bp.route("/office/e/<edition>/imports/rows", methods=["GET", "POST"])
@may("registrations.manage")
def paste(edition: Edition) -> ResponseReturnValue:
    form = PasteForm()
    if form.validate_on_submit():
        try:
            lines = tables.read_text(form.rows.data, most=operations.MOST_ROWS)
            batch = _hand_in(edition, lines, _("pasted rows"))
        except Refused as no:
            form.rows.errors = [no.message]
        else:
            return redirect(_page_of(batch), 303)
    return _index(edition, UploadForm(formdata=None), form)


@bp.get("/office/e/<edition>/imports/blank.csv")
@may("registrations.manage")
def blank(edition: Edition) -> ResponseReturnValue:
    """An empty list to fill in, with titles that are understood."""
    headers = {"Content-Disposition": f"attachment; filename={edition.slug}-list.csv"}
    lines = csv.lines([[str(FIELD_WORDS[name]) for name in FIELDS]])
    return Response("".join(lines), content_type="text/csv; charset=utf-8", headers=headers)


@bp.get("/office/e/<edition>/imports/<int:batch_id>")
@may("registrations.manage")
def show(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Before: how the list is read and what would happen. After: what happened."""
    batch = _batch(edition, batch_id)
    return _show(batch, _mapping_form(batch, queries.first_rows(batch, HEAD)))


@bp.post("/office/e/<edition>/imports/<int:batch_id>/mapping")
@may("registrations.manage")
def read_as(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Read the list in another way; still nobody is registered."""
    batch = _batch(edition, batch_id)
    first = queries.first_rows(batch, HEAD)
    form = _mapping_form(batch, first)
    columns = [request.form.get(f"column-{at}", "") for at in range(len(batch.mapping["columns"]))]
    if not form.validate():
        return _show(batch, form)
    if doubled(columns):
        names = ", ".join(str(FIELD_WORDS[name]) for name in doubled(columns))
        flash(_("Several columns are chosen for %(fields)s. Leave one of them.", fields=names), "danger")
        return _show(batch, form, columns)
    mapping = form.mapping(columns, {row.number: row.cells for row in first})
    try:
        with transaction():
            operations.read_as(batch, mapping)
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The list was read again. Nobody is registered yet."), "success")
    return redirect(_page_of(batch), 303)


@bp.post("/office/e/<edition>/imports/<int:batch_id>/application")
@may("registrations.manage")
def apply(edition: Edition, batch_id: int) -> ResponseReturnValue:
    return _do(_batch(edition, batch_id), operations.apply, _("The import runs. This page shows how far it is."))


@bp.post("/office/e/<edition>/imports/<int:batch_id>/undo")
@may("registrations.manage")
def undo(edition: Edition, batch_id: int) -> ResponseReturnValue:
    return _do(_batch(edition, batch_id), undoing.undo, _("The import is being undone. This page shows how far it is."))


@bp.post("/office/e/<edition>/imports/<int:batch_id>/deletion")
@may("registrations.manage")
def discard(edition: Edition, batch_id: int) -> ResponseReturnValue:
    batch = _batch(edition, batch_id)
    try:
        with transaction():
            operations.discard(batch, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        return redirect(_page_of(batch), 303)
    flash(_("The list is discarded."), "success")
    return redirect(url_for("imports.index", edition=edition.slug), 303)


@bp.get("/office/e/<edition>/imports/<int:batch_id>.csv")
@may("registrations.manage")
def as_csv(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Every row with what becomes, or became, of it."""
    batch = _batch(edition, batch_id)
    headers = {"Content-Disposition": f"attachment; filename={edition.slug}-import-{batch.id}.csv"}
    lines = stream_with_context(csv.lines(_rows(batch)))
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _index(edition: Edition, upload_form: UploadForm, paste_form: PasteForm) -> str:
    return render_template(
        "registrations/imports/index.html",
        edition=edition,
        page=page_of(queries.batches_of(edition)),
        upload=upload_form,
        paste=paste_form,
    )


def _show(batch: ImportBatch, form: MappingForm, columns: Sequence[str] | None = None) -> str:
    first = queries.first_rows(batch, HEAD)
    mapping = Mapping.from_json(batch.mapping)
    below = [row.cells for row in first if row.number > mapping.title_row][:3]
    samples = [[cells[at] for cells in below if at < len(cells) and cells[at]] for at in range(len(mapping.columns))]
    verdict, undone = request.args.get("verdict", ""), request.args.get("undone", "")
    return render_template(
        "registrations/imports/show.html",
        edition=batch.edition,
        batch=batch,
        form=form,
        mapping=mapping,
        columns=columns or mapping.columns,
        titles=[*mapping.titles, *[""] * len(mapping.columns)],
        samples=samples,
        fields=FIELDS,
        counts=queries.counts(batch),
        undone_counts=queries.undone_counts(batch),
        job=queries.job_of(batch),
        earlier=[row for row in queries.same_file(batch.edition, batch.digest) if row.id != batch.id],
        page=page_of(queries.rows_of(batch, verdict=verdict, undone=undone)),
        cell=_cell,
    )


def _cell(row: ImportRow, mapping: Mapping, name: str) -> str:
    """What a row says of a field."""
    at = mapping.columns.index(name) if name in mapping.columns else len(row.cells)
    return row.cells[at] if at < len(row.cells) else ""


def _mapping_form(batch: ImportBatch, first: Sequence[ImportRow]) -> MappingForm:
    categories = [(row.id, row.name.local(language())) for row in categories_of(batch.edition)]
    return MappingForm(
        first_rows=[
            (row.number, _("Row %(n)d: %(cells)s", n=row.number, cells=_shortened(row.cells))) for row in first
        ],
        categories=categories or [(0, _("Attendee"))],
        mapping=Mapping.from_json(batch.mapping),
    )


def _shortened(cells: Sequence[str]) -> str:
    text = ", ".join(cell for cell in cells if cell)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _hand_in(edition: Edition, lines: Sequence[Line], name: str) -> ImportBatch:
    with transaction():
        return operations.hand_in(edition, lines, file_name=name, actor=actor())


def _do(batch: ImportBatch, verb: operations.Verb, said: str) -> ResponseReturnValue:
    try:
        with transaction():
            verb(batch, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(said, "success")
    return redirect(_page_of(batch), 303)


def _rows(batch: ImportBatch) -> Iterator[list[str]]:
    mapping = Mapping.from_json(batch.mapping)
    titles = [
        title or str(FIELD_WORDS.get(name, "")) for title, name in zip(_titles(mapping), mapping.columns, strict=True)
    ]
    yield [
        _("Row no."),
        _("What happens") if batch.applied_at is None else _("What happened"),
        _("Why"),
        _("Reference"),
        *titles,
    ]
    for row in db.session.scalars(queries.rows_of(batch).execution_options(yield_per=500)):
        reasons = "; ".join(_reason(complaint) for complaint in row.complaints)
        reference = row.registration.reference if row.registration is not None else ""
        yield [str(row.number), verdict_word(row), reasons, reference, *row.cells]


def _titles(mapping: Mapping) -> list[str]:
    return [*mapping.titles, *[""] * len(mapping.columns)][: len(mapping.columns)]


def _reason(complaint: dict[str, str]) -> str:
    return f"{FIELD_WORDS[complaint['field']]}: {REASONS[complaint['reason']]} {complaint['value']}".strip()


@bp.app_template_filter("import_verdict")
def verdict_word(row: ImportRow) -> str:
    """What becomes, or became, of a row."""
    if row.undone:
        return str(UNDONE_WORDS[row.undone])
    return str((DONE if row.done or row.batch.applied_at is not None else PLANNED)[row.verdict])


def _batch(edition: Edition, batch_id: int) -> ImportBatch:
    """The edition's import; 404 for another's."""
    batch = db.session.get(ImportBatch, batch_id)
    if batch is None or batch.edition_id != edition.id:
        abort(404)
    return batch


def _page_of(batch: ImportBatch) -> str:
    return url_for("imports.show", edition=batch.edition.slug, batch_id=batch.id)
