"""The record in the reader's language: who, did what, and the facts beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.activity.models import Activity
from forums.masks import without_contact

# Every action of every room, as words that follow a name. A test holds that none is missing.
ACTIONS = {
    "account.changed": _l("changed the account"),
    "account.created": _l("added the account"),
    "agreement.approved": _l("approved the agreement"),
    "agreement.cancelled": _l("cancelled the agreement"),
    "agreement.corrected": _l("corrected the amount of the agreement"),
    "agreement.document_moved": _l("changed the state of the document"),
    "agreement.drafted": _l("drafted the agreement"),
    "agreement.locked": _l("locked the agreement"),
    "agreement.proposal_rejected": _l("rejected what was proposed for the agreement"),
    "agreement.proposal_withdrawn": _l("withdrew what was proposed for the agreement"),
    "agreement.proposed": _l("proposed to cancel the agreement or to set it back"),
    "agreement.reinstated": _l("took the cancellation of the agreement back"),
    "agreement.returned": _l("returned the agreement"),
    "agreement.revised": _l("changed the agreement"),
    "agreement.scan_added": _l("added a scan to the agreement"),
    "agreement.submitted": _l("submitted the agreement"),
    "agreement.verified": _l("verified the agreement"),
    "appearance.added": _l("put an expert on a session"),
    "appearance.removed": _l("took an expert off a session"),
    "counting.chosen": _l("chose another way to count"),
    "counting.defined": _l("defined a way to count"),
    "badge.printed": _l("printed the badge"),
    "badges.asked": _l("had a list printed"),
    "badges.printed": _l("printed a list"),
    "badges.voided": _l("threw a printed list away"),
    "campaign.cancelled": _l("cancelled the campaign"),
    "campaign.changed": _l("changed the campaign"),
    "campaign.chosen": _l("chose who gets the campaign"),
    "campaign.narrowed": _l("narrowed down who gets the campaign"),
    "campaign.created": _l("created the campaign"),
    "campaign.deleted": _l("deleted the campaign"),
    "campaign.expired": _l("ended the campaign, whose time was over"),
    "campaign.frozen": _l("froze the campaign"),
    "campaign.paused": _l("paused the campaign"),
    "campaign.resumed": _l("resumed the campaign"),
    "campaign.scheduled": _l("scheduled the campaign"),
    "campaign.sent": _l("began to send the campaign"),
    "campaign.left_in_doubt": _l("left letters of the campaign that are in doubt as they are"),
    "campaign.sent_again": _l("sent letters of the campaign again"),
    "campaign.tested": _l("sent a test letter of the campaign"),
    "campaign.thawed": _l("opened the campaign for changes again"),
    "certificate.issued": _l("issued the certificate of attendance"),
    "certificate.withdrawn": _l("withdrew the certificate of attendance"),
    "check_in_point.added": _l("added a check-in point"),
    "check_in_point.changed": _l("changed a check-in point"),
    "check_in_point.moved": _l("moved a check-in point"),
    "check_in_point.restored": _l("took a check-in point into use again"),
    "check_in_point.retired": _l("retired a check-in point"),
    "consent.written": _l("wrote the text of consent"),
    "contact.changed": _l("corrected a contact"),
    "contact.mended": _l("corrected a row and added the contact"),
    "contact.put_back": _l("put a contact back on the list"),
    "contact.removed": _l("removed a contact"),
    "contact_filter.deleted": _l("deleted the filter of people"),
    "contact_filter.saved": _l("kept a filter of people"),
    "contact_list.created": _l("created the contact list"),
    "contact_list.deleted": _l("deleted the contact list"),
    "contact_list.filled": _l("added contacts to the list"),
    "contact_list.intake_undone": _l("took back what was added to the list"),
    "contact_list.renamed": _l("renamed the contact list"),
    "contact_list.titled": _l("gave people of the list their form of address"),
    "category.added": _l("added the category"),
    "category.changed": _l("changed the rules of the category"),
    "category.closed": _l("closed the category"),
    "category.link_renewed": _l("made a new link for the category"),
    "category.removed": _l("removed the category"),
    "delegation.changed": _l("changed the delegation"),
    "delegation.created": _l("added the delegation"),
    "delegation.invited": _l("sent the private link of the delegation"),
    "delegation.removed": _l("removed the delegation"),
    "delegation.resized": _l("changed the places of the delegation"),
    "duplicate.decided": _l("decided on a possible duplicate"),
    "duplicate.undone": _l("undid the decision on a possible duplicate"),
    "edition.changed": _l("changed the edition"),
    "edition.cloned": _l("made the draft from an earlier edition"),
    "edition.created": _l("created the edition"),
    "edition.moved": _l("changed the state of the edition"),
    "expert.changed": _l("changed the expert"),
    "expert.created": _l("added the expert"),
    "grant.given": _l("gave a role"),
    "grant.taken_back": _l("took a role back"),
    "hall.added": _l("added a hall"),
    "hall.changed": _l("changed a hall"),
    "invitation.changed": _l("corrected the invitation"),
    "invitation.answered": _l("answered the invitation"),
    "invitation.withdrawn": _l("withdrew the invitation"),
    "invitation.sent_again": _l("sent the last letter again"),
    "invitation.restored": _l("invited them again"),
    "invitation.rules_changed": _l("changed what the answer page asks"),
    "letterhead.changed": _l("changed the letterhead"),
    "incoming_mail.decided": _l("dealt with the message"),
    "letter.resent": _l("sent the letter again"),
    "organisation.corrected": _l("corrected the organisation"),
    "outcomes.asked": _l("asked for an outcome report"),
    "outcomes.compiled": _l("compiled the outcome report"),
    "person.corrected": _l("corrected the person"),
    "programme.imported": _l("imported a programme"),
    "programme.vanished_cancelled": _l("cancelled sessions that the file no longer has"),
    "followup.rules_changed": _l("changed the rules of follow-up"),
    "project.action_changed": _l("changed a next action of the project"),
    "project.action_done": _l("finished an action of the project"),
    "project.action_planned": _l("planned the next action of the project"),
    "project.amount_approved": _l("approved an amount reported of the project"),
    "project.amount_reported": _l("reported an amount of the project"),
    "project.amount_returned": _l("returned an amount reported of the project"),
    "project.amount_verified": _l("verified an amount reported of the project"),
    "project.amount_withdrawn": _l("withdrew an amount reported of the project"),
    "project.changed": _l("changed the project"),
    "project.created": _l("created the project"),
    "project.member_joined": _l("put somebody on the project's team"),
    "project.member_left": _l("took somebody off the project's team"),
    "project.milestone_changed": _l("changed a milestone of the project"),
    "project.milestone_judged": _l("said whether a milestone of the project was met"),
    "project.milestone_planned": _l("set a milestone for the project"),
    "project.obstacle_changed": _l("changed an obstacle of the project"),
    "project.obstacle_reported": _l("reported an obstacle of the project"),
    "project.obstacle_resolved": _l("removed an obstacle of the project"),
    "project.reversal_confirmed": _l("confirmed that the project goes back"),
    "project.reversal_declined": _l("declined that the project goes back"),
    "project.reversal_proposed": _l("proposed that the project goes back"),
    "project.reversal_withdrawn": _l("withdrew the proposal that the project goes back"),
    "project.restored": _l("counts the project by itself again"),
    "project.set_aside": _l("set the project aside as a duplicate"),
    "project.stage_changed": _l("changed the stage of the project"),
    "project.visit_changed": _l("changed a visit to the project"),
    "project.visit_recorded": _l("recorded a visit to the project"),
    "published.removed": _l("took published figures out of use"),
    "published.restored": _l("took published figures into use again"),
    "published.saved": _l("saved published figures"),
    "question.added": _l("added a question"),
    "question.archived": _l("archived the question"),
    "question.arranged": _l("put the questions in another order"),
    "question.changed": _l("changed the question"),
    "question.copied": _l("copied the questions of another edition"),
    "question.restored": _l("restored the question"),
    "import.applied": _l("imported the list of registrations"),
    "import.discarded": _l("discarded the list of registrations"),
    "import.handed_in": _l("handed in a list of registrations"),
    "import.undone": _l("undid the import of registrations"),
    "registration.address_asked": _l("asked for another e-mail address"),
    "registration.agreed": _l("agreed to the use of the details"),
    "registration.approved": _l("approved the registration"),
    "registration.cancelled": _l("cancelled the registration"),
    "registration.capacity_changed": _l("changed the number of places"),
    "registration.category_changed": _l("moved the guest to another category"),
    "registration.changed": _l("changed the details"),
    "registration.check_in_undone": _l("took the check-in back"),
    "registration.checked_in": _l("checked the guest in"),
    "registration.created": _l("registered"),
    "registration.declined": _l("declined the registration"),
    "registration.exported": _l("exported registrations"),
    "registration.history_recorded": _l("recorded past registrations"),
    "registration.link_renewed": _l("made a new private link"),
    "registration.moved_in_line": _l("changed the order of the waiting list"),
    "registration.offer_accepted": _l("accepted the offered place"),
    "registration.offer_lapsed": _l("let the offered place pass on"),
    "registration.offered": _l("offered a place"),
    "registration.promoted": _l("confirmed from the waiting list"),
    "registration.wishes_changed": _l("changed answers or sessions"),
    "saved_view.deleted": _l("deleted a saved view"),
    "saved_view.saved": _l("saved a view of the list"),
    "suppression.added": _l("stopped the letters of campaigns to the address"),
    "suppression.lifted": _l("lets campaigns write to the address again"),
    "segment.added": _l("added a segment"),
    "series.changed": _l("changed the series"),
    "series.created": _l("created the series"),
    "session.move_told": _l("told those who had signed up when and where the session is now"),
    "session.signups_ended": _l("told those who had signed up that the session is cancelled"),
    "speaking.answered": _l("answered whether they speak"),
    "speaking.asked": _l("asked a speaker"),
    "speaking.handed_in": _l("handed in what a speaker is asked for"),
    "speaking.released": _l("released biography and photo"),
    "speaking.reminded": _l("reminded speakers"),
    "speaking.thanked": _l("thanked speakers"),
    "speaking.told": _l("told speakers what has changed"),
    "speaking.written": _l("wrote the letters to speakers"),
    "session.cancelled": _l("cancelled the session"),
    "session.changed": _l("changed the session"),
    "session.created": _l("created the session"),
    "statement.approved": _l("approved the statement"),
    "signing.added": _l("recorded that the agreement was signed again"),
    "signing.described": _l("said how the agreement was signed"),
    "signing.removed": _l("took a ceremony off the agreement"),
    "register.applied": _l("imported the register"),
    "register.discarded": _l("discarded the register"),
    "register.handed_in": _l("handed in a register"),
    "register.undone": _l("undid the import of the register"),
    "statement.drafted": _l("drafted a statement"),
    "statement.withdrawn": _l("withdrew the statement"),
    "term.added": _l("added a word of agreements"),
    "term.changed": _l("changed a word of agreements"),
    "term.removed": _l("removed a word of agreements"),
    "track.added": _l("added a track"),
}

# What a line is about, by its table.
KINDS = {
    "accounts": _l("Account"),
    "agreements": _l("Agreement"),
    "appearances": _l("Session"),
    "campaigns": _l("Campaign"),
    "categories": _l("Category"),
    "check_in_points": _l("Check-in point"),
    "consent_texts": _l("Consent"),
    "duplicate_decisions": _l("Possible duplicate"),
    "contact_filters": _l("Filter of people"),
    "contact_lists": _l("Contact list"),
    "contacts": _l("Contact"),
    "editions": _l("Edition"),
    "experts": _l("Expert"),
    "halls": _l("Hall"),
    "invitations": _l("Invitation"),
    "incoming_mail": _l("Incoming mail"),
    "letters": _l("Letter"),
    "organisations": _l("Organisation"),
    "outcome_reports": _l("Report"),
    "people": _l("Person"),
    "print_runs": _l("Printed list"),
    "programme_imports": _l("Import"),
    "projects": _l("Project"),
    "published_tables": _l("Published figures"),
    "questions": _l("Question"),
    "import_batches": _l("Import"),
    "registrations": _l("Registration"),
    "delegations": _l("Delegation"),
    "saved_views": _l("Saved view"),
    "segments": _l("Segment"),
    "series": _l("Series"),
    "sessions": _l("Session"),
    "statements": _l("Statement"),
    "suppressions": _l("Suppressed address"),
    "terms": _l("Word"),
    "tracks": _l("Track"),
}

# Names of details and of the facts that were changed. Bookkeeping that says nothing to a reader is left out.
LABELS = {
    "abstract": _l("Abstract"),
    "active": _l("May sign in"),
    "added": _l("Added"),
    "address": _l("Address"),
    "aliases": _l("Other names"),
    "answer": _l("Answer"),
    "cancelled": _l("Cancelled"),
    "capacity": _l("Places"),
    "category": _l("Category"),
    "channel": _l("Channel"),
    "code": _l("Code"),
    "confidential": _l("Confidential"),
    "closes_at": _l("Changes until"),
    "columns": _l("Columns"),
    "contact": _l("Contact data"),
    "contact_email": _l("Contact"),
    "contact_name": _l("Contact person"),
    "contact_phone": _l("Phone of the contact"),
    "created": _l("Created"),
    "credit_code": _l("Unified Social Credit Code"),
    "day": _l("Day"),
    "email": _l("E-mail"),
    "ends_at": _l("End"),
    "ends_on": _l("Last day"),
    "filter": _l("Filter"),
    "format": _l("Format"),
    "hall_id": _l("Hall"),
    "held": _l("Held back"),
    "hosts": _l("Hosts"),
    "key": _l("Code"),
    "kind": _l("Kind"),
    "language": _l("Language"),
    "name": _l("Name or title"),
    "name_en": _l("Name (English)"),
    "number": _l("No."),
    "note": _l("Note"),
    "organisation": _l("Organisation"),
    "organisation_id": _l("Organisation"),
    "origin": _l("Origin"),
    "phone": _l("Phone"),
    "point": _l("Check-in point"),
    "read": _l("Read"),
    "position": _l("Order"),
    "reason": _l("Reason"),
    "retired": _l("Retired"),
    "refused": _l("Refused"),
    "registration_closes": _l("Registration closes"),
    "registration_opens": _l("Registration opens"),
    "registrations": _l("Registrations"),
    "released": _l("Released"),
    "role": _l("Role"),
    "scope": _l("For"),
    "segment_id": _l("Segment"),
    "site": _l("Site"),
    "skipped": _l("Left out"),
    "slug": _l("Short name"),
    "source": _l("Source"),
    "stage": _l("Stage"),
    "starts_at": _l("Start"),
    "starts_on": _l("First day"),
    "state": _l("State"),
    "summary": _l("Summary"),
    "theme": _l("Theme"),
    "title": _l("Title"),
    "to_send": _l("To send"),
    "track_id": _l("Track"),
    "unchanged": _l("Unchanged"),
    "until": _l("Until"),
    "updated": _l("Updated"),
    "venue": _l("Venue"),
    "withdrawn": _l("Withdrawn"),
    "zone": _l("Time zone"),
}

# Words that rows hold as codes.
VALUES = {
    "admin": _l("Administrator"),
    "bounced": _l("Came back"),
    "by_hand": _l("By hand"),
    "complained": _l("Complained"),
    "series": _l("Series"),
    "unsubscribed": _l("Unsubscribed"),
    "agreement": _l("Agreement"),
    "approvals": _l("In approvals"),
    "archived": _l("Archived"),
    "asked": _l("Asked to speak"),
    "auditor": _l("Auditor"),
    "cancelled": _l("Cancelled"),
    "closed": _l("Closed"),
    "coming": _l("Coming"),
    "completed": _l("Completed"),
    "confirmed": _l("Confirmed"),
    "contract": _l("Contract"),
    "declined": _l("Declined"),
    "delegation": _l("Delegation"),
    "desk": _l("Check-in desk"),
    "draft": _l("Draft"),
    "en": "English",
    "full": _l("Full capacity"),
    "helper": _l("Check-in helper"),
    "house": _l("The whole house"),
    "intention": _l("Intention"),
    "invitation": _l("Invitation"),
    "lead": _l("Lead"),
    "none": _l("No answer yet"),
    "not_coming": _l("Not coming"),
    "office": _l("Office"),
    "operating": _l("Operating"),
    "organizer": _l("Organizer"),
    "paste": _l("pasted"),
    "pending": _l("Pending"),
    "public": _l("Public site"),
    "published": _l("Published"),
    "registered": _l("Registered"),
    "reviewer": _l("Reviewer"),
    "staff": _l("Staff"),
    "stalled": _l("Stalled"),
    "started": _l("Started"),
    "substitute": _l("Substitute"),
    "suspended": _l("Suspended"),
    "talks": _l("In talks"),
    "terminated": _l("Terminated"),
    "waitlisted": _l("Waiting list"),
    "zh": "中文",
}
# Lines about guests are read by people who need no contact data: what of it stands in a reason or a name is masked.
GUESTS = {
    "registrations",
    "delegations",
    "contacts",
    "editions",
    "people",
    "saved_views",
    "import_batches",
    "invitations",
    "suppressions",
}
NAMES = {"code", "email", "key", "name", "slug", "title"}  # say themselves what they are
MOST = 80  # characters of one detail


def action_words(action: str) -> str:
    """What was done; the action's own name where nobody has words for it."""
    return str(ACTIONS.get(action, action))


