"""A mailbox on a real IMAP server: each message once, whatever goes wrong in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from forums import clock
from forums.clock import now
from forums.extensions import db
from forums.mail.incoming import imap, operations, tasks
from forums.mail.incoming.imap import Mailbox as Address
from forums.mail.incoming.imap import parse_imap_url
from forums.mail.incoming.models import IncomingBox, IncomingMail
from forums.transaction import transaction
from tests.mail.incoming import samples
from tests.mail.incoming.mailbox import Mailbox
from tests.mail.incoming.test_taking_in import sent
from tests.servers import free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path_factory.mktemp("imap"))
    yield mailbox
    mailbox.stop()


@pytest.fixture
def mailbox(app: Flask, server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """Empty, trusted and set as IMAP_URL."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    monkeypatch.setitem(app.config, "IMAP_URL", server.url)
    server.empty()
    return server


def _folder(at: Path, name: str) -> Path:
    (at / name).mkdir()
    return at / name


def poll() -> list[tuple[str, str]]:
    """Read the mailbox; kind and outcome of all that was ever filed."""
    db.session.rollback()
    tasks.poll()
    db.session.rollback()
    rows = db.session.scalars(db.select(IncomingMail).order_by(IncomingMail.id))
    return [(row.kind, row.outcome) for row in rows]


def box() -> IncomingBox:
    db.session.rollback()
    return db.session.scalars(db.select(IncomingBox)).one()


def test_each_message_is_read_once_and_only_ours_is_marked(mailbox: Mailbox) -> None:
    letter = sent()
    mailbox.put(samples.human("").replace(b"human-1", b"private"), samples.qmail(letter.message_id))
    assert poll() == [("other", "unmatched"), ("bounce", "suppressed")]
    assert mailbox.flags() == ["", r"\Seen"]
    assert len(poll()) == 2
    mailbox.put(samples.qmail(letter.message_id), samples.vacation(letter.message_id))
    assert poll()[2:] == [("auto_reply", "noted")]
    assert (box().last_uid > 0, box().fault, box().lease) == (True, "", None)
    assert box().read_at is not None
    mailbox.empty()  # its messages are counted anew, and those that were filed are recognised
    mailbox.put(samples.qmail(letter.message_id), samples.exchange(letter.message_id))
    assert poll()[3:] == [("bounce", "repeated")]


def test_what_was_ours_is_moved_where_the_address_says_so(
    app: Flask, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "IMAP_URL", f"{mailbox.url}?done=%E5%B7%B2%E5%A4%84%E7%90%86%20%26%20done")
    letter = sent()
    mailbox.put(samples.human("").replace(b"human-1", b"private"), samples.qmail(letter.message_id))
    poll()
    assert [flags for flags in mailbox.flags() if r"\Deleted" not in flags] == [""]
    assert set(mailbox.flags('"&XfJZBHQG- &- done"')) == {r"\Seen"}


