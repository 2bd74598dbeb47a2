"""From the bytes of one mail to its Items: the mail, the mails attached to it, and what its other attachments hold.

A mail is the same one wherever it is found, by its Message-ID. Where a mailbox has two contents under one id, the
second one's is followed by a digest of it; the same content twice is one mail.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from secondme.errors import Unreadable
from secondme.records import Item, Segment, Skipped
from secondme.sources.base import File
from secondme.sources.mails import attachments
from secondme.sources.mails.attachments import Losses
from secondme.sources.mails.letterhead import Letterhead, letterhead
from secondme.sources.mails.mailbody import LIMIT_CHARS, Contents, body, contents
from secondme.sources.mails.mime import Part, parse

MESSAGE_BYTES = 200 * 1024 * 1024

_LONGEST_PLACE = 200
_KNOWN = frozenset(
    ("from", "to", "cc", "date", "subject", "message-id", "received", "return-path", "mime-version", "content-type")
)


@dataclass(slots=True)
class Mailbox:
    """One pass over the mails of a file: what was seen of them, and what was lost."""

    file: File
    losses: Losses
    seen: dict[int, int] = field(default_factory=dict)  # of each id its content, both as digests of 64 bits

    @classmethod
    def of(cls, file: File) -> Mailbox:
        return cls(file, Losses(file.name))


def read(box: Mailbox, data: bytes, line: int = 1, posted: datetime | None = None) -> Iterator[Item]:
    """The Items of one mail that begins at that line of the file. What is lost is noted in the box.

    Raises Unreadable if it is no mail at all.
    """
    root, left = parse(data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"))
    if _KNOWN.isdisjoint(root.fields):
        raise Unreadable("has no mail header", "Save it from the mail program again, as a message file.")
    for reason in left:
        box.losses.note(Skipped(box.file.name, f"the message at line {line} {reason}"), reason)
    yield from _items(box, root, line, posted, "")


def _items(box: Mailbox, root: Part, line: int, posted: datetime | None, inside: str) -> Iterator[Item]:
    """`inside` is where the mail is attached ("" for one that is not): it has no line of its own then."""
    head = letterhead(root.fields, box.file.zone, posted)
    found = contents(root)
    if (mail := _mail(box, head, found, line)) is None:
        return
    if inside:
        title = mail.title or "mail"
        mail = replace(mail, line=0, part=f"{inside} › {title}")
    if mail.text:
        yield mail
    for message in found.messages[: attachments.FILES]:
        yield from _items(box, message, 0, None, (mail.part or mail.title or "mail")[:_LONGEST_PLACE])
    parts = attachments.worth_reading(found.attached, found.inline)
    yield from attachments.read(parts, mail, box.file, box.losses)


def _mail(box: Mailbox, head: Letterhead, found: Contents, line: int) -> Item | None:
    """The mail itself, without text if nothing is written in it; None if it has been there before."""
    text, segments = body(found.texts, head.forwarded)
    if len(text) >= LIMIT_CHARS:
        box.losses.note(Skipped(box.file.name, f"a mail's text is cut after {LIMIT_CHARS:,} characters"))
    if found.encrypted:
        box.losses.note(Skipped(box.file.name, "a mail is encrypted; its subject is all that was read"))
    content = _digest(head, text)
    local = _told_apart(box, head.id or content, content)
    if local is None:
        return None
    if not text:  # some mails are all subject
        text, segments = head.subject, (Segment(0, len(head.subject)),) if head.subject else ()
    return Item(
        kind="mail",
        text=text,
        segments=segments,
        origin="mail",
        local=local,
        title=head.subject,
        time=head.time,
        zoned=head.zoned,
        speaker=head.speaker,
        people=head.people,
        thread=head.thread,
        tags=head.tags,
        line=line,
        trust="other",
    )


def _digest(head: Letterhead, text: str) -> str:
    """Of what makes a mail without an id this one, so that next month's export of it says the same."""
    # without a zone it is what the mail says, wherever the owner lives now
    when = (head.time if head.zoned else head.time.replace(tzinfo=None)).isoformat() if head.time else ""
    told = "\0".join((head.speaker, when, head.subject, " ".join(text.split())))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


def _told_apart(box: Mailbox, identity: str, content: str) -> str | None:
    """The id under which it goes; None if the same mail was there under it."""
    value = int(content[:15], 16)
    for local in (identity, f"{identity}#{content[:8]}"):
        key = int(hashlib.sha256(local.encode("utf-8", "replace")).hexdigest()[:15], 16)
        if key not in box.seen:
            box.seen[key] = value
            return local
        if box.seen[key] == value:
            return None
    return None
