from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.accounts import operations, queries
from forums.accounts.forms import ROLE_NAMES, AccountForm, GrantForm, NewAccountForm
from forums.accounts.models import Account, Grant
from forums.activity.queries import history
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.paging import page_of

bp = Blueprint("accounts", __name__)
navigation.add("house", _l("Staff accounts"), "accounts.index", "accounts.manage", icon="people", order=80)

# Rooms above (editions) say which scopes a grant can have: [("series:1", "Suixi"), …].
scope_choices: list[Callable[[], list[tuple[str, str]]]] = []


@bp.get("/office/accounts")
@may("accounts.manage")
def index() -> ResponseReturnValue:
    search = request.args.get("q", "")
    page = page_of(queries.accounts(search))
    return render_template("accounts/index.html", page=page, search=search, roles=dict(ROLE_NAMES), scopes=_scopes())


@bp.route("/office/accounts/new", methods=["GET", "POST"])
@may("accounts.manage")
def new() -> ResponseReturnValue:
    form = NewAccountForm()
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.create_account(
                    email=form.email.data,
                    name=form.name.data,
                    password=form.password.data or None,
                    language=form.language.data,
                    actor=actor(),
                )
        except Refused as no:
            form.email.errors = [no.message]
        else:
            flash(_("The account is there. Give it a role next."), "success")
            return redirect(url_for("accounts.show", account_id=row.id), 303)
    return render_template("accounts/new.html", form=form)


@bp.route("/office/accounts/<int:account_id>", methods=["GET", "POST"])
@may("accounts.manage")
def show(account_id: int) -> ResponseReturnValue:
    row = _account(account_id)
    form = AccountForm(obj=row)
    if form.validate_on_submit():
        try:
            with transaction():
                operations.change_account(
                    row, name=form.name.data, language=form.language.data, active=form.active.data, actor=actor()
                )
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("accounts.show", account_id=row.id), 303)
    return render_template(
        "accounts/show.html",
        row=row,
        form=form,
        grant_form=_grant_form(),
        history=history(row),
        roles=dict(ROLE_NAMES),
        scopes=_scopes(),
    )


@bp.post("/office/accounts/<int:account_id>/grants")
@may("accounts.manage")
def give(account_id: int) -> ResponseReturnValue:
    row = _account(account_id)
    form = _grant_form()
    if form.validate_on_submit():
        with transaction():
            operations.give(row, form.role.data, scope=form.scope.data, until=form.until_moment, actor=actor())
        flash(_("The role is given."), "success")
    else:
        flash(_("The role was not given: %(why)s", why=_first_error(form)), "danger")
    return redirect(url_for("accounts.show", account_id=row.id), 303)


@bp.post("/office/accounts/<int:account_id>/grants/<int:grant_id>/removal")
@may("accounts.manage")
def take_back(account_id: int, grant_id: int) -> ResponseReturnValue:
    grant = db.session.get(Grant, grant_id)
    if grant is None or grant.account_id != account_id:
        abort(404)
    try:
        with transaction():
            operations.take_back(grant, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The role is taken back."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


def _account(account_id: int) -> Account:
    return db.session.get(Account, account_id) or abort(404)


def _scopes() -> dict[str, str]:
    return {"house": _("The whole house")} | {scope: label for choices in scope_choices for scope, label in choices()}


def _grant_form() -> GrantForm:
    form = GrantForm()
    form.scope.choices = list(_scopes().items())
    return form


def _first_error(form: GrantForm) -> str:
    return next(str(errors[0]) for errors in form.errors.values() if errors)
