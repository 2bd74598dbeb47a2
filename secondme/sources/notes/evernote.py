"""Evernote's export (.enex): a note as an Item, its attachments read by their own readers.

The format: evernote-export4.dtd; a note is <title>, <content> (ENML as CDATA), <created> and <updated> as
20230115T101500Z, <tag>, <note-attributes>, <task>, and <resource> with its bytes in base64. Each note is parsed by
itself, so that one that is damaged costs only itself; an attachment goes to disk as it comes, so that memory does not
depend on it. The notebook is the file's name, as Evernote exports one notebook per file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Segment, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats.chat import Faults, Identity
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.nested import inner, read_inner
from secondme.sources.notes import enml
from secondme.sources.notes.elements import Elements, Unsafe
from secondme.sources.notes.enexnote import Note, Resource
from secondme.sources.outline import Piece, compose

NAME = "Evernote"

_OPENING = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!DOCTYPE\s+en-export|en-export)\b", re.DOTALL)
_BORDER = re.compile(r"<note(?=[\s>])|</note\s{0,8}>")
_END = re.compile(r"</note\s{0,8}>\Z")
_TAIL = 16  # characters, the longest border
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]+")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_BY_OTHERS = ("web.clip", "mail.", "clearly")
_READING = re.compile(r'<t\s+w="(\d{1,3})"[^<>]*>([^<>]*)</t>')


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1):
        return None
    if _OPENING.match(file.head.removeprefix(b"\xef\xbb\xbf")[:4096]):
        return "begins like an Evernote export"
    return "ends in .enex" if file.suffix == ".enex" else None


def read(file: File) -> Iterator[Item | Skipped]:
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    identity, faults, found = Identity(), Faults(file, "note"), False
    with opened(file.path) as stream, TemporaryDirectory(prefix="secondme-") as folder:
        for number, note in enumerate(_notes(decoder.stream(stream), Path(folder)), 1):
            try:
                item = _item(file, note, identity)
            except Exception:  # a content that no tree can be made of must not cost the other notes
                note.fault = note.fault or "has a content that cannot be read"
            if note.fault:
                faults.add(note.fault, f"note {number}")
                note.discard()
                continue
            found = True
            if item.text:
                yield item
            for resource, name in zip(note.resources, _named(note.resources), strict=True):
                yield from _attached(file, item, resource, f"{_spoken(item.title)} › {name}")
            note.discard()
    yield from faults
    if not found:
        yield Skipped(file.name, "holds no notes that can be read")
    yield from loss(file, decoder)


def _notes(pieces: Iterator[str], folder: Path) -> Iterator[Note]:
    """The notes one after the other. Raises Unsafe if the export declares entities."""
    prologue: Elements | None = Elements(_Ignored())
    note: Note | None = None
    for text in _stretches(pieces):
        if _BORDER.match(text) and not text.startswith("</"):
            if note is not None:
                note.fault = "breaks off in the middle"
                yield note
            note, prologue = Note(folder), None
        if note is not None:
            note.feed(text)
            if _END.search(text, max(0, len(text) - _TAIL)):
                yield note
                note = None
        elif prologue is not None:
            try:
                prologue.feed(text)
            except Unsafe:
                raise
            except Unreadable:
                prologue = None  # the notes may be sound
    if note is not None:
        note.fault = note.fault or "breaks off in the middle"
        yield note


def _stretches(pieces: Iterator[str]) -> Iterator[str]:
    """The same text, cut before each note and after it."""
    rest = ""
    for piece in pieces:
        rest += piece
        at = 0
        for border in _BORDER.finditer(rest):
            cut = border.end() if border[0].startswith("</") else border.start()
            if cut > at:
                yield rest[at:cut]
                at = cut
        # never so little that half of a border goes out
        if (end := len(rest) - _TAIL) > at + _TAIL:
            yield rest[at:end]
            at = end
        rest = rest[at:]
    if rest:
        yield rest


class _Ignored:
    """What stands before the first note."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


def _item(file: File, note: Note, identity: Identity) -> Item:
    """The note itself; without text if it has neither words nor a title."""
    tree = enml.parsed(note.one("content"))
    tasks = [
        f"- [{'x' if t.get('taskStatus') == 'completed' else ' '}] {t['title']}" for t in note.tasks if t.get("title")
    ]
    pieces = [*enml.blocks(tree), *([Piece("\n".join(tasks), "list")] if tasks else [])]
    title = note.one("title")
    text, segments = compose(pieces or ([Piece(title)] if title else []))
    created, author = note.one("created"), note.one("author")
    address = f"mailto:{author.lower()}" if _ADDRESS.fullmatch(author) else ""
    # what tells a note without a date is its beginning
    name = identity(created, title, "" if created else text[:1000])
    links = [note.one("source-url"), *enml.titles(tree)]
    return Item(
        kind="note",
        text=text,
        segments=segments,
        local=note.one("guid") or name,
        title=title or "Untitled",
        time=dates.parse(created, file.zone) or dates.parse(note.one("updated"), file.zone),
        speaker=author,
        tags=tuple(dict.fromkeys(tag for tag in note.tags if tag)),
        links=tuple(dict.fromkeys(link for link in links if link)),
        line=0,
        trust="other" if note.one("source").lower().startswith(_BY_OTHERS) else "own",
        origin="evernote",
        part=title,
        thread=PurePath(file.name).stem,
        people=(Handle(author, address),) if author else (),
    )


def _attached(file: File, note: Item, resource: Resource, name: str) -> Iterator[Item | Skipped]:
    """What is in an attachment, by its own reader; else the words that Evernote saw in a picture."""
    if resource.fault:
        yield Skipped(f"{file.name} › {name}", resource.fault)
        return
    found = False
    reasons: list[Skipped] = []
    try:
        for record in read_inner(inner(file, resource.path, name, note.time or file.modified)):
            if isinstance(record, Skipped):
                reasons.append(record)
                continue
            found = True
            yield record if record.origin else _of(note, record)
    except Unreadable as error:
        reasons.append(Skipped(f"{file.name} › {name}", error.message.rstrip(".")))
    if not found and (words := _recognised(resource.fields.get("recognition", ""))):
        seen = Item("screenshot", words, (Segment(0, len(words)),), name, resource.name, note.time, line=0, part=name)
        yield _of(note, seen)
    else:
        yield from reasons
    resource.path.unlink(missing_ok=True)


def _of(note: Item, record: Item) -> Item:
    """An attached record as part of its note."""
    thread = record.thread or note.thread
    return replace(record, origin=note.origin, local=f"{note.local}/{record.local}", thread=thread)


def _named(resources: list[Resource]) -> Iterator[str]:
    """The attachments' names, each told from the others."""
    seen: Counter[str] = Counter()
    for resource in resources:
        name = PurePath(_spoken(resource.name))
        seen[name.name] += 1
        yield name.name if seen[name.name] == 1 else f"{name.stem} ({seen[name.name]}){name.suffix}"


def _recognised(reco: str) -> str:
    """The likeliest reading of each word (recoIndex.dtd)."""
    words = []
    for seen in reco.split("<item")[1:]:
        readings = [(int(weight), word.strip()) for weight, word in _READING.findall(seen) if word.strip()]
        if readings:
            words.append(max(readings, key=lambda reading: reading[0])[1])
    return unescape(" ".join(words))


def _spoken(name: str) -> str:
    """A name that stands in a place on one line, and is no path."""
    return " ".join(_UNSPEAKABLE.sub(" ", name).split())[:200] or "attachment"
