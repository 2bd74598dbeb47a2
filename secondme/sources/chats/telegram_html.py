"""Telegram's other export: `messages.html`, one page for each thousand messages of a chat.

Knows the classes that Telegram Desktop gives to messages. A page has no id of its chat and none of its people, so that
a message is told by the chat's name and its own id; the same chat as JSON is another source (see `telegram`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.chats.chatlines import decoder_of
from secondme.sources.chats.telegram import ORIGIN
from secondme.sources.decoding import looks_binary, loss
from secondme.sources.files import opened
from secondme.sources.web.shallow import shallow

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

NAME = "Telegram HTML"
LIMIT_BYTES = 32 * 1024 * 1024  # a page of Telegram's has about one; the tree takes ten times the file
_MARKS = (b'class="page_wrap"', b'class="history"', b'class="message ')
_WHEN = re.compile(
    r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4}) (?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)"
    r"(?: UTC(?P<sign>[+-])(?P<h>\d\d):(?P<z>\d\d))?"
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1) or b"<html" not in file.head[:2048].lower():
        return None
    return "has the classes of a Telegram export" if all(mark in file.head for mark in _MARKS) else None


def read(file: File) -> Iterator[Item | Skipped]:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # 30 ms

    decoder = decoder_of(file)
    with opened(file.path) as stream:
        data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise Unreadable("is larger than the 32 MB that a page of Telegram's may have", "Export the chat as JSON.")
    # a line break in a message is a tag; as a character it comes through as text
    page = _BREAK.sub("&#10;", decoder.decode(data, final=True).replace("\0", "\ufffd"))
    try:
        tree = LexborHTMLParser(shallow(page))
    except SelectolaxError as error:
        raise Unreadable("is not HTML that can be read") from error
    title = _text(tree.css_first("div.page_header div.text"))
    found, sender = False, ""
    identity = chat.Identity()
    for node in tree.css("div.message.default"):
        body = _child(node, "body")
        name = _text(_child(body, "from_name"))
        sender = name or (sender if "joined" in (node.attributes.get("class") or "") else "")
        if body is not None and (item := _item(file, node, body, title, sender, identity)) is not None:
            found = True
            yield item
    if not found:
        yield Skipped(file.name, "holds no Telegram messages")
    yield from loss(file, decoder)


def _item(
    file: File, node: LexborNode, body: LexborNode, title: str, sender: str, identity: chat.Identity
) -> Item | None:
    forwarded = _child(body, "forwarded")
    text = "\n".join(filter(None, (*_words(body), *(_words(forwarded) if forwarded is not None else ()))))
    if not text:
        return None
    stamp = _child(body, "date")
    written = (stamp.attributes.get("title") or "") if stamp is not None else ""
    time = _when(written)
    number = (node.attributes.get("id") or "").removeprefix("message")
    return chat.message(
        text,
        origin=ORIGIN,
        local=f"{title}/{number or identity(written, sender, text)}",
        time=dates.local(time, file.zone) if time else None,
        sender=chat.person(sender),
        thread=title,
        zoned=time is None or time.tzinfo is not None,
        part=title,
        tags=("forwarded",) if forwarded is not None else (),
    )


def _words(body: LexborNode) -> Iterator[str]:
    """The text or caption, a poll's question and answers."""
    yield _text(_child(body, "text"))
    media = _child(body, "media_wrap")
    if media is not None and (poll := media.css_first("div.media_poll")) is not None:
        yield _text(poll.css_first("div.question"))
        for answer in poll.css("div.answer"):
            yield (answer.text(deep=False) or "").strip().removeprefix("-").strip()


def _child(node: LexborNode | None, name: str) -> LexborNode | None:
    """The first child with this class; never one of a message that is forwarded within."""
    child = node.child if node is not None else None
    while child is not None:
        if child.is_element_node and name in (child.attributes.get("class") or "").split():
            return child
        child = child.next
    return None


def _text(node: LexborNode | None) -> str:
    return "" if node is None else node.text(deep=True).strip()


def _when(written: str) -> datetime | None:
    found = _WHEN.search(written)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[key]) for key in "ymdHMS")
    try:
        moment = datetime(year, month, day, hour, minute, second)
        if found["sign"] is None:
            return moment
        ahead = timedelta(hours=int(found["h"]), minutes=int(found["z"])) * (-1 if found["sign"] == "-" else 1)
        return moment.replace(tzinfo=timezone(ahead))
    except ValueError:
        return None
