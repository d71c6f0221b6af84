from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.activity.queries import history
from forums.documents import shelf
from forums.editions.models import Edition
from forums.experts import operations, queries
from forums.experts.forms import ExpertForm
from forums.experts.models import Expert
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, can, may
from forums.web.guards import public as everybody
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("experts", __name__)
navigation.add("house", _l("Experts"), "experts.index", "editions.manage", icon="expert", order=20)


@bp.get("/e/<edition>/experts")
@everybody
def public(edition: Edition) -> ResponseReturnValue:
    """Who appears in the published sessions of an edition."""
    experts = queries.in_order(queries.appearing_in(edition), language())
    return render_template("experts/public.html", edition=edition, experts=experts)


@bp.get("/experts/<int:expert_id>")
@everybody
def profile(expert_id: int) -> ResponseReturnValue:
    """Whoever appears in a published session, with all such sessions over the editions."""
    expert = expert_or_404(expert_id)
    parts = [part for part in queries.parts_of(expert) if part.is_public]
    if not parts:
        abort(404)
    return render_template("experts/profile.html", expert=expert, editions=by_edition(parts))


@bp.get("/experts/<int:expert_id>/photo.jpg")
@everybody
def photo(expert_id: int) -> ResponseReturnValue:
    """The photo that was released, of whoever appears in a published session."""
    expert = expert_or_404(expert_id)
    if expert.photo is None or not any(part.is_public for part in queries.parts_of(expert)):
        abort(404)
    stored = expert.photo.stored
    return send_file(shelf.path_of(stored.sha256), mimetype="image/jpeg", etag=stored.sha256, max_age=300)


@bp.get("/office/experts")
@may("editions.manage", anywhere=True)
def index() -> ResponseReturnValue:
    asked = request.args.get("q", "").strip()[:200]
    return render_template("experts/list.html", page=page_of(queries.matching(asked)), asked=asked)


@bp.route("/office/experts/new", methods=["GET", "POST"])
@may("editions.manage", anywhere=True)
def new() -> ResponseReturnValue:
    form = ExpertForm()
    if form.validate_on_submit():
        with transaction():
            expert = operations.create_expert(form.profile(), actor=actor())
        flash(_("The expert is added."), "success")
        return redirect(url_for("experts.edit", expert_id=expert.id), 303)
    return render_template("experts/form.html", form=form, expert=None)


@bp.route("/office/experts/<int:expert_id>", methods=["GET", "POST"])
@may("editions.manage", anywhere=True)
def edit(expert_id: int) -> ResponseReturnValue:
    expert = expert_or_404(expert_id)
    form = ExpertForm()
    if not form.is_submitted():
        form.fill(expert)
    if form.validate_on_submit():
        with transaction():
            operations.change_expert(expert, form.profile(), actor=actor())
        flash(_("Saved."), "success")
        return redirect(url_for("experts.edit", expert_id=expert.id), 303)
    parts = [part for part in queries.parts_of(expert) if part.is_public or can("editions.manage", part.edition)]
    return render_template(
        "experts/form.html",
        form=form,
        expert=expert,
        editions=by_edition(parts),
        has_public_page=any(part.is_public for part in parts),
        history=history(expert)[::-1][:20],
    )


def expert_or_404(expert_id: int) -> Expert:
    expert = queries.expert_with_organisation(expert_id)
    if expert is None:
        abort(404)
    return expert


def by_edition(parts: list[queries.Part]) -> list[tuple[Edition, list[queries.Part]]]:
    grouped: dict[Edition, list[queries.Part]] = {}
    for part in parts:
        grouped.setdefault(part.edition, []).append(part)
    return list(grouped.items())
