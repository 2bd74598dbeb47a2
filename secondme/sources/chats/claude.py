"""Claude's data export: conversations.json, projects.json, memories.json and users.json.

Of a conversation the branch that its owner saw last is read: where a message was edited or an answer asked for again,
the later one. Thoughts, tools and what they gave are left out; the text of an attached file is an Item of its own. The
owner is called "me". A project gives a note with its description and instructions, and one for each of its documents;
memories are notes that the assistant wrote; users.json describes the owner.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Segment, Skipped, Trust
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.documents import text
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import elements, moment, string, table, tables

NAME = "Claude"

_SPEAKERS = {"human": "me", "assistant": "Claude"}
_UNSHOWN = "This block is not supported on your current device yet."
_NOWHERE = "00000000-0000-"  # how the parent of a first message begins
_KEYS = {  # what a file is -> keys that it cannot be without, in each element of an array or in the one object
    "conversations": {"uuid", "chat_messages"},
    "projects": {"uuid", "prompt_template", "is_private"},
    "memories": {"conversations_memory"},
    "users": {"uuid", "full_name", "email_address"},
}


def claims(file: File) -> str | None:
    what, _ = _kind(file)
    return f"has the keys of Claude's {what}" if what else None


def _kind(file: File) -> tuple[str, str]:
    """What the file holds, and where ("item" or the whole)."""
    places = shape(file)
    for what, keys in _KEYS.items():
        if {f"item.{key}" for key in keys} <= places:
            return what, "item"
        if keys <= places:
            return what, ""
    if any(place.startswith("item.chat_messages.item.sender") for place in places):
        return "conversations", "item"
    return "", ""


def read(file: File) -> Iterator[Item | Skipped]:
    what, place = _kind(file)
    if not what:
        raise Unreadable("holds nothing that Claude exports")
    making = {"conversations": _conversation, "projects": _project, "memories": _memory, "users": _user}[what]
    faults = chat.Faults(file, "record")
    found = 0
    for number, record in enumerate(elements(file, place), 1):
        if isinstance(record, Skipped):
            yield record
        elif not isinstance(record, dict):
            faults.add("is of no use", f"record {number}")
        else:
            for item in making(file, record):
                found += 1
                yield item
    yield from faults
    if not found:
        yield Skipped(file.name, f"holds no {what} with any words")


# -- conversations -------------------------------------------------------------------------------------------------


def _conversation(file: File, conversation: dict[str, Any]) -> Iterator[Item]:
    title = string(conversation.get("name")) or "Untitled"
    id_ = string(conversation.get("uuid"))
    origin = f"claude:{id_ or chat.digest(title, string(conversation.get('created_at')))}"
    identity = chat.Identity()
    for message in shown(conversation):
        sender = string(message.get("sender"))
        said = words(message)
        local = string(message.get("uuid")) or identity(string(message.get("created_at")), sender, said)
        time = moment(message.get("created_at"), file.zone) or moment(conversation.get("created_at"), file.zone)
        if said and sender in _SPEAKERS:
            yield chat.message(
                said,
                origin=origin,
                local=local,
                time=time,
                sender=Handle(_SPEAKERS[sender]),
                thread=title,
                trust="own" if sender == "human" else "machine",
                part=title,
            )
        for number, attachment in enumerate(tables(message.get("attachments")), 1):
            name = string(attachment.get("file_name")) or "attachment"
            content = string(attachment.get("extracted_content"))
            yield from _document(content, origin, f"{local}/{number}", name, time, title, "other")


def words(message: dict[str, Any]) -> str:
    """What is said in a message. Older exports have it in `text` alone, newer ones in the text blocks of `content`."""
    blocks = tables(message.get("content"))
    said = [string(block.get("text")).strip() for block in blocks if block.get("type") in ("text", "voice_note")]
    if blocks:
        return "\n\n".join(filter(None, said))
    return string(message.get("text")).replace(f"```\n{_UNSHOWN}\n```", "").strip()


def shown(conversation: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that are shown: of several with one parent, the one on the way to the current leaf, else the last.

    A message whose parent is not there is shown, and so is all that an older export, without parents, holds.
    """
    messages = tables(conversation.get("chat_messages"))
    above = {string(message.get("uuid")): string(message.get("parent_message_uuid")) for message in messages}
    if not any(above.values()):
        return messages
    chosen = {
        parent: id_ for id_, parent in above.items() if parent in above or not parent or parent.startswith(_NOWHERE)
    }
    leaf = string(conversation.get("current_leaf_message_uuid"))
    for id_ in _upwards(leaf if leaf in above else next(reversed(above)), above):
        chosen[above[id_]] = id_
    hidden: dict[str, bool] = {}
    for start in above:
        path = list(_upwards(start, above, hidden))
        last = path[-1] if path else start
        gone = hidden.get(above[last], False)
        for id_ in reversed(path):
            gone = gone or chosen.get(above[id_], id_) != id_
            hidden[id_] = gone
    return [message for message in messages if not hidden.get(string(message.get("uuid")))]


