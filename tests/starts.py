"""The databases that tests begin with: empty, or with the cast, an edition or the demonstration data in them.

Each start is made by the operations that make such rows, once per database, and kept for all test processes: a file
beside SQLite's, a script for PostgreSQL, and the files that its rows name. To begin anew is then a matter of a few
milliseconds.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
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
SCHEMA = "billet_schema"  # the database with the tables only, which PostgreSQL copies


class Starts:
    """What one app's database may begin with. To be made, and asked, inside that app's context.

    `now` names what the database began with last.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.database = db.engine.dialect.name
        self.shelf = Path(os.environ["TEST_STARTS"])
        self.scripts: dict[tuple[str, ...], str] = {}
        self.now: tuple[str, ...] = ()

    def migrate(self) -> None:
        """Make the database: by all migrations in the first process that comes, as a copy of that one in the others."""
        with self._turn("schema") as kept:
            made = kept.exists()
            if self.database == "postgresql":
                servers.create_database(str(db.engine.url.database), SCHEMA if made else None)
            elif made:
                shutil.copy(kept, self.data / "billet.sqlite3")
            if made:
                return
            upgrade()
            db.session.remove()
            db.engine.dispose()
            if self.database == "postgresql":
                servers.create_database(SCHEMA, str(db.engine.url.database))
                kept.touch()
            else:
                shutil.copy(self.data / "billet.sqlite3", kept)

    def begin(self, wanted: Iterable[str]) -> None:
        """Empty the database and bring in what is wanted of MAKERS, always in the order in which they stand there."""
        asked = set(wanted)
        self.now = tuple(name for name in MAKERS if name in asked)
        self._restore(self.now)

    def lend(self, folder: Path, *names: str) -> None:
        """Make this the data folder of another app on SQLite that begins with these."""
        self.begin(names)
        kept = self._kept(names)
        folder.mkdir(exist_ok=True)
        shutil.copy(kept, folder / "billet.sqlite3")
        if (files := kept.with_name(f"{kept.name}-files")).exists():
            shutil.copytree(files, folder / "files")

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

    def _kept(self, names: tuple[str, ...]) -> Path:
        """Where a start is kept; made first, by one process for all, where it is not there yet."""
        with self._turn("-".join(names) or "empty") as kept:
            if not kept.exists():
                self._make(names)
                self._keep(kept)
        return kept

    @contextmanager
    def _turn(self, name: str) -> Iterator[Path]:
        """A place on the shelf, for this process alone as long as the block runs."""
        kept = self.shelf / f"{self.database}-{name}"
        with (self.shelf / f"{kept.name}.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield kept

    def _make(self, names: tuple[str, ...]) -> None:
        if names:
            self._restore(())
        shutil.rmtree(self.data / "files", ignore_errors=True)  # what earlier tests left is nobody's start
        for name in names:
            MAKERS[name]()

    def _keep(self, kept: Path) -> None:
        db.session.remove()
        if (self.data / "files").exists():
            shutil.copytree(self.data / "files", kept.with_name(f"{kept.name}-files"))
        if self.database == "postgresql":
            with db.engine.connect() as connection:
                kept.write_text(servers.script_of(connection, [table.name for table in db.metadata.sorted_tables]))
        else:
            db.engine.dispose()
            shutil.copy(self.data / "billet.sqlite3", kept)

    def _restore(self, names: tuple[str, ...]) -> None:
        db.session.remove()
        kept = self._kept(names)
        if (files := kept.with_name(f"{kept.name}-files")).exists():
            shutil.copytree(files, self.data / "files", dirs_exist_ok=True)
        if self.database == "postgresql":
            if names not in self.scripts:
                self.scripts[names] = kept.read_text()
            with db.engine.connect().execution_options(billet_write=True) as connection, connection.begin():
                connection.exec_driver_sql(self.scripts[names])
            return
        db.engine.dispose()
        for leftover in self.data.glob("billet.sqlite3*"):
            leftover.unlink()
        shutil.copy(kept, self.data / "billet.sqlite3")
