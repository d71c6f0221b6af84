"""SMTP against a real server: what each answer means, and when."""

import socket
from itertools import zip_longest
from pathlib import Path

import pytest

from forums.mail.faults import AddressGone, ConnectionLost, Fault, Permanent, Retryable, Unknown, Unwelcome
from forums.mail.transport import SmtpServer, Written, open_transport, parse_smtp_url
from tests.servers import Sink

MESSAGE = b"Message-ID: <1@billet.example>\r\nSubject: hello\r\n\r\n.dot\r\nend\r\n"


def send(sink: Sink, *recipients: str) -> list[Fault | None]:
    """Each recipient's fault, over as many connections as it takes."""
    faults: list[Fault | None] = []
    for recipient in recipients:
        with open_transport(sink.url, Path("unused")) as transport:
            try:
                transport.send(Written("forum@billet.example", recipient, MESSAGE))
            except Fault as fault:
                faults.append(fault)
            else:
                faults.append(None)
    return faults


@pytest.fixture(params=["one by one", "together"])
def manner(request: pytest.FixtureRequest, sink: Sink) -> None:
    """Whether the server takes MAIL, RCPT and DATA in one piece."""
    sink.pipelining = request.param == "together"


@pytest.mark.usefixtures("manner")
def test_a_batch_goes_over_one_connection(sink: Sink) -> None:
    letters = [Written("a@billet.example", f"{number}@example.org", MESSAGE) for number in range(5)]
    with open_transport(sink.url, Path("unused")) as transport:
        for letter, coming in zip_longest(letters, letters[1:]):
            assert transport.is_free_for(letter)
            transport.send(letter, coming)
    assert sink.recipients == [f"{number}@example.org" for number in range(5)]
    assert sink.connections == 1
    assert {letter.content for letter in sink.received} == {MESSAGE}


@pytest.mark.usefixtures("manner")
@pytest.mark.parametrize(
    "place, answer, kind, reason",
    [
        ("rcpt", "550 5.1.1 No such user", AddressGone, "address_gone"),
        ("rcpt", "550 5.1.10 It takes no mail", AddressGone, "address_gone"),
        ("rcpt", "550 No such user", Permanent, "refused_recipient"),
        ("rcpt", "552 5.2.2 Mailbox full", Permanent, "refused_recipient"),
        ("rcpt", "554 5.7.1 Relay access denied", Unwelcome, "policy"),
        ("rcpt", "450 4.7.1 Who are you?", Retryable, "later"),
        ("rcpt", "450 4.2.0 Greylisted", Retryable, "later"),
        ("rcpt", "421 4.3.2 Closing", ConnectionLost, "closing"),
        ("data", "554 5.6.0 Spam of 5.7.1", Permanent, "refused_content"),
        ("data", "550 5.7.26 Unauthenticated", Unwelcome, "policy"),
        ("data", "550 5.1.1 No such user after all", AddressGone, "address_gone"),
        ("data", "451 4.3.0 Try later", Retryable, "later"),
        ("data", "421 4.3.2 Closing", ConnectionLost, "closing"),
        ("data", "hang up", Unknown, "unanswered"),
    ],
)
def test_what_an_answer_means(sink: Sink, place: str, answer: str, kind: type[Fault], reason: str) -> None:
    {"rcpt": sink.refusals, "data": sink.answers}[place]["li@example.org"] = answer
    [fault] = send(sink, "li@example.org")
    assert type(fault) is kind
    assert fault.reason == reason
    assert answer in fault.detail or answer == "hang up"


@pytest.mark.usefixtures("manner")
def test_one_refusal_leaves_the_connection_usable(sink: Sink) -> None:
    sink.refusals["gone@example.org"] = "550 5.1.1 No such user"
    sink.answers["spam@example.org"] = "554 5.6.0 Spam"
    letters = [Written("a@billet.example", f"{name}@example.org", MESSAGE) for name in ("li", "gone", "spam", "wang")]
    faults = []
    with open_transport(sink.url, Path("unused")) as transport:
        for letter, coming in zip_longest(letters, letters[1:]):
            try:
                transport.send(letter, coming)
            except Permanent as fault:
                faults.append((letter.recipient, fault.reason))
    assert faults == [("gone@example.org", "address_gone"), ("spam@example.org", "refused_content")]
    assert (sink.recipients, sink.connections) == (["li@example.org", "wang@example.org"], 1)


def test_nothing_goes_of_a_letter_that_was_coming_and_is_not_sent(sink: Sink) -> None:
    sink.pipelining = True
    first, second, third = (Written("a@billet.example", f"{number}@example.org", MESSAGE) for number in range(3))
    with open_transport(sink.url, Path("unused")) as transport:
        transport.send(first, second)
        assert transport.is_free_for(second)
        assert not transport.is_free_for(third)
    with open_transport(sink.url, Path("unused")) as transport:
        transport.send(third)
    assert sink.recipients == ["0@example.org", "2@example.org"]


@pytest.mark.usefixtures("manner")
def test_a_refused_sender_is_no_fault_of_the_letter(sink: Sink) -> None:
    sink.at_mail = "550 5.7.1 Sender not allowed"
    [fault] = send(sink, "li@example.org")
    assert type(fault) is Unwelcome
    assert fault.reason == "refused_sender"


def test_a_server_that_is_not_there_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening
        url = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConnectionLost) as fault, open_transport(url, Path("unused")):
            pass
    assert fault.value.reason == "unreachable"


def test_starttls_is_not_given_up_silently(sink: Sink) -> None:
    with pytest.raises(ConnectionLost) as fault, open_transport(sink.url + "?starttls=1", Path("unused")):
        pass
    assert "STARTTLS" in fault.value.detail
    assert sink.received == []


def test_a_password_never_travels_in_the_clear(sink: Sink) -> None:
    with pytest.raises(ConnectionLost) as fault, open_transport(sink.url.replace("//", "//me:pw@"), Path("unused")):
        pass
    assert "STARTTLS" in fault.value.detail


def test_without_a_server_letters_become_files(tmp_path: Path) -> None:
    with open_transport(None, tmp_path / "letters") as transport:
        transport.send(Written("a@billet.example", "li@example.org", MESSAGE))
        transport.send(Written("a@billet.example", "li@example.org", MESSAGE))
        transport.send(Written("a@billet.example", "li@example.org", MESSAGE.replace(b"1@", b"2@")))
    files = sorted(path.name for path in (tmp_path / "letters").iterdir())
    assert len(files) == 2
    assert all(name.endswith(".eml") for name in files)
    assert (tmp_path / "letters").stat().st_mode & 0o777 == 0o700  # they hold private links


@pytest.mark.parametrize(
    "url, server",
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587)),
        ("smtp://mail.example?starttls=1", SmtpServer("mail.example", 587, tls="starttls")),
        ("smtp://mail.example:2525?starttls=0", SmtpServer("mail.example", 2525, tls="none")),
        ("smtps://me%40x:p%3Aw@mail.example", SmtpServer("mail.example", 465, "me@x", "p:w", "tls")),
    ],
)
def test_smtp_url_is_read(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://h:port",
        "smtp://h?tls=1",
        "smtp://h?starttls=x",
        "smtp://u:p@h?starttls=0",
    ],
)
def test_a_wrong_smtp_url_says_what_to_set(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        parse_smtp_url(url)
