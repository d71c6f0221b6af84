from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm

from forums import tokens
from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import limiter
from forums.registrations.addresses import operations
from forums.registrations.addresses.forms import AddressForm
from forums.registrations.addresses.models import AddressChange
from forums.registrations.models import Registration
from forums.transaction import settle, transaction
from forums.web.guards import capability, capability_row, public

bp = Blueprint("addresses", __name__)


def address_and_email() -> str:
    """Who asks, and for which address: an office behind one address asks for many links."""
    return f"{get_remote_address()}|{request.form.get('email', '')[:254].strip().lower()}"


def private_link() -> str:
    """The private link in the address of the page."""
    return str((request.view_args or {}).get("token", ""))[:200]


@bp.route("/e/<edition>/register/link", methods=["GET", "POST"])
@limiter.limit("60/hour", methods=["POST"])
@limiter.limit("5/hour", key_func=address_and_email, methods=["POST"])
@public
def lost_link(edition: Edition) -> ResponseReturnValue:
    """The private link once more; the answer is the same whether the address is known or not."""
    form = AddressForm()
    if form.validate_on_submit():
        if not form.website.data:
            with transaction():
                operations.send_link(edition, form.email.data or "")
        return redirect(url_for("registrations.sent", edition=edition.slug), 303)
    return render_template("registrations/addresses/lost.html", edition=edition, form=form)


@bp.route("/my/registration/<token>/address", methods=["GET", "POST"])
@limiter.limit("5/hour", key_func=private_link, methods=["POST"])
@capability("registration")
def change_mine(token: str) -> ResponseReturnValue:
    """Asking for another address: a letter goes there, and nothing changes until it is confirmed."""
    row = _mine(token)
    form = AddressForm()
    if form.validate_on_submit():
        email = form.email.data or ""
        try:
            with transaction():
                operations.ask_for_address(row, email, actor=Actor.guest(row.name))
        except Refused as no:
            form.email.errors = [no.message]
        else:
            words = _("We wrote to %(email)s. Your address changes as soon as you confirm it there.", email=email)
            flash(words, "success")
            return redirect(url_for("registrations.mine", token=token), 303)
    return render_template("registrations/addresses/change.html", row=row, edition=row.edition, token=token, form=form)


@bp.route("/my/address/<token>", methods=["GET", "POST"])
@capability("address")
def confirm(token: str) -> ResponseReturnValue:
    """Behind the link in the letter to the new address; looking at it changes nothing."""
    change = capability_row("address", token, AddressChange)
    row = change.registration
    g.edition = row.edition
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            settle(lambda: operations.confirm_address(change, actor=Actor.guest(row.name)))
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("Your registration has its new address. The links in older letters no longer work."), "success")
            own = tokens.sign("registration", row.id, row.token_version)
            return redirect(url_for("registrations.mine", token=own), 303)
    return render_template(
        "registrations/addresses/confirm.html", change=change, row=row, edition=row.edition, form=form
    )


@bp.post("/my/registration/<token>/link")
@limiter.limit("5/hour", key_func=private_link)
@capability("registration")
def renew(token: str) -> ResponseReturnValue:
    """A new link by letter only: whoever pressed the button with a link that leaked does not get the new one."""
    row = _mine(token)
    edition = row.edition
    try:
        with transaction():
            operations.renew_link(row, actor=Actor.guest(row.name))
    except Refused as no:
        flash(no.message, "danger")
        return redirect(url_for("registrations.mine", token=token), 303)
    flash(_("This link no longer works. A new one is on its way to your address."), "success")
    return redirect(url_for("registrations.sent", edition=edition.slug), 303)


def _mine(token: str) -> Registration:
    """The registration of the link; the page shows the menu of its event."""
    row = capability_row("registration", token, Registration)
    g.edition = row.edition
    return row
