"""WhatsApp: a chat as the app exports it, from Android or iOS, in the form of any region.

Knows which lines are messages, who wrote them and when, and what of them is the app's own. The file is read twice: once
to find out how its dates are to be read and who takes part, once for the messages.

A message is told by its minute, its sender and its words, and by nothing of the file: an export under another name, a
later one, and a part of one (the app gives no more than the latest 10,000 or 40,000 messages) have the same ids. The
price: what one person sends to two chats in one minute, word for word the same, is one message.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePath

from secondme.records import Handle, Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.chats.chatlines import Entry, decoder_of, entries, first_lines, lines
from secondme.sources.chats.whatsapp_stamps import Dates, Order, Stamp, moment, stamp
from secondme.sources.chats.whatsapp_words import MARK, is_notice, is_system, written
from secondme.sources.decoding import looks_binary, loss

NAME = "WhatsApp"
ORIGIN = "whatsapp"
_PEOPLE = 5_000  # that are remembered while a file is surveyed
_TITLES = re.compile(
    r"""^(?:
    WhatsApp[ -]?(?:Chatt?|Samtale|Keskustelu)?[ ](?:-[ ]|with[ ]|mit[ ]|met[ ]|med[ ]|henkilön[ ])
    |Chat[ ](?:de[ ])?WhatsApp[ ](?:con|dengan)[ ]
    |(?:Conversa|Xat)[ ](?:do|de|no|del)[ ]WhatsApp[ ](?:com[ ]|amb[ ]|-[ ])
    |Discussion[ ]WhatsApp[ ]avec[ ]
    |Czat[ ]WhatsApp[ ]z[ ](?:użytkownikiem[ ])?
    |Чат[ ]WhatsApp[ ][сз][ ](?:контактом[ ])?
    |Conversație[ ]WhatsApp[ ]cu[ ]
    |WhatsApp[ ](?:chat[ ]s|beszélgetés[ ]-|대화[ ]-)[ ]
    |WhatsAppのトーク:[ ]?
    |محادثة[ ]واتساب[ ]مع[ ]|צ.?אט[ ]WhatsApp[ ]עם[ ]
    |[与與][ ]?
    )(?P<name>.+?)(?:[ ]?的[ ]?WhatsApp[ ]?(?:聊天|對話|对话)\w*)?$
    |^(?P<before>.+?)(?:[ ]ile[ ]WhatsApp[ ]Sohbeti|とのWhatsAppトーク)$""",
    re.IGNORECASE | re.VERBOSE,
)
_COPY = re.compile(r"(?: ?\(\d{1,4}\)|\.zip|\.txt)+$", re.IGNORECASE)
_LEVELS = frozenset(("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "TRACE", "NOTICE"))


def claims(file: File) -> str | None:
    if looks_binary(file.head):
        return None
    named = _title(file) != "" or PurePath(file.name).name == "_chat.txt"
    held = [line for line in first_lines(file) if line.strip()]
    stamps = [(line, found) for line in held if (found := stamp(line)) is not None]
    if not stamps:
        return None
    names = [name for line, found in stamps if (name := _sender(line[found.end :])[0])]
    begun = stamp(held[0]) is not None
    if named and names and (begun or len(stamps) > 2):
        return "is named and written as WhatsApp exports a chat"
    talk = len(names) * 4 >= len(stamps) >= 2 and len(stamps) * 20 >= len(held) and _are_people(names)
    # a part of an export may begin in the middle of a message; then it must be two who speak in turn
    turns = sum(one != other for one, other in pairwise(names)) > len(set(names)) > 1
    program = stamps[0][1].form[1:].startswith("-1") and all(map(str.islower, names))
    if not talk or program or not (begun or turns):
        return None
    return "has lines with date, time and sender as WhatsApp exports them"


def _are_people(names: list[str]) -> bool:
    """Whether those who speak are not the parts of a program, nor the beginnings of sentences."""
    strangers = len(names) >= 5 and len(set(names)) == len(names)  # in a chat somebody speaks twice
    levels = sum(not _LEVELS.isdisjoint(re.split(r"\W", name)) for name in names)
    wordy = sum(len(name.split()) > 5 for name in names)
    return not strangers and 2 * max(levels, wordy) <= len(names)


def read(file: File) -> Iterator[Item | Skipped]:
    survey = _survey(file)
    decoder = decoder_of(file)
    identity, faults = chat.Identity(), chat.Faults(file, "line")
    found = False
    for entry in entries(lines(file, decoder), survey.begins):
        if entry.head is None:
            if entry.text.strip("\ufeff \r\n"):
                faults.add(
                    "comes before the first message, so that nobody knows who wrote it and when", f"line {entry.line}"
                )
            continue
        if (item := _item(file, entry, survey, identity)) is not None:
            found = True
            yield item
    if not found:
        yield Skipped(file.name, "holds no WhatsApp messages")
    yield from faults
    yield from loss(file, decoder)


@dataclass(slots=True)
class _Survey:
    """What the whole file says about how to read each of its lines."""

    orders: dict[str, Order]  # of the dates, by the form of the stamps
    thread: str
    people: tuple[str, ...] = ()
    longer: dict[str, str] = field(default_factory=dict)  # names with a colon in them, by what stands before it
    ends: str = "\n"  # of each message; iOS ends the lines within one with the second of these two characters alone
    before: str = "\r\n"  # the line before the one that is asked about

    def begins(self, line: str) -> tuple[tuple[Stamp, str], int] | None:
        """The stamp and sender ("" for a notice) of a line in this file's form, and where its text begins."""
        found, whole = stamp(line), self.before.endswith(self.ends)
        self.before = line[-2:]
        if found is None or not whole or found.form not in self.orders:
            return None
        sender, end = _sender(line[found.end :])
        if sender in self.longer and line.startswith(f"{self.longer[sender]}: ", found.end + end):
            end += len(self.longer[sender]) + 2
            sender = f"{sender}: {self.longer[sender]}"
        return (found, sender), found.end + end

    def other(self, sender: str) -> tuple[Handle, ...]:
        """Who a message of this sender went to, in a chat of two."""
        if len(self.people) != 2 or sender not in self.people:
            return ()
        other = chat.person(self.people[self.people[0] == sender], role="to")
        return (other,) if other else ()


