"""One <note> of an Evernote export, as its elements come in: its fields, its tasks, its attachments on disk.

Knows limits: a text that passes them is a fault of the note, an attachment that does is left out. Knows nothing of what
the content means (enml.py), nor of what an attachment holds.
"""

from __future__ import annotations

import binascii
import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from secondme.errors import Unreadable
from secondme.sources.files import why
from secondme.sources.notes.elements import Elements

CONTENT_CHARS = 16 * 1024 * 1024  # the tree takes about ten times the text
ATTACHED_BYTES = 100 * 1024 * 1024

# With a DTD that is never fetched, a name such as &nbsp; is unknown rather than wrong.
_PROLOGUE = '<!DOCTYPE en-export SYSTEM "evernote-export4.dtd"><en-export>'
_GAPS = re.compile(r"[^A-Za-z0-9+/]+")
_FIELDS = frozenset(("title", "content", "created", "updated", "guid", "author", "source", "source-url"))
_OF_RESOURCES = frozenset(("mime", "recognition", "file-name"))
_OF_TASKS = frozenset(("title", "taskStatus"))


@dataclass(slots=True)
class Resource:
    """An attachment. `path` has its bytes, unless `fault` says why they were not kept."""

    path: Path
    fields: dict[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def name(self) -> str:
        if name := " ".join(self.fields.get("file-name", "").split()):
            return name
        return "attachment" + (mimetypes.guess_extension(self.fields.get("mime", "").strip()) or "")


class Note:
    """A note that is fed the text of its element. `fault` says why it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.fault = ""
        self.tags: list[str] = []
        self.tasks: list[dict[str, str]] = []
        self.resources: list[Resource] = []
        self._folder = folder
        self._fields: dict[str, str] = {}
        self._open: list[str] = []
        self._said: list[str] = []
        self._size = 0
        self._bytes: _Base64 | None = None
        self._elements = Elements(self)
        self._elements.feed(_PROLOGUE)

    def feed(self, text: str) -> None:
        if self.fault:
            return
        try:
            self._elements.feed(text)
        except Unreadable as error:
            self.fault = error.message

    def one(self, name: str) -> str:
        """A field that a note has once; "" if it has none. `content` with its lines, others without."""
        text = self._fields.get(name, "")
        return text if name == "content" else " ".join(text.split())

    def discard(self) -> None:
        """Gives back the room of what was attached."""
        if self._bytes is not None:
            self._bytes.close()
        for resource in self.resources:
            resource.path.unlink(missing_ok=True)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._open.append(name)
        self._said, self._size = [], 0
        if name == "resource":
            self.resources.append(Resource(self._folder / f"{len(self.resources)}"))
        elif name == "task":
            self.tasks.append({})
        elif name == "data" and self._open[-2] == "resource":
            self._bytes = _Base64(self.resources[-1])

    def end(self, name: str) -> None:
        self._open.pop()
        text = "".join(self._said)
        if self._bytes is not None and name == "data":
            self._bytes.close()
            self._bytes = None
        elif "resource" in self._open:
            if name in _OF_RESOURCES:
                self.resources[-1].fields.setdefault(name, text)
        elif "task" in self._open:
            if name in _OF_TASKS and self._open[-1] == "task":
                self.tasks[-1].setdefault(name, " ".join(text.split()))
        elif name == "tag":
            self.tags.append(" ".join(text.split()))
        elif name in _FIELDS:
            self._fields.setdefault(name, text)
        self._said = []

    def data(self, text: str) -> None:
        if self._bytes is not None:
            self._bytes.feed(text)
            return
        self._size += len(text)
        if self._size <= CONTENT_CHARS:
            self._said.append(text)
        elif "resource" not in self._open:
            raise Unreadable("is larger than the 16 MB that a note's text may have")


class _Base64:
    """Bytes written to disk as they are decoded, however the text is cut."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._rest = ""
        self._size = 0
        self._file: BinaryIO | None = None
        self._attempt(self._open)

    def feed(self, text: str) -> None:
        self._rest += _GAPS.sub("", text)
        whole = len(self._rest) // 4 * 4
        ready, self._rest = self._rest[:whole], self._rest[whole:]
        self._write(binascii.a2b_base64(ready))

    def close(self) -> None:
        if len(self._rest) > 1:
            self._write(binascii.a2b_base64(self._rest + "=" * (-len(self._rest) % 4)))
        self._rest = ""
        if self._file is not None:
            self._attempt(self._file.close)
        if self._resource.fault:
            self._resource.path.unlink(missing_ok=True)

    def _open(self) -> None:
        self._file = self._resource.path.open("wb")

    def _write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > ATTACHED_BYTES:
            self._resource.fault = "is larger than the 100 MB that an attachment may have"
        elif self._file is not None and not self._resource.fault:
            file = self._file
            self._attempt(lambda: file.write(data))

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            self._resource.fault = f"could not be put on disk: {why(error)}"
