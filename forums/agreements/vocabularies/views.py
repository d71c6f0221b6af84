from __future__ import annotations

import csv
from io import StringIO

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.agreements.forms import choices_of
from forums.agreements.project_views import segments_page
from forums.agreements.vocabularies import operations, queries
from forums.agreements.vocabularies.forms import WordForm, typed_lines
from forums.agreements.vocabularies.models import Term
from forums.agreements.vocabularies.operations import Line, state_of
from forums.agreements.vocabulary import HEADLINE_BASIS, VOCABULARIES, Vocabulary, class_of
from forums.columns import Bilingual
from forums.editions.models import Series
from forums.errors import Refused
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.language import language

bp = Blueprint("vocabularies", __name__)
navigation.add("house", _l("Words of agreements"), "vocabularies.index", "accounts.manage", icon="list", order=85)

TITLES = {
    "kinds": _l("Kinds of agreements"),
    "bindings": _l("Binding classes"),
    "bases": _l("Bases of amounts"),
    "roles": _l("Roles of parties"),
    "channels": _l("Channels"),
    "document_states": _l("States of a document"),
    "regions": _l("Regions"),
}


@bp.get("/office/vocabularies")
@may("accounts.manage")
def index() -> ResponseReturnValue:
    """One vocabulary: ?of=kinds."""
    name = request.args.get("of", "kinds")
    return _page(name if name in VOCABULARIES else "kinds")


@bp.post("/office/vocabularies/<name>")
@may("accounts.manage")
def change(name: str) -> ResponseReturnValue:
    _known(name)
    lines = typed_lines(request.form)
    try:
        with transaction():
            count = operations.change_words(name, lines, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        return _page(name, typed=lines)
    flash(_("Saved.") if count else _("Nothing was changed."), "success")
    return redirect(url_for("vocabularies.index", of=name), 303)


@bp.post("/office/vocabularies/<name>/words")
@may("accounts.manage")
def add(name: str) -> ResponseReturnValue:
    form = _form(_known(name))
    if form.validate():
        text = Bilingual(form.name_zh.data or "", form.name_en.data or "")
        counts_as = form.counts_as.data if "counts_as" in form else ""
        try:
            with transaction():
                operations.add_word(name, text, counts_as=counts_as, actor=actor())
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_("The word is added."), "success")
            return redirect(url_for("vocabularies.index", of=name), 303)
    return _page(name, form)


@bp.post("/office/vocabularies/<name>/words/<code>/removal")
@may("accounts.manage")
def remove(name: str, code: str) -> ResponseReturnValue:
    _known(name)
    try:
        with transaction():
            operations.remove_word(name, code, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The word is removed."), "success")
    return redirect(url_for("vocabularies.index", of=name), 303)


@bp.get("/office/vocabularies.csv")
@may("accounts.manage")
def export() -> ResponseReturnValue:
    """Every word of every vocabulary, with how often it is used."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["vocabulary", "code", "counts as", "zh", "en", "retired", "used"])
    for name, vocabulary in VOCABULARIES.items():
        counts = queries.used(name)
        for code, word in vocabulary.words().items():
            counted = class_of(code) if vocabulary.classed else ""
            texts = [_harmless(text) for text in (word.name.zh, word.name.en)]
            writer.writerow([name, code, counted, *texts, int(word.retired), counts.get(code, 0)])
    answer = Response("\ufeff" + sheet.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=vocabularies.csv"
    return answer


@bp.post("/office/series/<series>/segments/words")
@may("agreements.draft")
def change_segments(series: Series) -> ResponseReturnValue:
    """Rename, order and retire the segments of a series."""
    lines = typed_lines(request.form)
    try:
        with transaction():
            operations.change_segments(series, lines, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        return segments_page(series, typed=lines)
    flash(_("Saved."), "success")
    return redirect(url_for("agreements.segments", series=series.slug), 303)


def _page(name: str, form: WordForm | None = None, typed: list[Line] | None = None) -> ResponseReturnValue:
    vocabulary = VOCABULARIES[name]
    rows = {row.code: row for row in queries.terms_of(name)}
    for place, (code, text) in enumerate(vocabulary.builtin.items(), 1):
        if code not in rows:
            rows[code] = Term(vocabulary=name, code=code, name=text, position=place * 10, retired=False)
    return render_template(
        "agreements/vocabularies/index.html",
        name=name,
        titles=TITLES,
        vocabulary=vocabulary,
        rows=[(code, row, state_of(row)) for code, row in sorted(rows.items(), key=lambda pair: pair[1].position)],
        counts=queries.used(name),
        typed={line.key: line for line in typed or []},
        form=form or _form(vocabulary, fresh=True),
        fixed=set(vocabulary.builtin) if not vocabulary.grows else {HEADLINE_BASIS},
        class_of=class_of,
    )


def _form(vocabulary: Vocabulary, *, fresh: bool = False) -> WordForm:
    classes = (
        choices_of({code: vocabulary[code] for code in vocabulary.builtin}, language()) if vocabulary.classed else []
    )
    return WordForm(formdata=None, classes=classes) if fresh else WordForm(classes=classes)


def _known(name: str) -> Vocabulary:
    return VOCABULARIES[name] if name in VOCABULARIES else abort(404)


def _harmless(text: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
