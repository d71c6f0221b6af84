from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.documents.render import csv
from forums.documents.tables import Line
from forums.editions.models import Edition
from forums.extensions import db
from forums.imports.queries import batches_of, earlier, first_rows, job_of
from forums.imports.views import attempt, batch_of, is_mapped, taken_in
from forums.registrations.imports import operations, queries, undoing
from forums.registrations.imports.forms import MappingForm, PasteForm, UploadForm
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
    batch = taken_in(form, partial(_hand_in, edition), most=operations.MOST_ROWS)
    return redirect(_page_of(batch), 303) if batch else _index(edition, form, PasteForm(formdata=None))


@bp.route("/office/e/<edition>/imports/rows", methods=["GET", "POST"])
@may("registrations.manage")
def paste(edition: Edition) -> ResponseReturnValue:
    form = PasteForm()
    batch = taken_in(form, partial(_hand_in, edition), most=operations.MOST_ROWS)
    return redirect(_page_of(batch), 303) if batch else _index(edition, UploadForm(formdata=None), form)


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
    batch = batch_of(ImportBatch, edition, batch_id)
    return _show(batch, _mapping_form(batch))


@bp.post("/office/e/<edition>/imports/<int:batch_id>/mapping")
@may("registrations.manage")
def read_as(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Read the list in another way; still nobody is registered."""
    batch = batch_of(ImportBatch, edition, batch_id)
    form = _mapping_form(batch)
    if not is_mapped(form, FIELD_WORDS):
        return _show(batch, form, form.columns)
    said = _("The list was read again. Nobody is registered yet.")
    attempt(lambda: operations.read_as(batch, form.mapping()), said)
    return redirect(_page_of(batch), 303)


@bp.post("/office/e/<edition>/imports/<int:batch_id>/application")
@may("registrations.manage")
def apply(edition: Edition, batch_id: int) -> ResponseReturnValue:
    batch = batch_of(ImportBatch, edition, batch_id)
    said = _("The import runs. This page shows how far it is.")
    attempt(lambda: operations.apply(batch, actor=actor()), said)
    return redirect(_page_of(batch), 303)


@bp.post("/office/e/<edition>/imports/<int:batch_id>/undo")
@may("registrations.manage")
def undo(edition: Edition, batch_id: int) -> ResponseReturnValue:
    batch = batch_of(ImportBatch, edition, batch_id)
    said = _("The import is being undone. This page shows how far it is.")
    attempt(lambda: undoing.undo(batch, actor=actor()), said)
    return redirect(_page_of(batch), 303)


@bp.post("/office/e/<edition>/imports/<int:batch_id>/deletion")
@may("registrations.manage")
def discard(edition: Edition, batch_id: int) -> ResponseReturnValue:
    batch = batch_of(ImportBatch, edition, batch_id)
    if attempt(lambda: operations.discard(batch, actor=actor()), _("The list is discarded.")):
        return redirect(url_for("imports.index", edition=edition.slug), 303)
    return redirect(_page_of(batch), 303)


@bp.get("/office/e/<edition>/imports/<int:batch_id>.csv")
@may("registrations.manage")
def as_csv(edition: Edition, batch_id: int) -> ResponseReturnValue:
    """Every row with what becomes, or became, of it."""
    batch = batch_of(ImportBatch, edition, batch_id)
    headers = {"Content-Disposition": f"attachment; filename={edition.slug}-import-{batch.id}.csv"}
    lines = stream_with_context(csv.lines(_rows(batch)))
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _index(edition: Edition, upload_form: UploadForm, paste_form: PasteForm) -> str:
    return render_template(
        "registrations/imports/index.html",
        edition=edition,
        page=page_of(batches_of(ImportBatch, edition)),
        upload=upload_form,
        paste=paste_form,
    )


def _show(batch: ImportBatch, form: MappingForm, columns: Sequence[str] | None = None) -> str:
    mapping = Mapping.from_json(batch.mapping)
    verdict, undone = request.args.get("verdict", ""), request.args.get("undone", "")
    return render_template(
        "registrations/imports/show.html",
        edition=batch.edition,
        batch=batch,
        form=form,
        mapping=mapping,
        columns=columns or mapping.columns,
        samples=mapping.samples(form.first),
        fields=FIELDS,
        counts=queries.counts(batch),
        undone_counts=queries.undone_counts(batch),
        job=job_of(batch),
        earlier=earlier(batch),
        page=page_of(queries.rows_of(batch, verdict=verdict, undone=undone)),
    )


def _mapping_form(batch: ImportBatch) -> MappingForm:
    categories = [(row.id, row.name.local(language())) for row in categories_of(batch.edition)]
    first = first_rows(ImportRow, batch, HEAD)
    return MappingForm(Mapping.from_json(batch.mapping), first, categories or [(0, _("Attendee"))])


def _hand_in(edition: Edition, lines: Sequence[Line], name: str) -> ImportBatch:
    with transaction():
        return operations.hand_in(edition, lines, file_name=name, actor=actor())


def _rows(batch: ImportBatch) -> Iterator[list[str]]:
    yield [
        _("Row no."),
        _("What happens") if batch.applied_at is None else _("What happened"),
        _("Why"),
        _("Reference"),
        *Mapping.from_json(batch.mapping).named(FIELD_WORDS),
    ]
    for row in db.session.scalars(queries.rows_of(batch).execution_options(yield_per=500)):
        reasons = "; ".join(_reason(complaint) for complaint in row.complaints)
        reference = row.registration.reference if row.registration is not None else ""
        yield [str(row.number), verdict_word(row), reasons, reference, *row.cells]


def _reason(complaint: dict[str, str]) -> str:
    return f"{FIELD_WORDS[complaint['field']]}: {REASONS[complaint['reason']]} {complaint['value']}".strip()


@bp.app_template_filter("import_verdict")
def verdict_word(row: ImportRow) -> str:
    """What becomes, or became, of a row."""
    if row.undone:
        return str(UNDONE_WORDS[row.undone])
    return str((DONE if row.done or row.batch.applied_at is not None else PLANNED)[row.verdict])


def _page_of(batch: ImportBatch) -> str:
    return url_for("imports.show", edition=batch.edition.slug, batch_id=batch.id)
