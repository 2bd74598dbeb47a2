"""What a Slack message says: its `mrkdwn` text, its blocks and its attachments as plain text.

Mentions get their names, links their labels, and the three escaped characters come back; emphasis and `:emoji:` stay as
they were typed. After Slack's "Formatting text for app surfaces", "Blocks" and "Secondary message attachments".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from secondme.sources.jsonstream import array, string, table, tables

_ANGLES = re.compile(r"<([^<>\n]+)>")
_PLACEHOLDERS = {"This content can't be displayed.", "This message contains interactive elements."}

Names = Callable[[str], str]
"""The name of a user or channel id; "" for one that is not known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way through a message: `name` knows the ids, `links` gathers the addresses that it names."""

    name: Names
    links: list[str] = field(default_factory=list)

    def text(self, mrkdwn: str) -> str:
        """mrkdwn as plain text."""
        plain = _ANGLES.sub(lambda match: self._angle(match[1]), mrkdwn)
        return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()

    def _angle(self, inside: str) -> str:
        target, _, label = inside.partition("|")
        match target[0]:
            case "@":
                return f"@{self.name(target[1:]) or label.removeprefix('@') or target[1:]}"
            case "#":
                return f"#{label or self.name(target[1:]) or target[1:]}"
            case "!":
                return self._special(target[1:], label)
        if ":" not in target:
            return f"<{inside}>"  # nothing of Slack's: it was typed
        return self._link(target, label)

    def _special(self, target: str, label: str) -> str:
        if label and target.startswith("date^"):
            return label
        return f"@{label.removeprefix('@') or target.partition('^')[0]}"

    def _link(self, target: str, label: str) -> str:
        address = target.replace("&amp;", "&")
        if not address.startswith("tel:"):  # Slack takes many a number for one
            self.links.append(address)
        return label or address.removeprefix("mailto:").removeprefix("tel:")

    def blocks(self, blocks: object) -> str:
        """The text of Block Kit blocks, those of the message editor ("rich_text") among them."""
        return _lines(self._block(block) for block in tables(blocks))

    def _block(self, block: dict[str, Any]) -> str:
        match block.get("type"):
            case "rich_text":
                return _lines(self._rich(part) for part in tables(block.get("elements")))
            case "section":
                said = [block.get("text"), *array(block.get("fields"))]
                return _lines(self._object(part) for part in said)
            case "header" | "markdown":
                return self._object(block.get("text"))
            case "context":
                return _lines(self._object(part) for part in array(block.get("elements")))
            case "image" | "video":
                return self._object(block.get("title"))
        return ""

    def _object(self, value: object) -> str:
        """A text object, or a bare string."""
        return self.text(value if isinstance(value, str) else string(table(value).get("text")))

    def _rich(self, part: dict[str, Any]) -> str:
        inner = tables(part.get("elements"))
        if part.get("type") != "rich_text_list":
            return "".join(map(self._inline, inner)).strip("\n")
        margin = "  " * min(int(string(part.get("indent")) or 0), 8)
        ordered = part.get("style") == "ordered"
        marks = (f"{number}. " if ordered else "- " for number in range(1, len(inner) + 1))
        return "\n".join(f"{margin}{mark}{self._rich(entry)}" for mark, entry in zip(marks, inner, strict=True))

    def _inline(self, element: dict[str, Any]) -> str:
        match element.get("type"):
            case "text" | "raw_text":
                return string(element.get("text"))
            case "link":
                return self._link(string(element.get("url")), string(element.get("text")))
            case "user":
                return self._angle("@" + string(element.get("user_id")))
            case "channel":
                return self._angle("#" + string(element.get("channel_id")))
            case "usergroup":
                return self._angle("@" + string(element.get("usergroup_id")))
            case "broadcast":
                return "@" + string(element.get("range"))
            case "emoji":
                return f":{string(element.get('name'))}:"
            case "date":
                return string(element.get("fallback"))
        return ""

    def attachment(self, attachment: dict[str, Any]) -> str:
        """What stands in a box under a message; its fallback where the box has no text."""
        fields = (_field(self, entry) for entry in tables(attachment.get("fields")))
        keys = ("pretext", "title", "text")
        said = _lines([*(self.text(string(attachment.get(key))) for key in keys), *fields])
        shared = (self.blocks(table(entry.get("message")).get("blocks")) for entry in _shared(attachment))
        return said or self.blocks(attachment.get("blocks")) or _lines(shared) or self._fallback(attachment)

    def _fallback(self, attachment: dict[str, Any]) -> str:
        text = self.text(string(attachment.get("fallback")))
        return "" if text in ("[no preview available]", "NO FALLBACK DEFINED") else text


def words(message: dict[str, Any], name: Names) -> tuple[str, tuple[str, ...]]:
    """What a message says, and the addresses of the links in it.

    A person's message is its text. The preview of a page that it links to is somebody else's words and left out, unless
    there are no others (a shared message); so is what a file is called. A program's message is its text, its blocks and
    its attachments together.
    """
    reading = Reading(name)
    program = message.get("subtype") == "bot_message" or bool(message.get("bot_id"))
    text = reading.text(string(message.get("text")))
    said = [] if text in _PLACEHOLDERS or not text else [text]
    if program or not said:
        _add(said, reading.blocks(message.get("blocks")))
    if program or not said:
        for attachment in tables(message.get("attachments")):
            _add(said, reading.attachment(attachment))
    for file in [] if said else [*tables(message.get("files")), table(message.get("file"))]:
        if file.get("mode") not in ("tombstone", "hidden_by_limit"):
            _add(said, string(file.get("title")) or string(file.get("name")))
    return "\n".join(said), tuple(dict.fromkeys(filter(None, reading.links)))


def _add(said: list[str], text: str) -> None:
    """`text` as well, unless it is said already; it takes the place of what it says again."""
    if text and not any(text in before for before in said):
        said[:] = [before for before in said if before not in text] + [text]


def _field(reading: Reading, entry: dict[str, Any]) -> str:
    title, value = (reading.text(string(entry.get(key))) for key in ("title", "value"))
    return f"{title}: {value}" if title and value else title or value


def _shared(attachment: dict[str, Any]) -> list[dict[str, Any]]:
    return tables(attachment.get("message_blocks"))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(filter(None, texts))
