"""What keeps letters from an address, and what its author probably meant."""

from __future__ import annotations

import re

import idna

from forums.mail.compose import address_on_the_wire
from forums.mail.faults import Permanent

# Names that never lead to a mailbox of somebody else (RFC 2606, 6761, 6762, 8375). The domains example.org and its
# kin are left alone: what is invented for demonstrations stands there.
RESERVED = frozenset({"invalid", "local", "localhost", "localdomain", "internal", "test", "example", "lan", "onion"})
# There are no such top-level domains.
_NO_TLD = {
    word: meant
    for meant, words in {
        "com": "con cmo ocm comm vom xom cim cpm coom ccom conm comn c0m como",
        "cn": "cnn ccn cnm",
        "net": "ner nte nett met",
        "org": "orgg ogr rog",
    }.items()
    for word in words.split()
}
# These exist, and hardly anybody has a mailbox there.
_MISTYPED = {
    wrong: meant
    for meant, words in {
        "gmail.com": "gmial.com gmai.com gamil.com gmail.co gmail.cm gmail.cn gmail.com.cn gmal.com gmaill.com "
        "gnail.com gmeil.com gmil.com ggmail.com gmail.om",
        "qq.com": "qq.cm qq.co qq.cn qqq.com qq.om qq.com.cn",
        "163.com": "163.cm 163.co 163.cn 163.om 1163.com 16.com 163.com.cn",
        "126.com": "126.cm 126.co 126.cn 126.om 126.com.cn 1266.com",
        "139.com": "139.cm 139.co",
        "foxmail.com": "foxmial.com foxmai.com foxmail.cn foxmail.cm foxmal.com",
        "hotmail.com": "hotmial.com hotmai.com hotmal.com hotmail.co hotmail.cm hotmail.cn hormail.com homail.com",
        "outlook.com": "outlok.com outlook.co outlook.cn outlook.cm outloook.com outllok.com",
        "sina.com": "sina.co sina.cm sian.com siina.com",
        "sohu.com": "sohu.co sohu.cm souhu.com shou.com",
        "yahoo.com": "yaho.com yahoo.co yahoo.cm yhaoo.com yahooo.com",
        "aliyun.com": "aliyum.com aliyun.cm aliyu.com alyun.com",
        "icloud.com": "iclould.com icloud.co icloud.cm icoud.com iclod.com",
    }.items()
    for wrong in words.split()
}


def wrong_with_address(address: str) -> str:
    """The code of what keeps letters from this address, or nothing."""
    try:
        wire = address_on_the_wire(address)
    except Permanent as fault:
        return "local_part" if fault.reason == "smtputf8_missing" else _what_is_wrong(address)
    domain = wire.rpartition("@")[2].lower()
    last = domain.rpartition(".")[2]
    if last in RESERVED or domain.endswith(".home.arpa"):
        return "reserved"
    if "." not in domain:
        return "no_dot"
    if last.isdigit():
        return "not_email"
    return "no_such_domain" if last in _NO_TLD else ""


def meant(address: str) -> str:
    """The address with its domain as it is probably meant, or nothing where no mistake is known."""
    local, at, domain = address.rpartition("@")
    domain = domain.lower().rstrip(".")
    stem, dot, last = domain.rpartition(".")
    better = _MISTYPED.get(domain)
    if better is None and last in _NO_TLD:
        better = f"{stem}{dot}{_NO_TLD[last]}"
        better = _MISTYPED.get(better, better)
    return f"{local}@{better}" if at and local and better else ""


def readable(address: str) -> str:
    """The address as people write it: a domain that the wire has as xn--… in its own letters."""
    local, at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address


def looks_like_address(text: str) -> bool:
    """Whether what should be a name is an address of a mailbox or a page."""
    return _LIKE_AN_ADDRESS.search(text) is not None


_LIKE_AN_ADDRESS = re.compile(r"\S[@＠]\S+\.|https?://|\bwww\.", re.IGNORECASE)


def _what_is_wrong(address: str) -> str:
    """Which part of an address is at fault, as far as that helps to mend it."""
    local, at, domain = address.rpartition("@")
    if not at or not domain or not local:
        return "not_email"
    if address.count("@") > 1:
        return "several"
    if " " in address:
        return "space"
    if ".." in domain or domain.startswith((".", "-")) or domain.endswith(("-", ".")):
        return "domain"
    if ".." in local or local.startswith(".") or local.endswith("."):
        return "dots"
    return "domain" if _can_be_local(local) else "local_letters"


def _can_be_local(local: str) -> bool:
    try:
        address_on_the_wire(f"{local}@example.org")
    except Permanent as fault:
        return fault.reason == "smtputf8_missing"
    return True