class _People:
    """Who writes in a chat, and whose name goes on behind a colon ("Work: Bob" is a name if "Work" is nothing else)."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self._behind: dict[str, str] = {}
        self.chat = ""

    def see(self, rest: str) -> None:
        sender, end = _sender(rest)
        if not sender or (len(self.count) >= _PEOPLE and sender not in self.count):
            return
        text = rest[end:]
        if text.startswith(MARK) or is_notice(text):
            self.chat = self.chat or (sender if is_notice(text) else "")
            return
        behind = text.partition(": ")[0] if ": " in text[:40] and not text[0].islower() else ""
        self.count[sender] += 1
        if self._behind.setdefault(sender, behind) != behind:
            self._behind[sender] = ""

    def longer(self) -> dict[str, str]:
        return {name: behind for name, behind in self._behind.items() if self.count[name] >= 3 and behind}

    def names(self) -> tuple[str, ...]:
        longer = self.longer()
        return tuple(f"{name}: {longer[name]}" if name in longer else name for name in self.count)

    def title(self) -> str:
        names = self.names()
        more = f" and {len(names) - 3} more" if len(names) > 4 else ""
        return ", ".join(names[: 3 if more else 4]) + more


def _survey(file: File) -> _Survey:
    forms: Counter[str] = Counter()
    seen: dict[str, tuple[Dates, _People]] = {}
    whole, before = 0, "\r\n"
    for line in lines(file, decoder_of(file)):
        if (found := stamp(line)) is not None:
            forms[found.form] += 1
            whole += before.endswith("\r\n")
            if found.form not in seen:
                seen[found.form] = (Dates(), _People())
            order, people = seen[found.form]
            order.see(found)
            people.see(line[found.end :])
        before = line[-2:]
    if not forms:
        return _Survey({}, "")
    (form, most), *others = forms.most_common()
    # another form is that of a chat which was pasted into a message, unless there are many: exports put together
    mixed = most * 3 < forms.total() * 2
    kept = [form, *(other for other, count in others if mixed or (count >= 10 and count * 4 >= most))]
    people = seen[form][1]
    thread = _title(file) or people.chat or people.title()
    ends = "\r\n" if whole * 2 > forms.total() > 1 else "\n"
    return _Survey({form: seen[form][0].order() for form in kept}, thread, people.names(), people.longer(), ends)


def _sender(rest: str) -> tuple[str, int]:
    """The name in "Name: text", and where the text begins; "" in a line that the app wrote by itself."""
    name, colon, _ = rest.partition(": ")
    end = len(name) + 2
    if not colon:
        if not (bare := rest.rstrip(" \r\n")).endswith(":"):
            return "", 0
        name, end = bare[:-1], len(bare)
    shown = _shown(name)
    return (shown, end) if shown else ("", 0)


@lru_cache(maxsize=4096)
def _shown(name: str) -> str:
    """A name as a person reads it; "" if it is none."""
    shown = " ".join(chat.visible(name).split()).removeprefix("~").lstrip()  # behind "~", what a stranger goes by
    return "" if is_system(shown) or "\n" in name else shown


def _item(file: File, entry: Entry[tuple[Stamp, str]], survey: _Survey, identity: chat.Identity) -> Item | None:
    assert entry.head is not None
    (when, sender), raw = entry.head, entry.text
    text = written(raw, sender if when.form.startswith("[") else "") if sender else ""
    if not text:
        return None
    naive = moment(when, survey.orders[when.form])
    at = raw.find(text)  # not there if marks were taken out of it
    return chat.message(
        text,
        origin=ORIGIN,
        local=identity(chat.minute(naive) if naive else repr(when[1:4]), sender, text),
        time=dates.local(naive, file.zone) if naive else None,
        sender=chat.person(sender),
        thread=survey.thread,
        zoned=False,
        people=survey.other(sender),
        base=entry.base + at if at >= 0 else 0,
        line=entry.line,
    )


def _title(file: File) -> str:
    """The chat's name as the file's, its folder's or its archive's name has it; "" if none does."""
    path = PurePath(file.name)
    outer = PurePath(file.outer.name).name if file.outer else ""
    for name in (path.name, path.parent.name, outer):
        bare = _COPY.sub("", chat.visible(name)).replace("\u00a0", " ").strip()
        for spelled in (bare, bare.replace("_", " ")):
            if (found := _TITLES.match(spelled)) is not None:
                return _COPY.sub("", found["name"] or found["before"]).strip()
    return ""