def test_a_message_that_breaks_holds_up_no_other_and_is_given_up_in_the_end(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = sent()
    mailbox.put(samples.vacation(letter.message_id), samples.qmail(letter.message_id))
    whole = operations.take_in

    def breaks(raw: bytes, **facts: str) -> IncomingMail | None:
        if b"vacation" in raw:
            raise ZeroDivisionError
        return whole(raw, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(operations, "take_in", breaks)
        assert poll() == [("bounce", "suppressed")]
        assert list(box().broken.values()) == [1]
        for _ in range(2):
            poll()
    assert list(box().broken.values()) == [3]
    assert poll()[1:] == [("auto_reply", "noted")]
    assert box().broken == {}


def test_two_readers_at_once_file_each_message_once(app: Flask, mailbox: Mailbox) -> None:
    letter = sent()
    mailbox.put(*(samples.report(original=letter.message_id, number=number) for number in range(6)))

    def run() -> None:
        with app.app_context():
            tasks.poll()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome for _, outcome in poll()] == ["suppressed", *["repeated"] * 5]


def test_a_reader_that_died_is_followed_by_another(mailbox: Mailbox) -> None:
    mailbox.put(samples.human(""))
    poll()
    with transaction() as session:
        session.execute(update(IncomingBox).values(lease="dead", leased_until=box().read_at))
    mailbox.put(samples.vacation(""))
    assert len(poll()) == 2
    with transaction() as session:  # another one died, and the clock was set back since
        session.execute(update(IncomingBox).values(lease="dead", leased_until=now() + timedelta(hours=2)))
    mailbox.put(samples.vacation("").replace(b"vacation-1", b"vacation-2"))
    assert len(poll()) == 2
    with clock.frozen(now() + timedelta(minutes=6)):
        assert len(poll()) == 3


def test_a_mailbox_that_cannot_be_had_is_written_down_and_tried_again(
    app: Flask, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "IMAP_URL", mailbox.url.replace("/Replies", "/Nowhere"))
    assert poll() == []
    assert "the folder 'Nowhere' cannot be opened" in box().fault
    since = box().fault_since
    poll()
    assert box().fault_since == since

    def fault_of(url: str) -> str:
        with pytest.raises(imap.MailboxFault) as caught, imap.open_mailbox(parse_imap_url(url)):
            pass
        return str(caught.value)

    assert "wrong-secret" not in fault_of(mailbox.url.replace("demopass", "wrong-secret"))
    assert "refused" in fault_of(f"imaps://a:b@127.0.0.1:{free_port()}/INBOX")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "does not prove that this is 127.0.0.1" in fault_of(mailbox.url)


def test_a_mailbox_with_tls_from_the_start_is_read_and_its_certificate_looked_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    letter = sent()
    mine, theirs = (Mailbox(_folder(tmp_path, name), implicit_tls=True, name=name) for name in ("127.0.0.1", "x.test"))
    try:
        mine.put(samples.complaint(original=letter.message_id), samples.complaint(number=2))
        theirs.put(samples.qmail(letter.message_id))
        monkeypatch.setitem(app.config, "IMAP_URL", mine.url)
        assert poll() == []
        assert "does not prove that this is 127.0.0.1 (unable to get local issuer certificate)" in box().fault
        monkeypatch.setenv("SSL_CERT_FILE", str(mine.certificate))
        assert poll() == [("complaint", "suppressed"), ("complaint", "unreadable")]
        assert (box().fault, mine.flags()) == ("", [r"\Seen", ""])
        monkeypatch.setenv("SSL_CERT_FILE", str(theirs.certificate))
        monkeypatch.setitem(app.config, "IMAP_URL", theirs.url)
        with pytest.raises(imap.MailboxFault) as fault, imap.open_mailbox(parse_imap_url(theirs.url)):
            pass
        assert "IP address mismatch" in str(fault.value)  # it is another's
        assert "write the name in IMAP_URL that the certificate is for" in str(fault.value)
        assert len(poll()) == 2
    finally:
        mine.stop()
        theirs.stop()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("imaps://u:p@mail.example.org", Address("mail.example.org", 993, "u", "p")),
        ("imaps://u%40x.org:p%3A@[::1]:9/A%2FB?done=Done", Address("::1", 9, "u@x.org", "p:", "A/B", "Done")),
        ("imap://u:p@mail.example.org", Address("mail.example.org", 143, "u", "p", implicit_tls=False)),
    ],
)
def test_imap_url_is_read(url: str, address: Address) -> None:
    assert parse_imap_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        *("", "imaps://mail.example.org", "imaps://u@mail.example.org", "https://u:p@mail.example.org"),
        *("imaps://u:p@mail.example.org:x", "imaps://u:p@mail.example.org?tls=0", "imaps://u:p@h.example/a%0d%0ab"),
        *("imaps://u:%E5%AF%86@mail.example.org", "imaps://u%0a:p@mail.example.org"),
    ],
)
def test_a_wrong_imap_url_says_what_to_set(url: str) -> None:
    with pytest.raises(ValueError, match="IMAP_URL looks like"):
        parse_imap_url(url)