def _upwards(start: str, above: dict[str, str], known: Container[str] = ()) -> Iterator[str]:
    """A message and those above it, up to one without a parent or a `known` one. Ends in a circle, too."""
    passed: set[str] = set()
    while start in above and start not in passed and start not in known:
        passed.add(start)
        yield start
        start = above[start]


# -- the other files ----------------------------------------------------------------------------------------------


def _project(file: File, project: dict[str, Any]) -> Iterator[Item]:
    name, id_ = string(project.get("name")) or "Untitled", string(project.get("uuid"))
    if project.get("is_starter_project") is True:
        return  # comes with every account
    origin = f"claude:{id_}"
    about = [string(project.get(key)).strip() for key in ("description", "prompt_template")]
    time = moment(project.get("created_at"), file.zone)
    yield from _document("\n\n".join(filter(None, about)), origin, "about", name, time, name, "own")
    for document in tables(project.get("docs")):
        title, content = string(document.get("filename")) or "document", string(document.get("content"))
        local = string(document.get("uuid")) or chat.digest(title, content)
        time = moment(document.get("created_at"), file.zone)
        yield from _document(content, origin, local, title, time, name, "other")


def _memory(file: File, memory: dict[str, Any]) -> Iterator[Item]:
    origin = f"claude:{string(memory.get('account_uuid'))}"
    about = string(memory.get("conversations_memory"))
    yield from _document(about, origin, "memory", "Claude's memory", None, "Claude's memory", "machine")
    for project, content in table(memory.get("project_memories")).items():
        title = "Claude's memory of a project"
        yield from _document(string(content), origin, f"memory/{project}", title, None, title, "machine")


def _document(
    content: str, origin: str, local: str, title: str, time: datetime | None, thread: str, trust: Trust
) -> Iterator[Item]:
    """A text that has a name, in parts if it is long."""
    parts = list(text.parts([content.strip()]))
    for number, part in enumerate(parts, 1):
        yield Item(
            kind="note",
            text=part,
            segments=(Segment(0, len(part)),),
            local=local if len(parts) == 1 else f"{local}/part-{number:04}",
            title=title,
            time=time,
            line=0,
            trust=trust,
            origin=origin,
            part=thread if thread == title else f"{thread} › {title}",
            thread=thread,
        )


def _user(file: File, user: dict[str, Any]) -> Iterator[Item]:
    name, mail, phone = (
        string(user.get(key)).strip() for key in ("full_name", "email_address", "verified_phone_number")
    )
    said = "\n".join(filter(None, (name, mail, phone)))
    if not said:
        return
    addresses = [f"mailto:{mail.lower()}" if "@" in mail else "", chat.telephone(phone)]
    yield Item(
        kind="contact",
        text=said,
        segments=(Segment(0, len(said), "field"),),
        local=string(user.get("uuid")) or chat.digest(mail),
        title=name or mail,
        line=0,
        origin="claude",
        people=tuple(Handle(name or mail, address, "about") for address in addresses if address)
        or ((Handle(name, "", "about"),) if name else ()),
    )
