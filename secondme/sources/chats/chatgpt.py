"""ChatGPT's data export: conversations.json (newer ones: conversations-000.json and on), and what lies beside it.

A conversation is a tree (`mapping`) with a branch for every edit and every answer asked for again. What its owner saw
last is the branch from `current_node` up to the root, and that is what is read, without system messages, tools and
their calls, thoughts, hidden messages and pictures. The owner is called "me". chat.html holds the same conversations
again and is read only if it is alone; user.json, feedback, comparisons and lists of shared links are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, BinaryIO

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.decoding import Decoder, loss
from secondme.sources.files import opened
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import Utf8, array, elements, moment, parsed, string, table, values

NAME = "ChatGPT"

_SPEAKERS = {"user": "me", "assistant": "ChatGPT"}
_CONTENTS = {"text", "multimodal_text", "code"}
_PAGE = b"<title>ChatGPT Data Export</title>"
_BEFORE = b"var jsonData = "
_SILENT: dict[str, set[str]] = {
    "user.json": {"chatgpt_plus_user"},
    "message_feedback.json": {"item.conversation_id"},
    "shared_conversations.json": {"item.conversation_id"},
    "model_comparisons.json": {"item.conversation_id", "item.input", "item.metadata"},
}
# Marks of the interface in an answer: <E200>kind<E202>data<E201>, 【4†source】, :contentReference[oaicite:0]{index=0}
_MARK = re.compile("\ue200(\\w*)([^\ue200\ue201]{0,4000})\ue201")
_LOOSE = re.compile(
    "[\ue200-\ue20f]|【[^】†]{0,40}†[^】]{0,400}】|【oaicite:\\d+】|:contentReference\\[oaicite:\\d+\\]\\{[^}]*\\}"
)


def claims(file: File) -> str | None:
    places = shape(file)
    if {"item.mapping", "item.title"} <= places or any(_node(place, "item.") for place in places):
        return "has the keys of ChatGPT conversations"
    if {"mapping", "title"} <= places or any(_node(place, "") for place in places):
        return "has the keys of a ChatGPT conversation"
    if _PAGE in file.head:
        return "is the page of a ChatGPT export"
    if _SILENT.get(PurePath(file.name).name, set()) & places:
        return "comes with a ChatGPT export and holds no conversations"
    return None


def _node(place: str, outer: str) -> bool:
    return place.startswith(f"{outer}mapping.") and place.endswith(".message.author.role")


def read(file: File) -> Iterator[Item | Skipped]:
    places = shape(file)
    if _PAGE in file.head:
        if not (file.beside("conversations.json") or file.beside("conversations-000.json")):
            yield from _page(file)
    elif PurePath(file.name).name in _SILENT and "item.mapping" not in places:
        return
    elif places:
        yield from _conversations(file, elements(file, "item" if "item" in places else ""))
    else:
        raise Unreadable("holds nothing that ChatGPT exports")


def _page(file: File) -> Iterator[Item | Skipped]:
    """The conversations in chat.html, where they stand as JSON in a script."""
    decoder = Decoder("utf-8")
    with opened(file.path) as stream:
        if not _skip_to(stream, _BEFORE):
            raise Unreadable("holds no conversations", "Name the conversations.json of the same export.")
        yield from _conversations(file, values(file, Utf8(stream, decoder), "item", followed=True))
    yield from loss(file, decoder)


def _skip_to(stream: BinaryIO, mark: bytes) -> bool:
    """Put the stream right after the first `mark` of a file."""
    kept, at = b"", 0
    while block := stream.read(1 << 20):
        kept += block
        if (found := kept.find(mark)) >= 0:
            stream.seek(at + found + len(mark))
            return True
        at += len(kept) - len(mark)
        kept = kept[-len(mark) :]
    return False


def _conversations(file: File, conversations: Iterator[Any]) -> Iterator[Item | Skipped]:
    faults = chat.Faults(file, "conversation")
    found = headless = 0
    for found, conversation in enumerate(conversations, 1):
        if isinstance(conversation, Skipped):
            yield conversation
        elif not isinstance(conversation, dict) or not isinstance(conversation.get("mapping"), dict):
            faults.add("has no messages", f"conversation {found}")
        else:
            nodes, whole = branch(conversation)
            headless += not whole
            yield from _messages(file, conversation, nodes)
    yield from faults
    if headless:
        many = "1 conversation lacks its" if headless == 1 else f"{headless} conversations lack their"
        yield Skipped(file.name, f"{many} first messages; the others were read")
    if not found:
        yield Skipped(file.name, "holds no conversations")


def branch(conversation: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    """The nodes that are shown, from the first to the last, and whether the first is the root."""
    mapping = table(conversation.get("mapping"))
    at = string(conversation.get("current_node"))
    if at not in mapping:
        at = _last(mapping)
    nodes: list[dict[str, Any]] = []
    seen: set[str] = set()
    while at in mapping and at not in seen:
        seen.add(at)
        nodes.append(table(mapping[at]))
        at = string(nodes[-1].get("parent"))
    return nodes[::-1], not at


def _last(mapping: dict[str, Any]) -> str:
    """The end of the branch that was written last, for a tree that does not say which one is shown."""
    ends = [key for key, node in mapping.items() if not array(table(node).get("children"))]
    return max(reversed(ends or list(mapping)), key=lambda key: _stamp(mapping, key), default="")


def _stamp(mapping: dict[str, Any], key: str) -> float:
    """When a node was written, or the one above it if that one is without a time itself."""
    node = table(mapping[key])
    above = table(mapping.get(string(node.get("parent"))))
    times = (moment(table(each.get("message")).get("create_time"), None) for each in (node, above))
    return next((time.timestamp() for time in times if time), 0.0)


def _messages(file: File, conversation: dict[str, Any], nodes: list[dict[str, Any]]) -> Iterator[Item]:
    title = string(conversation.get("title")) or "New chat"
    begun = conversation.get("create_time")
    id_ = string(conversation.get("conversation_id")) or string(conversation.get("id"))
    identity = chat.Identity()
    for node in nodes:
        message = table(node.get("message"))
        role = string(table(message.get("author")).get("role"))
        text = words(message) if role in _SPEAKERS else ""
        if not text:
            continue
        time = moment(message.get("create_time") or begun, file.zone) or moment(begun, file.zone)  # 0 is no time
        yield chat.message(
            text,
            origin=f"chatgpt:{id_}" if id_ else f"chatgpt:{chat.digest(title, string(begun))}",
            local=string(message.get("id")) or string(node.get("id")) or identity("", role, text),
            time=time,
            sender=Handle(_SPEAKERS[role]),
            thread=title,
            trust="own" if role == "user" else "machine",
            part=title,
        )


def words(message: dict[str, Any]) -> str:
    """What the owner or the assistant says to the other in a message; "" if it is for a tool, hidden or no words."""
    content, metadata = table(message.get("content")), table(message.get("metadata"))
    kind = string(content.get("content_type"))
    hidden = metadata.get("is_visually_hidden_from_conversation") or metadata.get("is_user_system_message")
    elsewhere = message.get("recipient") not in (None, "", "all") or message.get("channel") == "analysis"
    if hidden or elsewhere or kind not in _CONTENTS:
        return ""
    text = "\n".join(filter(None, map(_part, array(content.get("parts"))))) or string(content.get("text"))
    owner = table(message.get("author")).get("role") == "user"
    return (text if owner else unmarked(text)).strip()


def _part(part: object) -> str:
    """A part of a message: its words, or what was heard of a recording; a picture has none."""
    spoken = table(part)
    return part if isinstance(part, str) else string(spoken.get("text"))


def unmarked(text: str) -> str:
    """An answer without the interface's marks for citations. A mark that shows a name shows it here as well."""
    return _LOOSE.sub("", _MARK.sub(_shown, text))


def _shown(mark: re.Match[str]) -> str:
    fields = mark[2].split("\ue202")[1:]
    if mark[1] == "entity" and fields:  # ["city","Lisbon","…"]
        named = array(parsed(fields[0]))
        return string(named[1]) if len(named) > 1 else ""
    return fields[0] if mark[1] in ("url", "link_title") and fields else ""
