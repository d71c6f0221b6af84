"""The databases that tests begin with: empty, or with the cast, an edition or the demonstration data in them.

Each start is made by the operations that make such rows, once per test process and database, and kept: a file beside
SQLite's, a script for PostgreSQL. To begin anew is then a matter of a few milliseconds.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from forums.accounts.models import Account
from forums.demo.loading import load_demo
from forums.editions.models import Edition
from forums.extensions import db
from tests import servers
from tests.cast import Cast, hire, make_edition, make_series

MAKERS: dict[str, Callable[[], Any]] = {
    "cast": lambda: hire(make_series("other")),
    "edition": make_edition,
    "demo_data": load_demo,
}


class Starts:
    """What one app's database may begin with. To be made, and asked, inside that app's context.

    `kept` holds what a start is had from: a file's path or a script; `now` names what the database began with last.
    """

    def __init__(self, data: Path) -> None:
        self.data = data if db.engine.dialect.name == "sqlite" else None
        self.kept = {(): self._keep(())}
        self.now: tuple[str, ...] = ()

    def begin(self, wanted: Iterable[str]) -> None:
        """Empty the database and bring in what is wanted of MAKERS, always in the order in which they stand there."""
        asked = set(wanted)
        self.now = tuple(name for name in MAKERS if name in asked)
        if self.now in self.kept:
            self._restore(self.kept[self.now])
            return
        self._restore(self.kept[()])
        for name in self.now:
            MAKERS[name]()
        self.kept[self.now] = self._keep(self.now)

    def cast(self) -> Cast:
        if "cast" not in self.now:
            return MAKERS["cast"]()
        rows = db.session.execute(select(Account.email, Account.id)).all()
        db.session.rollback()
        return Cast({email.partition("@")[0]: account_id for email, account_id in rows})

    def edition(self) -> Edition:
        if "edition" not in self.now:
            return MAKERS["edition"]()
        [row] = db.session.scalars(select(Edition))
        db.session.rollback()
        return row

    def _keep(self, names: tuple[str, ...]) -> str:
        db.session.remove()
        if self.data is None:
            with db.engine.connect() as connection:
                return servers.script_of(connection, [table.name for table in db.metadata.sorted_tables])
        db.engine.dispose()
        kept = self.data / f"start-{'-'.join(names)}.sqlite3"
        shutil.copy(self.data / "billet.sqlite3", kept)
        return str(kept)

    def _restore(self, kept: str) -> None:
        db.session.remove()
        if self.data is None:
            with db.engine.connect().execution_options(billet_write=True) as connection, connection.begin():
                connection.exec_driver_sql(kept)
            return
        db.engine.dispose()
        for leftover in self.data.glob("billet.sqlite3*"):
            leftover.unlink()
        shutil.copy(kept, self.data / "billet.sqlite3")
