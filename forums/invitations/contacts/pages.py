"""Which list a page is about, and where the pages are."""

from __future__ import annotations

from flask import abort, url_for

from forums.editions.models import Edition
from forums.invitations.contacts import queries
from forums.invitations.models import ContactList, Intake
from forums.web.guards import can


def list_of(edition: Edition, list_id: int) -> ContactList:
    """The list, if the reader may manage where it belongs; 404 otherwise."""
    row = queries.find_list(list_id, edition)
    if row is None or not can("editions.manage", row):
        abort(404)
    return row


def list_page(edition: Edition, row: ContactList) -> str:
    return url_for("contacts.show", edition=edition.slug, list_id=row.id)


def intake_page(edition: Edition, intake: Intake) -> str:
    return url_for("contacts.show_intake", edition=edition.slug, list_id=intake.list_id, intake_id=intake.id)
