"""The programme JSON of COSCUP 2019 and its kin: everything in zh and en, tracks hidden among tags."""

from forums.agenda.exchange.gathering import Gathering
from forums.agenda.exchange.kinds import kind_of
from forums.agenda.exchange.node import LONGEST_KEY, LONGEST_TEXT, Node
from forums.agenda.exchange.programme import (
    Facts,
    Part,
    Programme,
    ProgrammeHall,
    ProgrammePerson,
    ProgrammeSession,
    ProgrammeTrack,
)
from forums.columns import Bilingual

LANGUAGES = {"mandarin": "zh", "english": "en", "taiwanese": "nan", "japanese": "ja"}
LEVELS = {"beginner", "skilled", "advanced"}


def read(root: Node) -> Programme:
    found = Gathering("coscup", root)
    for room in root.children("rooms"):
        if key := room.key("id"):
            found.halls[key] = ProgrammeHall(key, pair(room, "name") or Bilingual(key, key))
    for tag in root.children("tags"):
        if (key := tag.key("id")) and key not in LANGUAGES and key not in LEVELS:
            found.tracks[key] = ProgrammeTrack(key, pair(tag, "name") or Bilingual(key, key))
    for speaker in root.children("speakers"):
        found.person(
            speaker, ProgrammePerson(speaker.key("id"), pair(speaker, "name"), bio=pair(speaker, "bio", LONGEST_TEXT))
        )
    kinds = {kind.key("id"): kind_of(pair(kind, "name").en) for kind in root.children("session_types")}
    for node in sessions(root, found):
        found.session(node, session(node, found, kinds))
    return found.programme(Facts())


def sessions(root: Node, found: Gathering) -> list[Node]:
    for _ in root.items("sessions"):
        found.counted()
    return list(root.children("sessions"))


def session(node: Node, found: Gathering, kinds: dict[str, str]) -> ProgrammeSession:
    tags = [tag.strip() for tag in node.items("tags") if isinstance(tag, str)]
    tracks = [tag for tag in tags if tag and tag not in LANGUAGES and tag not in LEVELS]
    return ProgrammeSession(
        key=node.key("id"),
        title=pair(node, "title"),
        abstract=pair(node, "description", LONGEST_TEXT),
        # A row without a type is a pause or a service: doors, lunch.
        kind=kinds.get(node.key("type"), "talk") if node.row.get("type") else "break",
        language=next((LANGUAGES[tag] for tag in tags if tag in LANGUAGES), ""),
        starts_at=node.moment("start"),
        ends_at=node.moment("end"),
        hall=found.hall(node, "room", node.key("room")),
        track=found.track(node, "tags", tracks[0][:LONGEST_KEY]) if tracks else "",
        people=found.parts(node, [*parts(node)]),
    )


def parts(node: Node) -> list[tuple[str, Part]]:
    return [
        (f"speakers[{index}]", Part(str(value)[:LONGEST_KEY])) for index, value in enumerate(node.items("speakers"))
    ]


def pair(node: Node, name: str, longest: int = 300) -> Bilingual:
    """The format turns bilingual texts inside out: {"zh": {"title": …}, "en": {"title": …}}."""
    return Bilingual(node.child("zh").text(name, longest), node.child("en").text(name, longest))
