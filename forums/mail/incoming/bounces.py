"""What a mail server says about a letter it could not deliver: as RFC 3464 has it, or in its own words.

A report names a status (RFC 3463: "5.1.1") for a recipient. Servers that write free text (qmail, older Exchange, QQ,
163) are read by the codes and the phrases that they use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from forums.mail.incoming.mime import Message, Part, inner

Action = Literal["failed", "delayed", "relayed"]
# Nobody has this mailbox, or nobody will have it again: writing there once more is of no use.
DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# SPF, DKIM or DMARC fail, or our server is banned (RFC 7372, Microsoft's own): it is about us, whoever was written to.
_US = re.compile(r"5\.7\.(2[0-7]|515|6\d\d|7\d\d)")
MOST_RECIPIENTS = 20

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
_ACTIONS: dict[str, Action] = {
    "failed": "failed",
    "delayed": "delayed",
    "relayed": "relayed",
    "delivered": "relayed",
    "expanded": "relayed",
}


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


_MACHINES = _any(r"(mailer-?daemon|postmaster|mail(er)?-?delivery|mdaemon|bounces?|postoffice)\b")
_SUBJECTS = _any(
    r"undeliver",
    r"deliver\w* (status|fail|problem|incomplete|delayed|has failed)",
    r"failure (notice|delivery)",
    r"returned (mail|to sender)",
    r"mail (delivery|system) (failed|error)",
    r"could not be delivered",
    r"delayed mail",
    r"退信|投递失败|发送失败|无法投递|未送达|投递状态",
)
# What is said instead of a status, most telling first.
_PHRASES = {
    "5.2.2": _any(
        r"mailbox (is )?full",
        r"over ?quota|quota exceeded|exceed\w* (the )?(storage|quota)",
        r"insufficient (system )?storage",
        r"邮箱(空间)?(已满|不足)|容量(已满|不足)|收件箱已满",
    ),
    "5.7.1": _any(
        r"\bspam\b|block(ed|list)|blacklist|poor reputation",
        r"denied by policy|policy (violation|reason|restrict)|not authori[sz]ed to send",
        r"\b(spf|dkim|dmarc)\b",
        r"垃圾邮件|拒收|黑名单|被拦截|反垃圾",
    ),
    "5.1.1": _any(
        r"(user|recipient|mailbox|address|account)( \S+){0,3} (is |was )?(unknown|not found|invalid)",
        r"(unknown|invalid|no such|non-?existent) (local )?(user|recipient|mailbox|address|account)",
        r"(does(n't| not)|didn't) exist|no mailbox here",
        r"(用户|收件人|邮箱|地址|帐号|账号)[^\n]{0,12}(不存在|未找到|无效|已注销|停用|有误)|不存在该?(用户|收件人|邮箱)",
    ),
    "4.4.7": _any(
        r"delayed|will (be retried|keep trying|continue)|try again|still trying|has not (yet )?been delivered",
        r"延迟|稍后重试|将继续尝试",
    ),
}
# Where a report in words begins to quote the letter itself.
_QUOTED = re.compile(
    r"^(-{2,} ?(Below this line|This is a copy|The header of the original|Original message|原始邮件|Returned message)|"
    r"-{3,}\s*$|Return-Path: |Received: |(Message-ID|DKIM-Signature): )",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Report:
    """What became of a letter: `status` may be "5.0.0", which says nothing more than that. `detail` is the server's."""

    action: Action
    status: str
    recipient: str = ""
    detail: str = ""

    @property
    def is_dead(self) -> bool:
        """Whether the address itself is wrong, so that nothing should be sent there again."""
        return self.action == "failed" and self.status in DEAD

    @property
    def is_policy(self) -> bool:
        """Whether the server objects to us or to what we wrote: it says nothing about the address."""
        return self.action == "failed" and self.status.startswith("5.7.")

    @property
    def is_about_us(self) -> bool:
        """Whether every letter would be refused there as this one was."""
        return self.action == "failed" and _US.fullmatch(self.status) is not None