def kind_words(table: str) -> str:
    """What kind of thing a line is about."""
    return str(KINDS.get(table, table))


def actor_words(label: str) -> str:
    """Who it was: a name, or the system's part and the guest's name said in the reader's language."""
    kind, colon, name = label.partition(": ")
    if colon and kind == "system":
        return str(_("System (%(part)s)", part=name))
    if colon and kind == "guest":
        return str(_("Guest %(name)s", name=name))
    return label


def facts(line: Activity) -> list[str]:
    """The details of a line that say something to people: ["State: Draft → Published", …]."""
    detail = dict(line.detail)
    before, after = detail.pop("before", None), detail.pop("after", None)
    said: list[str] = []
    if isinstance(before, dict) and isinstance(after, dict):
        said += _changed({name: [before[name], after.get(name)] for name in before if before[name] != after.get(name)})
    elif isinstance(before, str | int) and isinstance(after, str | int):
        said.append(f"{_value(before)} → {_value(after)}")
    said += _changed(detail.pop("changed", None) or {})
    if fields := [_label(name) for name in detail.pop("fields", []) if name in LABELS]:
        said.append(_("Changed: %(fields)s", fields=_(", ").join(fields)))
    for name, value in detail.items():
        if name in LABELS and value not in (None, "", [], {}):
            words = _value(value)
            said.append(words if name in NAMES else _("%(label)s: %(value)s", label=_label(name), value=words))
    return [without_contact(words) for words in said] if line.object_kind in GUESTS else said


def _changed(changed: dict[str, list[Any]]) -> Iterator[str]:
    """Short plain values as "old → new", of others only that they changed."""
    for name, pair in changed.items():
        if name not in LABELS:
            continue
        if name.endswith("_id") or not all(map(_plain, pair)):
            yield _("%(label)s changed", label=_label(name))
        else:
            old, new = (_value(value) or "–" for value in pair)
            yield _("%(label)s: %(value)s", label=_label(name), value=f"{old} → {new}")


def _plain(value: object) -> bool:
    """Whether people can read the value as it is: no code without words, nothing long, nothing with parts."""
    if isinstance(value, str) and value not in VALUES:
        return len(value) <= MOST // 2 and "Bilingual(" not in value and not re.fullmatch(r"[a-z]+(_[a-z]+)*", value)
    return value is None or isinstance(value, str | int)


def _label(name: str) -> str:
    return str(LABELS[name])


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    words = str(VALUES.get(value, value)) if isinstance(value, str) else str(value)
    return "" if words == "None" else words[:MOST]
