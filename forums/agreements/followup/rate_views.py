"""Rates on the page and as files, and the projects behind each of their figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import money
from forums.agreements.blueprint import word_of
from forums.agreements.followup import queries
from forums.agreements.followup.blueprint import bp
from forums.agreements.followup.ladder import ORDER
from forums.agreements.followup.rates import GROUPS, MOST_DECIMALS, ROUNDINGS, Rates, Rounding, Signed, rates_of
from forums.agreements.followup.signed import signed_projects
from forums.clock import now, read_day
from forums.documents.operations import XLSX
from forums.documents.render import csv
from forums.documents.render.sheet import write_xlsx
from forums.editions.models import Edition, Series
from forums.editions.queries import editions_of
from forums.web import navigation
from forums.web.guards import can, may
from forums.web.language import language
from forums.web.paging import page_of_all

navigation.add(
    "series", _l("Rates"), "followup.rates", "outcomes.read", icon="chart", order=26, under="followup.stalled"
)


@dataclass(frozen=True)
class Asked:
    """How the page is to show the rates: as of the end of a day (None: now), in how many decimals, how rounded."""

    day: date | None
    today: date
    moment: datetime | None
    decimals: int
    rounding: Rounding

    @property
    def args(self) -> dict[str, Any]:
        return {
            "as_of": self.day.isoformat() if self.day else None,
            "decimals": self.decimals,
            "rounding": self.rounding,
        }


@bp.get("/office/series/<series>/followup/rates")
@may("outcomes.read")
def rates(series: Series) -> ResponseReturnValue:
    """履约率, 开工率, 到位率 of the series and of each of its editions."""
    editions = editions_of(series)
    asked = _asked(editions)
    unit = money.table_unit(language())
    return render_template(
        "agreements/followup/rates.html",
        series=series,
        table=_lines(series, editions, asked),
        asked=asked,
        roundings=_rounding_words(),
        most_decimals=MOST_DECIMALS,
        groups={
            name: [word_of("stages", stage) for stage in ORDER if stage in stages] for name, stages in GROUPS.items()
        },
        unit=unit,
        unit_label=money.unit_label(unit, language()),
        in_unit=money.in_unit,
        rows_url=lambda **wanted: url_for("followup.rate_rows", series=series.slug, **asked.args, **wanted),
        file_url=lambda ending: url_for("followup.rate_file", series=series.slug, ending=ending, **asked.args),
    )


@bp.get("/office/series/<series>/followup/rates.<any(csv, xlsx):ending>")
@may("outcomes.read")
def rate_file(series: Series, ending: str) -> ResponseReturnValue:
    editions = editions_of(series)
    asked = _asked(editions)
    rows = _file_rows(series, _lines(series, editions, asked), asked)
    name = f"rates-{series.slug}.{ending}"
    if ending == "xlsx":
        made = BytesIO()
        write_xlsx(rows, made, now())
        return _download(made.getvalue(), XLSX, name)
    return _download("".join(csv.lines(rows)).encode(), "text/csv; charset=utf-8", name)


@bp.get("/office/series/<series>/followup/rates/rows")
@may("outcomes.read")
def rate_rows(series: Series) -> ResponseReturnValue:
    """The projects behind a figure: ?edition=, ?group= (approvals, building, operating) and ?amount= narrow them."""
    editions = editions_of(series)
    asked = _asked(editions)
    edition = next((row for row in editions if row.slug == request.args.get("edition")), None)
    groups = set(request.args.get("group", "").split("+")) & set(GROUPS)
    amount = request.args.get("amount", "")
    rows = [
        row
        for row in signed_projects(series, as_of=asked.moment)
        if (edition is None or row.edition_id == edition.id)
        and (not groups or row.group in groups)
        and (amount != "inbound" or row.inbound is not None)
        and (amount != "paid" or row.paid is not None)
    ]
    page = page_of_all(sorted(rows, key=lambda row: row.project_id))
    unit = money.table_unit(language())
    return render_template(
        "agreements/followup/rate_rows.html",
        series=series,
        edition=edition,
        page=page,
        projects=queries.projects_by_id([row.project_id for row in page.items]),
        editions={row.id: row for row in editions},
        asked=asked,
        amount_of=lambda row, fen: _amount(row, fen, series, unit),
        unit_label=money.unit_label(unit, language()),
    )


def _lines(series: Series, editions: list[Edition], asked: Asked) -> list[tuple[Edition | None, Rates]]:
    """Each edition's rates, and those of the whole series last."""
    rows, see = signed_projects(series, as_of=asked.moment), can("amounts.confidential", series)
    by_edition: dict[int, list[Signed]] = {}
    for row in rows:
        by_edition.setdefault(row.edition_id, []).append(row)
    lines: list[tuple[Edition | None, Rates]] = [
        (edition, rates_of(by_edition.get(edition.id, []), see_confidential=see)) for edition in editions
    ]
    return [*lines, (None, rates_of(rows, see_confidential=see))]


def _asked(editions: list[Edition]) -> Asked:
    args = request.args
    decimals, rounding = args.get("decimals", 2, type=int), args.get("rounding", "")
    day = read_day(args.get("as_of", ""))
    zone = editions[-1].tz if editions else queries.DEFAULT_ZONE
    today = now().astimezone(zone).date()
    if day is not None and not date(1990, 1, 1) <= day < today:
        day = None
    return Asked(
        day=day,
        today=today,
        moment=datetime.combine(day + timedelta(days=1), time(), zone) if day else None,
        decimals=min(max(decimals, 0), MOST_DECIMALS),
        rounding=next((known for known in ROUNDINGS if known == rounding), "half_up"),
    )


def _rounding_words() -> dict[Rounding, str]:
    return {"half_up": _("rounded half up"), "truncated": _("truncated")}


def _amount(row: Signed, fen: int | None, series: Series, unit: str) -> str:
    if row.confidential and not can("amounts.confidential", series):
        return str(_("confidential"))
    return "—" if fen is None else str(money.in_unit(fen, unit))


def _file_rows(series: Series, lines: list[tuple[Edition | None, Rates]], asked: Asked) -> Iterator[list[str]]:
    """The rates with their terms; amounts in yuan, exactly."""
    as_of = (asked.day or asked.today).isoformat()
    yield [
        _("Edition"), _("Signed"), _("In approvals"), _("Building"), _("Operating"), _("Fulfilment rate"),
        _("Start rate"), _("Contracted inbound capital (yuan)"), _("Projects that state it"), _("Paid in (yuan)"),
        _("Paid-in rate"), _("As of"), _("Rounding"), _("Data"),
    ]  # fmt: skip
    shown = (asked.decimals, asked.rounding)
    for edition, line in lines:
        yield [
            edition.title.local(language()) if edition else _("The whole series"),
            *(str(number) for number in (line.signed, line.approvals, line.building, line.operating)),
            line.fulfilment.shown(*shown),
            line.start.shown(*shown),
            _yuan(line.inbound),
            f"{line.with_inbound} / {line.signed - line.hidden}",
            _yuan(line.paid),
            line.paid_in.shown(*shown),
            as_of,
            f"{asked.decimals}, {_rounding_words()[asked.rounding]}",
            _("synthetic") if series.synthetic else "",
        ]


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02}"


def _download(content: bytes, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(content, content_type=media_type, headers={"Content-Disposition": disposition})
