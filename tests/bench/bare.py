"""The ceiling: a bare Flask app with a 20 kB form, one conditional UPDATE with an INSERT, and a page."""

from __future__ import annotations

import os

from flask import Flask, redirect, request
from sqlalchemy import create_engine, text
from werkzeug.wrappers import Response

FORM = "<!doctype html><title>Register</title><form method=post><input name=name><input name=email></form>".ljust(
    20_000
)


def application() -> Flask:
    app = Flask(__name__)
    engine = create_engine(os.environ["BARE_DATABASE_URL"], pool_size=10, max_overflow=10)

    @app.get("/form")
    def form() -> str:
        return FORM

    @app.post("/form")
    def register() -> Response:
        with engine.begin() as connection:
            got = connection.execute(text("UPDATE places SET taken = taken + 1 WHERE id = 1 AND taken < capacity"))
            row = connection.execute(
                text("INSERT INTO people (name, email, confirmed) VALUES (:name, :email, :ok) RETURNING id"),
                {"name": request.form["name"], "email": request.form["email"], "ok": got.rowcount == 1},
            )
            number = row.scalar_one()
        return redirect(f"/page/{number}", 303)

    @app.get("/page/<int:number>")
    def page(number: int) -> str:
        with engine.connect() as connection:
            row = connection.execute(text("SELECT name, confirmed FROM people WHERE id = :id"), {"id": number}).one()
        return f"<!doctype html><title>You</title><p>{row.name}: {row.confirmed}"

    return app
