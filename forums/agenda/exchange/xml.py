"""The c3voc schedule as XML, turned into the shape of its JSON, so that one reader serves both."""

from flask_babel import lazy_gettext as _l
from lxml import etree

from forums.agenda.exchange.programme import Unreadable
from forums.agenda.exchange.rows import MOST_OBJECTS, Row, too_many


def load(data: bytes) -> Row:
    """The document as c3voc JSON would hold it, each object with its line. Raises Unreadable."""
    if data.count(b"<") > 2 * MOST_OBJECTS:
        raise too_many()
    # Nothing outside the file is fetched, no entity is replaced, and libxml2's own limits on depth and size stay on.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        line = getattr(fault, "lineno", None) or 1
        raise Unreadable(_l("This is not valid XML: line %(line)s.", line=line)) from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable(_l("This XML declares a document type, which a schedule has no need of; it was not read."))
    if name_of(root) != "schedule":
        raise Unreadable(_l("This XML is no schedule: its first element is not <schedule>."))
    return row(root, "", schedule=schedule(root))


def schedule(root: etree._Element) -> Row:
    about = child(root, "conference")
    if about is None:
        return row(root, "schedule")
    conference = texts(about, "schedule/conference")
    conference["days"] = [day(element, f"schedule/day[{n}]") for n, element in numbered(root, "day")]
    return row(root, "schedule", conference=conference)


def day(element: etree._Element, path: str) -> Row:
    rooms = row(element, path)
    for n, room in numbered(element, "room"):
        events = [event(each, f"{path}/room[{n}]/event[{m}]") for m, each in numbered(room, "event")]
        already = rooms.setdefault(room.get("name", ""), [])
        if isinstance(already, list):
            already.extend(events)
    return row(element, path, date=element.get("date"), day_start=element.get("start"), rooms=rooms)


def event(element: etree._Element, path: str) -> Row:
    found = texts(element, path)
    found.update({name: element.get(name) for name in ("guid", "code", "id")})
    listed = child(element, "persons")
    found["persons"] = (
        []
        if listed is None
        else [person(each, f"{path}/persons/person[{n}]") for n, each in numbered(listed, "person")]
    )
    return found


def person(element: etree._Element, path: str) -> Row:
    return row(element, path, public_name=text(element), **{name: element.get(name) for name in ("guid", "code", "id")})


def texts(element: etree._Element, path: str) -> Row:
    """The children that hold nothing but text, by name."""
    found = row(element, path)
    for each in element:
        if len(each) == 0:
            found.setdefault(name_of(each), text(each))
    return found


def row(element: etree._Element, path: str, **values: object) -> Row:
    made = Row(values)
    made.line = int(element.sourceline or 1)
    made.path = path
    return made


def numbered(element: etree._Element, name: str) -> list[tuple[int, etree._Element]]:
    return list(enumerate((each for each in element if name_of(each) == name), start=1))


def child(element: etree._Element, name: str) -> etree._Element | None:
    return next((each for each in element if name_of(each) == name), None)


def name_of(element: etree._Element) -> str:
    """Without its namespace; "" for what is no element (an entity, a processing instruction)."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())
