"""Imports point one way: between rooms, inside a room, and never from the domain to the request."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORUMS = ROOT / "forums"

# A room may import those on lines above its own; rooms on one line do not know each other.
ORDER = (
    (
        "clock",
        "columns",
        "extensions",
        "errors",
        "masks",
        "money",
        "pinyin",
        "tokens",
        "links",
        "transaction",
        "celery_app",
        "redis_broker",
    ),
    ("statements",),
    ("activity",),
    ("jobs", "documents"),
    ("mail",),
    ("accounts",),
    ("web",),
    ("directory",),
    ("editions",),
    ("imports",),
    ("experts",),
    ("agenda",),
    ("registrations", "agreements"),
    ("invitations",),
    ("outcomes",),
    ("home",),
    ("demo",),
    ("operate",),
    ("cli", "embedded"),
    ("__init__",),
)
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
# What stands at the edge of a room knows the web; and the web knows who is signed in.
PARTS = {"models", "queries", "operations", "forms", "emails", "views", "tasks", "commands"}
EDGES = {"views", "forms", "signin"}
# These few read the request by their nature: error pages answer it, letters set the language that pages read.
MAY_READ_THE_REQUEST = {"forums/errors.py", "forums/mail/rendering.py"}
OF_THE_REQUEST = {"request", "session", "g", "current_user"}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(FORUMS.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of every import anywhere in the file; name is empty for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def place(path: Path) -> tuple[str, str]:
    """The room and the part of a file: ("agenda", "views"); a file beside the rooms is its own room.

    A room inside a room (registrations/checkin/views.py) belongs to the outer one.
    """
    parts = path.relative_to(FORUMS).with_suffix("").parts
    return parts[0], kind(parts[-1]) if len(parts) > 1 else ""


def kind(part: str) -> str:
    """Views that have grown into several files (office_views, my_views) are views."""
    return "views" if part.endswith("_views") else part


def ours() -> Iterator[tuple[str, str, str, str, str]]:
    """(file, room, part, imported room, imported part) of every import between our own files."""
    for path, tree in sources():
        for module, name in imports(tree):
            if module == "forums" or module.startswith("forums."):
                room, *inside = (*module.split(".")[1:], name)
                part = next((kind(step) for step in inside if kind(step) in PARTS), inside[0] if inside else "")
                yield path.relative_to(ROOT).as_posix(), *place(path), room, part


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = {place(path)[0] for path, _ in sources()}
    assert rooms <= set(RANK)


def test_rooms_import_only_what_lies_below_them() -> None:
    wrong = [
        f"{file} imports {room}"
        for file, own, part, room, _ in ours()
        if room in RANK
        and room != own
        and RANK[own] > 0
        and RANK[room] >= RANK[own]
        and not (part in EDGES and room in {"web", "accounts"})
    ]
    assert wrong == []


def test_inside_a_room_models_come_first_and_views_last() -> None:
    outer = {"views", "tasks", "commands"}
    beyond = {
        "models": {"queries", "operations", "emails", "forms", *outer},
        "queries": {"operations", "emails", "forms", *outer},
    }
    wrong = [
        f"{file} imports {room}.{imported}"
        for file, own, part, room, imported in ours()
        if own not in {"cli", "__init__"}
        and ((imported in outer and part not in outer) or (room == own and imported in beyond.get(part, set())))
    ]
    assert wrong == []


def test_below_views_nothing_reads_the_request() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in sources()
        for module, name in imports(tree)
        if module in {"flask", "flask_login", "flask_security"}
        and name in OF_THE_REQUEST
        and place(path)[1] not in EDGES
        and place(path)[0] != "web"
        and path.relative_to(ROOT).as_posix() not in MAY_READ_THE_REQUEST
    ]
    assert wrong == []


def test_no_file_is_a_drawer_for_everything() -> None:
    assert [
        path.name
        for path, _ in sources()
        if path.stem in {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    ] == []
