"""The extensions that every room shares: no logic."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from celery import Celery
from flask_babel import Babel, LazyString
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from markupsafe import escape
from sqlalchemy import MetaData, orm

from forums.columns import Day


class Base(orm.DeclarativeBase):
    """All tables; constraints are named alike so that migrations can drop them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    registry = orm.registry(metadata=metadata, type_annotation_map={date: Day})


db = SQLAlchemy(model_class=Base)
migrate = Migrate(directory=str(Path(__file__).parent / "migrations"))
babel = Babel()
# Flask-Babel calls what it translates later HTML. It is text, often with words in it that somebody typed.
# (It cannot go without: the session keeps messages that other packages translate later by their HTML.)
LazyString.__html__ = lambda self: escape(str(self))
bootstrap = Bootstrap5()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
celery = Celery("billet")
