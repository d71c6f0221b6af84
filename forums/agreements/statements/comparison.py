"""Two statements beside each other: what came, what went, what changed, why, and how exactly these move the totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _

from forums import money
from forums.agreements.counting import APPROVED, Row
from forums.agreements.statements.content import Content, Entry, Key
from forums.agreements.statements.writing import Writer, edition_names, reason_words, row_name
from forums.agreements.tally import Sum, cell_of
from forums.agreements.vocabulary import BINDINGS, CHANNELS, KINDS, REGIONS
from forums.documents.report import Cell as TableCell
from forums.documents.report import Column, Paragraph, Report, Section, Table, Words

Status = Literal["came", "went", "changed"]
COLUMNS = ("contracted", "intended")


@dataclass(frozen=True)
class Move:
    """A signing that the two statements count differently; None is a signing that one of them does not know."""

    key: Key
    status: Status
    before: Entry | None
    after: Entry | None

    @property
    def row(self) -> Row:
        entry = self.after or self.before
        assert entry is not None  # noqa: S101 - one of the two knows it
        return entry.row

    @property
    def is_secret(self) -> bool:
        return any(entry is not None and entry.row.confidential for entry in (self.before, self.after))

    def adds(self, column: str) -> Sum:
        """What it adds to a column's total, less than nothing where it goes."""
        change = _adds(self.after, column) - _adds(self.before, column)
        if not self.is_secret:
            return change
        # An amount that is confidential on one side is so on both.
        fen = change.fen + change.secret_fen
        return Sum(change.projects, change.disclosed, 0, fen, int(fen != 0))


@dataclass(frozen=True)
class Comparison:
    """The moves from one statement to another, and both totals by column."""

    moves: list[Move]
    before: Mapping[str, Sum]
    after: Mapping[str, Sum]

    def of(self, status: Status) -> list[Move]:
        return [move for move in self.moves if move.status == status]

    def moved(self, status: Status, column: str) -> Sum:
        return _sum(move.adds(column) for move in self.of(status))

    @property
    def foots(self) -> bool:
        """Whether the one total and these rows give the other, exactly, in each column."""
        return all(
            _exact(self.before[column] + _sum(move.adds(column) for move in self.moves)) == _exact(self.after[column])
            for column in COLUMNS
        )


def compare(before: Iterable[Entry], after: Iterable[Entry]) -> Comparison:
    """What moved between the entries of two statements, in the order of signing."""
    then, now = ({entry.key: entry for entry in entries} for entries in (before, after))
    moves = []
    for key in then.keys() | now.keys():
        status = _status(then.get(key), now.get(key))
        if status:
            moves.append(Move(key, status, then.get(key), now.get(key)))
    moves.sort(key=lambda move: (move.row.signed_on, move.row.position, move.key))
    totals = [
        {column: _sum(_adds(entry, column) for entry in entries.values()) for column in COLUMNS}
        for entries in (then, now)
    ]
    return Comparison(moves, *totals)


def _status(before: Entry | None, after: Entry | None) -> Status | None:
    counted, counts = (entry is not None and entry.counts for entry in (before, after))
    if counts and not counted:
        return "came"
    if counted and not counts:
        return "went"
    if counts and before is not None and after is not None and _shown(before) != _shown(after):
        return "changed"
    return None


def _shown(entry: Entry) -> tuple[object, ...]:
    """What the figures of a statement say of a signing."""
    credit, row = entry.credit, entry.row
    assert credit is not None  # noqa: S101 - it counts
    return (
        credit.column, credit.projects, credit.fen, credit.currency, credit.binding,
        row.project_id, row.segment, row.channel, row.origin, row.kind,
    )  # fmt: skip


def _adds(entry: Entry | None, column: str) -> Sum:
    credit = entry.credit if entry is not None else None
    if credit is None or credit.column != column:
        return Sum()
    if credit.fen is None:
        return Sum(credit.projects)
    fen = credit.fen if credit.currency == "CNY" else 0
    if credit.row.confidential:
        return Sum(credit.projects, credit.projects, 0, fen, int(fen != 0))
    return Sum(credit.projects, credit.projects, fen)


def _sum(parts: Iterable[Sum]) -> Sum:
    total = Sum()
    for part in parts:
        total += part
    return total


def _exact(total: Sum) -> tuple[int, int, int]:
    return (total.projects, total.disclosed, total.fen + total.secret_fen)


# ---- in words --------------------------------------------------------------------------------------------------------


def report(
    found: Comparison,
    contents: tuple[Content, Content],
    moments: tuple[str, str],
    why: Mapping[int, str],
    writer: Writer,
    *,
    see_confidential: bool,
    issued: str,
) -> Report:
    """The comparison as a report; `contents` are both statements as this reader may see them."""
    before, after = contents
    names = {(row["agreement"], row["edition"]): row for content in contents for row in content["rows"]}
    sections = [
        Section(_("How the totals move"), tuple(_totals(found, writer, see_confidential=see_confidential)), id="totals")
    ]
    titles: dict[Status, str] = {"came": _("What came"), "went": _("What went"), "changed": _("What changed")}
    labels = {"editions": edition_names(after, writer), "segments": dict(after["labels"]["segments"])}
    for status, title in titles.items():
        moves = found.of(status)
        table = _moves(moves, names, labels, why, writer, see_confidential=see_confidential)
        sections.append(Section(f"{title} ({len(moves)})", (table,), id=status))
    return Report(
        title=_("Statements %(before)s and %(after)s", before=before["number"], after=after["number"]),
        subtitle=writer.local((after["edition"] or after["series"])["title"]),
        language=writer.language,
        issued=issued,
        sections=tuple(sections),
        meta={
            _("Statement %(number)s", number=before["number"]): _("as of %(moment)s", moment=moments[0]),
            _("Statement %(number)s", number=after["number"]): _("as of %(moment)s", moment=moments[1]),
        },
        mark=_("Synthetic demonstration data") if after["series"]["synthetic"] else "",
        words=Words.spoken(),
    )


