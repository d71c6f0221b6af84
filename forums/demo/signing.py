"""Takes an invented agreement through drafting and review, on the days on which it would have happened."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

from forums import clock
from forums.agreements import drafting, review
from forums.agreements.drafting import AgreementFacts, PartyFacts, ProjectFacts
from forums.agreements.models import Agreement, Project
from forums.agreements.scans.operations import attach
from forums.columns import Bilingual
from forums.demo.codes import credit_code
from forums.demo.scan import sample_pdf
from forums.demo.staff import Staff
from forums.documents.operations import PDF, receive
from forums.editions.models import Edition

HOST = PartyFacts(
    "host", Bilingual("示例县人民政府（示例）", "Sample County Government (synthetic)"), credit_code(9001)
)


@dataclass
class Ceremony:
    """Signs agreements at one edition, in order."""

    edition: Edition
    staff: Staff
    position: int = 0

    def project(self, facts: ProjectFacts) -> Project:
        """A new project, entered on the day after the edition."""
        with self.days_after(1):
            return drafting.create_project(self.edition.series, facts, synthetic=True, actor=self.staff.drafter)

    def draft(self, project: Project, amount: str, *, scanned: bool = False, **more: object) -> Agreement:
        """An agreement as the drafter enters it; an empty amount is undisclosed."""
        self.position += 1
        facts = agreement_facts(project, self.edition.starts_on, amount, self.position)
        facts = replace(facts, number=f"{self.edition.slug.upper()}-{self.position:02}", **more)  # type: ignore[arg-type]
        with self.days_after(1):
            row = drafting.draft(self.edition, project, facts, synthetic=True, actor=self.staff.drafter)
            if scanned:
                self._scan(row)
        return row

    def sign(self, project: Project, amount: str, *, scanned: bool = False, **more: object) -> Agreement:
        """An agreement that three people have approved."""
        return self.review(self.draft(project, amount, scanned=scanned, **more))

    def review(self, row: Agreement, until: str = "approved") -> Agreement:
        """Hand in, verify and approve, a few days apart, as far as `until`."""
        with self.days_after(2):
            review.submit(row, version=row.version, actor=self.staff.drafter)
        if until in {"verified", "approved"}:
            with self.days_after(6):
                review.verify(row, version=row.version, actor=self.staff.verifier)
        if until == "approved":
            with self.days_after(9):
                review.approve(row, version=row.version, actor=self.staff.approver)
        return row

    def days_after(self, days: int) -> AbstractContextManager[None]:
        """The clock stands at ten in the morning in Shanghai, some days after the edition."""
        at = datetime.combine(self.edition.ends_on + timedelta(days=days), time(2, 0), tzinfo=UTC)
        return clock.frozen(at)

    def _scan(self, row: Agreement) -> None:
        """A first scan and, with a reason, a better one."""
        name, kept = f"投资合同扫描件（示例）{row.number}.pdf", None
        for words, reason in (("first scan", ""), ("scan", "首次扫描缺页，重新扫描（示例）")):
            made = BytesIO(sample_pdf(f"Synthetic {words} of {row.number}"))
            arrival = receive(made, display_name=name, allowed=(PDF,))
            kept = attach(row, arrival, edition=self.edition, supersedes=kept, reason=reason, actor=self.staff.drafter)


def agreement_facts(project: Project, day: date, amount: str, position: int) -> AgreementFacts:
    """An investment contract between the invented county and the project's enterprise."""
    enterprise = project.organisation
    parties: tuple[PartyFacts, ...] = (HOST,)
    if enterprise is not None:
        parties += (PartyFacts("investor", enterprise.name, enterprise.credit_code or ""),)
    return AgreementFacts(
        title=Bilingual(f"{project.name.zh}投资合同", f"Investment contract: {project.name.en}"),
        kind="investment",
        binding="contract",
        signed_on=day,
        amount=amount,
        undisclosed=not amount,
        position=position,
        parties=parties,
    )