def report_of(message: Message, recipient: str) -> Report | None:
    """What the message reports about the letter to this recipient; None when it is no report.

    `recipient` may be empty: then, and where a report names other recipients, what it says of its first one counts.
    """
    formal = [
        part for part in message.parts if part.kind in {"message/delivery-status", "message/global-delivery-status"}
    ]
    if formal:
        reports = [report for part in formal[:3] for report in _formal(part)]
        mine = [report for report in reports if recipient and report.recipient == recipient.lower()]
        if mine or reports:
            return (mine or reports)[0]
    if formal or message.param("report-type").lower() == "delivery-status" or looks_like_one(message):
        return _in_words(message.words)
    return None


def looks_like_one(message: Message) -> bool:
    """Whether a mail system wrote this about a letter that it could not deliver."""
    by_machine = bool(_MACHINES.match(message.sender.partition("@")[0])) or message.header("X-Failed-Recipients") != ""
    return (by_machine and bool(_SUBJECTS.search(message.subject) or _says_failure(message.words))) or bool(
        message.header("Return-Path") == "<>" and _SUBJECTS.search(message.subject)
    )


def originals(message: Message) -> Iterator[Part]:
    """The letters, or their headers, that a report brings back."""
    for part in message.parts:
        if part.kind in {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}:
            yield inner(part)


def _formal(part: Part) -> Iterator[Report]:
    """The recipients' groups of a delivery-status part; its first group is about the message."""
    groups = re.split(r"\n[ \t]*\n", part.text.strip())[: MOST_RECIPIENTS + 1]
    for group in groups:
        fields = dict(fields_of(group))
        action = _ACTIONS.get(fields.get("action", "").split(" ")[0].lower())
        status = _STATUS.search(fields.get("status", ""))
        if action is None and status is None:
            continue
        diagnosis = _address(fields.get("diagnostic-code", ""))
        code = ".".join(status.groups()) if status else "5.0.0"
        # Some write no more than 5.0.0 in the field, and what they were told in the diagnosis.
        if code.endswith(".0.0") and (told := _STATUS.search(diagnosis)) and told[1] == code[0]:
            code = ".".join(told.groups())
        if action is None:
            action = {"2": "relayed", "4": "delayed", "5": "failed"}[code[0]]  # type: ignore[assignment]
        about = _address(fields.get("original-recipient", "") or fields.get("final-recipient", ""))
        yield Report(action or "failed", _short(code), about.strip("<> ").lower()[:320], diagnosis[:500])


def fields_of(group: str) -> Iterator[tuple[str, str]]:
    """The fields of one group of a report: names in lower case, values on one line."""
    for line in re.sub(r"\n[ \t]+", " ", group).split("\n")[:50]:
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), " ".join(value.split())[:1_000]


def _address(value: str) -> str:
    """The value after its type: "rfc822; guest@example.org"."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value.strip()


def _in_words(text: str) -> Report:
    """What a server says in its own words. What it quotes of our letter is no part of that."""
    quoted = _QUOTED.search(text, 200)
    said = (text[: quoted.start()] if quoted else text)[:8_000]
    detail = " ".join(said.split())[:500]
    statuses = [".".join(found) for found in _STATUS.findall(said)]
    by_phrase = [status for status, pattern in _PHRASES.items() if pattern.search(said)]
    final = [status for status in statuses if status.startswith("5") and not status.endswith(".0.0")]
    if final:
        return Report("failed", _short(final[0]), detail=detail)
    later = [status for status in statuses if status.startswith("4")]
    if later or (by_phrase[:1] == ["4.4.7"] and not any(one[1] == "5" for one in _REPLY.finditer(said))):
        return Report("delayed", _short((later or ["4.4.7"])[0]), detail=detail)
    return Report("failed", next((status for status in by_phrase if status != "4.4.7"), "5.0.0"), detail=detail)


def _says_failure(text: str) -> bool:
    head = text[:2_000]
    return bool(_STATUS.search(head) or _REPLY.search(head)) or any(
        pattern.search(head) for pattern in _PHRASES.values()
    )


def _short(status: str) -> str:
    """5.1.010 as 5.1.10."""
    return ".".join(str(int(number)) for number in status.split("."))