def _totals(found: Comparison, writer: Writer, *, see_confidential: bool) -> Iterable[Table | Paragraph]:
    columns = (
        Column(_("From the one to the other"), weight=2),
        Column(_("Contracted projects"), "number"),
        writer.amounts(_("Contracted amount")),
        Column(_("Intended projects"), "number"),
        writer.amounts(_("Intended amount")),
    )

    def line(label: str, sums: Iterable[Sum]) -> tuple[TableCell, ...]:
        cells = [cell_of(total, see_confidential=see_confidential) for total in sums]
        return (label, *(part for cell in cells for part in (cell.projects, writer.amount(cell))))

    rows = [line(_("Before"), (found.before[column] for column in COLUMNS))]
    titles: dict[Status, str] = {"came": _("came"), "went": _("went"), "changed": _("changed")}
    for status, title in titles.items():
        rows.append(line(title, (found.moved(status, column) for column in COLUMNS)))
    total = line(_("After"), (found.after[column] for column in COLUMNS))
    yield Table(columns, tuple(rows), total, id="moves", live=True)
    if found.foots:
        yield Paragraph(_("✓ It foots: the first total and these rows give the second, to the fen."), "note")
    else:
        yield Paragraph(_("It does not foot: these rows do not explain the second total."), "warning")


def _moves(
    moves: list[Move],
    names: Mapping[Key, Content],
    labels: Mapping[str, Mapping[int, Any]],
    why: Mapping[int, str],
    writer: Writer,
    *,
    see_confidential: bool,
) -> Table:
    columns = (
        Column(_("Project"), weight=2.4),
        Column(_("Edition"), weight=0.8),
        Column(_("Contracted projects"), "number", weight=0.8),
        writer.amounts(_("Contracted amount"), 1),
        Column(_("Intended projects"), "number", weight=0.8),
        writer.amounts(_("Intended amount"), 1),
        Column(_("Why"), weight=3),
    )
    rows = []
    for move in moves:
        hidden = move.is_secret and not see_confidential
        cells: list[TableCell] = []
        for column in COLUMNS:
            change = move.adds(column)
            fen = change.fen + change.secret_fen
            cells += [change.projects, str(_("confidential")) if hidden and (fen or change.projects) else fen]
        reasons = _reasons(move, labels, writer, hidden=hidden)
        said = "" if hidden else why.get(move.row.agreement_id, "")
        rows.append(
            (
                row_name(names[move.key], writer),
                labels["editions"].get(move.row.edition_id, ""),
                *cells,
                "; ".join([*reasons, *([f"“{said}”"] if said else [])]),
            )
        )
    return Table(columns, tuple(rows), note="" if rows else _("Nothing."))


def _reasons(move: Move, labels: Mapping[str, Mapping[int, Any]], writer: Writer, *, hidden: bool) -> list[str]:
    """Why the two statements count the signing differently, out of the facts that differ."""
    before, after = move.before, move.after
    if before is None:
        return [_("recorded and approved since")]
    if after is None:
        return [_("not on record any more")]
    then, now = before.row, after.row
    said = [
        *_review(then, now),
        *_duplicates(then, now),
        *_amount(then, now, writer, hidden=hidden),
        *_facts(then, now, labels, writer),
    ]
    if before.credit and after.credit and before.credit.reason != after.credit.reason:
        said.append(f"{reason_words(before.credit.reason)} → {reason_words(after.credit.reason)}")
    return said or [_("another signing of the project changed")]


def _review(then: Row, now: Row) -> Iterable[str]:
    if (now.review in APPROVED) != (then.review in APPROVED):
        yield _("approved since") if now.review in APPROVED else _("under review again")
    if now.cancelled != then.cancelled:
        yield _("cancelled since") if now.cancelled else _("no longer cancelled")


def _duplicates(then: Row, now: Row) -> Iterable[str]:
    if now.project_id != then.project_id:
        restored = now.project_id == now.own_id
        yield _("no longer set aside as a duplicate") if restored else _("set aside as a duplicate since")


def _amount(then: Row, now: Row, writer: Writer, *, hidden: bool) -> Iterable[str]:
    if (then.fen, then.currency) == (now.fen, now.currency):
        return
    if hidden:
        yield _("amount corrected")
        return
    yield _(
        "amount %(before)s → %(after)s",
        before=_words_of(then, writer),
        after=_words_of(now, writer),
    )


def _words_of(row: Row, writer: Writer) -> str:
    return str(_("undisclosed")) if row.fen is None else money.format_amount(row.fen, row.currency, writer.language)


def _facts(then: Row, now: Row, labels: Mapping[str, Mapping[int, Any]], writer: Writer) -> Iterable[str]:
    for label, name, words in (
        (_("kind"), "kind", KINDS),
        (_("binding class"), "binding", BINDINGS),
        (_("channel"), "channel", CHANNELS),
        (_("origin"), "origin", REGIONS),
    ):
        before, after = getattr(then, name), getattr(now, name)
        if before != after:
            either = (writer.word(words, code) if code else _("not stated") for code in (before, after))
            yield f"{label}: {' → '.join(either)}"
    if then.segment != now.segment:
        segments = labels["segments"]
        either = (
            writer.local(segments[key]) if key in segments else _("not stated")
            for key in (then.segment or 0, now.segment or 0)
        )
        yield _("segment: %(moved)s", moved=" → ".join(either))
    if then.signed_on != now.signed_on:
        yield _("signed on: %(moved)s", moved=f"{then.signed_on} → {now.signed_on}")
