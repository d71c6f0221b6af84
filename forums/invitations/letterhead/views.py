from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.clock import now
from forums.documents.sending import send
from forums.editions.models import Edition
from forums.invitations import emails, letter_text, openings, previews
from forums.invitations.letter_text import Guest
from forums.invitations.letterhead import operations, paper, queries
from forums.invitations.letterhead.forms import HeadForm
from forums.invitations.letterhead.models import Letterhead
from forums.invitations.queries import find_campaign
from forums.mail.rendering import speaking
from forums.transaction import transaction
from forums.web.guards import actor, can, may
from forums.web.language import language

bp = Blueprint("letterhead", __name__)
bp.add_app_template_global(queries.current_head, "letterhead_of")
PDF = "application/pdf"
LONGEST = Guest(
    "阿卜杜热西提·买买提明·吐尔逊江·艾合买提",
    "濉溪县先进铝基复合材料产业技术创新战略联盟",
    "首席科学家兼技术委员会主任",
)


@bp.route("/office/e/<edition>/letterhead", methods=["GET", "POST"])
@may("editions.manage")
def show(edition: Edition) -> ResponseReturnValue:
    """Who the formal letters of the edition are from, and how they look."""
    form = HeadForm()
    if not form.is_submitted():
        form.show(queries.current_head(edition), edition.hosts)
    elif form.validate():
        with transaction():
            operations.save_head(edition, form.facts(), actor=actor())
        flash(_("Saved. Letters that are written from now on look like this."), "success")
        return redirect(url_for("letterhead.show", edition=edition.slug), 303)
    return render_template(
        "invitations/letterhead/show.html",
        edition=edition,
        form=form,
        head=queries.current_head(edition),
        earlier=_earlier(edition),
    )


@bp.post("/office/e/<edition>/letterhead/copies")
@may("editions.manage")
def take_over(edition: Edition) -> ResponseReturnValue:
    """Begin with the letterhead of the edition before, for those who manage that one too: a seal may be on it."""
    source = _earlier(edition)
    if source is None:
        flash(_("There is no earlier letterhead to take over, or this edition has one already."), "warning")
    else:
        with transaction():
            operations.take_over(edition, source, actor=actor())
        flash(_("Taken over. Check who signs and what stands at the foot of the page."), "success")
    return redirect(url_for("letterhead.show", edition=edition.slug), 303)


@bp.get("/office/e/<edition>/letterhead/sample.<any(pdf,png):kind>")
@may("editions.manage")
def sample(edition: Edition, kind: str) -> ResponseReturnValue:
    """?language=zh|en &guest=longest|untitled : a letter with the words that a new campaign proposes."""
    spoken = request.args.get("language", "")
    spoken = spoken if spoken in {"zh", "en"} else language()
    guest = _sample_guest(request.args.get("guest", ""), spoken)
    body = openings.BODIES["invitation"].local(spoken)
    words = paper.Words(
        language=spoken,
        guest=guest,
        title=edition.title.local(spoken),
        paragraphs=letter_text.paragraphs(letter_text.fill(body, guest, edition, spoken)),
        link=emails.masked_link(spoken),
        written_on=now().astimezone(edition.tz).date(),
    )
    head = queries.current_head(edition)
    if kind == "png":
        return _shown(paper.letter_picture(head, edition, words), "image/png")
    return _shown(paper.letter_pdf(head, edition, words), PDF)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/formal-letter.pdf")
@may("editions.manage")
def of_campaign(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """?contact= &letter=zh|en : the formal letter of a campaign as that person gets it, with a hidden link."""
    row = find_campaign(campaign_id, edition) or abort(404)
    person = previews.person(row, request.args.get("contact", 0, type=int))
    wished = request.args.get("letter", "")
    theirs = person.language if person else language()
    spoken = emails.language_of(row, wished if wished in {"zh", "en"} else theirs)
    guest = Guest(person.name, person.organisation, person.title) if person else _sample_guest("", spoken)
    return _shown(emails.on_paper(row, guest, spoken), PDF)


@bp.get("/office/e/<edition>/letterhead/<any(logo,seal):kind>.png")
@may("editions.manage")
def picture(edition: Edition, kind: str) -> ResponseReturnValue:
    """What is printed now, for the eyes of those who manage the edition."""
    head = queries.current_head(edition)
    document = getattr(head, kind) if head else None
    return send(document or abort(404))


def _earlier(edition: Edition) -> Letterhead | None:
    source = queries.head_to_take_over(edition)
    return source if source is not None and can("editions.manage", source.edition) else None


def _sample_guest(which: str, spoken: str) -> Guest:
    with speaking(spoken):
        if which == "longest":
            return LONGEST
        if which == "untitled":
            return Guest(_("Zhang San"))
        return Guest(_("Zhang San"), _("Example Works"), _("Professor"))


def _shown(content: bytes, media_type: str) -> Response:
    """A letter to look at, which browsers do not keep, since a seal is on it."""
    return Response(content, mimetype=media_type, headers={"Cache-Control": "private, no-store"})
