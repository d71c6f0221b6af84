"""Makes agreements through the room's own operations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

from forums.agreements import drafting, proposals, review
from forums.agreements.drafting import AgreementFacts, PartyFacts, ProjectFacts
from forums.agreements.models import Agreement, Project
from forums.columns import Bilingual
from forums.documents.models import Document
from forums.documents.operations import store
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import Cast, make_edition, make_series

CODE = "91340621MA0000011U"


def project_facts(name: str = "铝箔项目（示例）", **more: object) -> ProjectFacts:
    facts = ProjectFacts(
        name=Bilingual(name, "Foil project (synthetic)"),
        enterprise=Bilingual("示例铝业有限公司", "Synthetic Aluminium Ltd"),
        origin="31",
        channel="forum",
    )
    return replace(facts, **more)  # type: ignore[arg-type]


def facts(edition: Edition, amount: str = "5亿元", **more: object) -> AgreementFacts:
    made = AgreementFacts(
        title=Bilingual("投资协议（示例）", "Investment contract (synthetic)"),
        kind="investment",
        binding="contract",
        signed_on=edition.starts_on,
        amount=amount,
        undisclosed=not amount,
        parties=(
            PartyFacts("host", Bilingual("示例县人民政府", "Synthetic County Government")),
            PartyFacts("investor", Bilingual("示例铝业有限公司", "Synthetic Aluminium Ltd")),
        ),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def make_project(edition: Edition, cast: Cast, name: str = "铝箔项目（示例）", **more: object) -> Project:
    with transaction():
        return drafting.create_project(edition.series, project_facts(name, **more), actor=cast.staff.actor)


def make_draft(
    edition: Edition, cast: Cast, amount: str = "5亿元", *, project: Project | None = None, **more: object
) -> Agreement:
    with transaction():
        project = project or drafting.create_project(edition.series, project_facts(), actor=cast.staff.actor)
        return drafting.draft(edition, project, facts(edition, amount, **more), actor=cast.staff.actor)


def pass_review(row: Agreement, cast: Cast, until: str = "approved") -> Agreement:
    """Take a draft as far as `until` with three people."""
    with transaction():
        review.submit(row, version=row.version, actor=cast.staff.actor)
        if until in {"verified", "approved"}:
            review.verify(row, version=row.version, actor=cast.reviewer.actor)
        if until == "approved":
            review.approve(row, version=row.version, actor=cast.reviewer2.actor)
    return row


def cancel(row: Agreement, cast: Cast, on: date, reason: str = "Sold") -> Agreement:
    """Cancelled by two people."""
    with transaction():
        proposal = proposals.propose(
            row, "cancellation", day=on, reason=reason, version=row.version, actor=cast.staff.actor
        )
        proposals.confirm(proposal, version=row.version, actor=cast.reviewer.actor)
    return row


def make_evidence(cast: Cast) -> Document:
    with transaction():
        return store(BytesIO(b"%PDF-1.7 annex"), display_name="附件二.pdf", kind="evidence", actor=cast.staff.actor)


def make_approved(edition: Edition, cast: Cast, amount: str = "5亿元", **more: object) -> Agreement:
    return pass_review(make_draft(edition, cast, amount, **more), cast)


def five_years() -> list[Edition]:
    """A series with the editions of 2016 to 2020."""
    series = make_series()
    days = [date(year, 9, 20) for year in range(2016, 2021)]
    return [make_edition(series, slug=f"alu-{day.year}", starts_on=day, ends_on=day) for day in days]


def again(row: Agreement) -> Agreement:
    """The row as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Agreement, row.id)
