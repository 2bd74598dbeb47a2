"""One component of a calendar as Items: what it says in words, who takes part, and when it comes again.

Knows the properties of VEVENT, VTODO and VJOURNAL (RFC 5545, section 3.6). A single one is one Item. A repeating one is
an Item that tells its rule, and one for each time it takes place, without the description; a changed occurrence
(RECURRENCE-ID) stands by itself. Alarms, attachments and rooms' answers are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2b
from itertools import islice

from secondme.records import Handle, Item, Role, Segment
from secondme.sources.agenda import recurrence
from secondme.sources.agenda.contentlines import Component, Line, split
from secondme.sources.agenda.recurrence import Rule, Window
from secondme.sources.agenda.zones import Moment, Zones, date_in_words, iana, in_words, label
from secondme.sources.web.shallow import shallow

KINDS = {"VEVENT": "event", "VTODO": "task", "VJOURNAL": "note"}
ORIGIN = "calendar"

_DURATION = re.compile(r"\s*([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\s*", re.IGNORECASE)
_MAIL = re.compile(r"[^\s<>:;,\"()]+@[^\s<>:;,\"()?]+")
_MARKUP = re.compile(
    r"</?(?:a|b|i|u|p|br|div|span|html|body|ul|ol|li|em|strong|table|font|h[1-6])\b[^>]*>", re.IGNORECASE
)
_LINE_MARKUP = re.compile(r"<(?:br|p|div|li|html)\b", re.IGNORECASE)
_ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "maybe",
    "DELEGATED": "sent somebody else",
    "NEEDS-ACTION": "has not answered",
}
_STATUS = {"CANCELLED": "cancelled", "TENTATIVE": "tentative", "COMPLETED": "done", "IN-PROCESS": "in progress"}
_INVITES = frozenset(("REQUEST", "CANCEL", "COUNTER", "REPLY", "ADD"))
_MOST_PEOPLE = 500
_MOST_EXCEPTIONS = 20  # told in words


Clock = tuple[tzinfo | None, str]  # by which times in UTC are told, and its name


@dataclass(frozen=True, slots=True)
class Around:
    """What a component is read in: the zones of its file, the owner's zone, and the span of time that is unrolled."""

    zones: Zones
    owner: tzinfo | None
    window: Window


@dataclass(frozen=True, slots=True)
class Entry:
    """One component, read."""

    item: Item  # as it is if it does not repeat
    start: Moment | None
    end: Moment | None
    shown: Clock
    brief: tuple[str, ...]  # of its facts, those that every occurrence repeats
    rules: tuple[tuple[Rule, datetime | None], ...] = ()  # each with the last moment by the start's clock
    except_rules: tuple[tuple[Rule, datetime | None], ...] = ()
    dates: tuple[Moment, ...] = ()
    left_out: frozenset[str] = frozenset()  # keys of moments
    unruly: bool = False  # repeats by a rule that cannot be followed

    @property
    def repeats(self) -> bool:
        return bool(self.rules or self.dates)


def read(component: Component, around: Around) -> Entry | None:
    """What a component says; None if it says nothing."""
    shown = _shown(component, around)
    start, end = _span(component, around.zones)
    title = " ".join(component.text("SUMMARY").split())
    about = _description(component)
    if not (title or about or start):
        return None
    when = _when(component, start, end, shown, around.zones)
    rules, unruly = _rules(component, "RRULE", start, around.zones)
    wall = None if start is None else start.wall
    repeats = _labelled("Repeats", "; ".join(recurrence.in_words(rule, wall, until) for rule, until in rules))
    except_on = list(_moments(component, "EXDATE", around.zones)) if repeats else []
    repeats += _labelled("Not on", ", ".join(date_in_words(moment.wall) for moment in except_on[:_MOST_EXCEPTIONS]))
    facts = list(_facts(component))
    brief = tuple(fact for fact in facts if fact.startswith(("Where: ", "Status: ")))
    head = "\n".join(part for part in (title, *when, *repeats, *facts) if part)
    text = f"{head}\n\n{about}" if head and about else head or about
    segments = [Segment(0, len(head), "field")] if head else []
    moment = start or around.zones.moment(component.first("DUE", "COMPLETED", "CREATED", "DTSTAMP", "LAST-MODIFIED"))
    item = Item(
        kind=KINDS[component.name],
        text=text,
        segments=tuple(segments + ([Segment(len(text) - len(about), len(text))] if about else [])),
        local=identity(component, around.zones),
        title=title,
        time=None if moment is None else moment.seen_in(*shown).aware(around.owner),
        tags=tuple(dict.fromkeys(tag for line in component.all("CATEGORIES") for tag in split(line.value, ",") if tag)),
        line=component.line,
        trust="other" if _invited(component) else "own",
        origin=ORIGIN,
        thread="" if component.outer is None else component.outer.text("X-WR-CALNAME", "NAME"),
        people=tuple(_people(component)),
        zoned=moment is None or moment.zone is not None,
    )
    if start is None or component.first("RECURRENCE-ID") is not None:
        return Entry(item, start, end, shown, brief)
    dates = tuple(_moments(component, "RDATE", around.zones))
    unruly = unruly and not rules and not dates
    left_out = frozenset(moment.key for moment in _moments(component, "EXDATE", around.zones))
    excepted, _ = _rules(component, "EXRULE", start, around.zones)
    return Entry(item, start, end, shown, brief, rules, excepted, dates, left_out, unruly)


def identity(component: Component, zones: Zones) -> str:
    """The UID, with the occurrence that it changes; a digest of what it says where a program gave none."""
    uid = component.text("UID")
    if not uid:
        said = "\0".join(component.text(name) for name in ("SUMMARY", "DTSTART", "DUE", "DESCRIPTION"))
        uid = blake2b(said.encode("utf-8", "replace"), digest_size=12).hexdigest()
    changed = zones.moment(component.first("RECURRENCE-ID"))
    return uid if changed is None else f"{uid}/{changed.key}"


def occurrences(entry: Entry, around: Around, changed: frozenset[str]) -> Iterator[Item]:
    """Each time that a repeating entry takes place in the window, but for those in `changed` (keys of moments).

    At most recurrence.MOST. Raises ValueError where a rule cannot be followed.
    """
    start = entry.start
    if start is None:
        return
    gone = entry.left_out | changed
    excepted = {wall for rule, until in entry.except_rules for wall in _walls(rule, start, until, around.window)}
    for moment in sorted(_all(entry, start, around.window), key=lambda moment: moment.wall):
        names = {moment.key, f"{moment.wall:%Y%m%dT%H%M%S}", f"{moment.wall:%Y%m%d}"}
        if not names & gone and moment.wall not in excepted:
            yield _occurrence(entry, start, moment, around)


def _all(entry: Entry, start: Moment, window: Window) -> list[Moment]:
    """The first one, those of the rules, and the dates that are listed; each once."""
    found = {start.key: start}
    for rule, until in entry.rules:
        for wall in _walls(rule, start, until, window):
            moment = replace(start, wall=wall)
            found[moment.key] = moment
    found |= {moment.key: moment for moment in entry.dates}
    return [moment for moment in found.values() if window[0] <= moment.wall <= window[1]][: recurrence.MOST]


def _walls(rule: Rule, start: Moment, until: datetime | None, window: Window) -> Iterator[datetime]:
    return islice(recurrence.times(rule, start.wall, until, window), recurrence.MOST)


def _occurrence(entry: Entry, start: Moment, moment: Moment, around: Around) -> Item:
    end = entry.end and replace(entry.end, wall=moment.wall + (entry.end.wall - start.wall)).seen_in(*entry.shown)
    when = _labelled("When", in_words(moment.seen_in(*entry.shown), end))
    text = "\n".join(part for part in (entry.item.title, *when, *entry.brief) if part)
    return replace(
        entry.item,
        text=text,
        segments=(Segment(0, len(text), "field"),),
        local=f"{entry.item.local}/{moment.key}",
        time=moment.seen_in(*entry.shown).aware(around.owner),
        zoned=moment.zone is not None,
    )


# ---- when


def _shown(component: Component, around: Around) -> Clock:
    """The clock that times in UTC are told by: the calendar's own, else the owner's where it is known."""
    name = "" if component.outer is None else component.outer.text("X-WR-TIMEZONE", "TZID")
    zone = iana(name) if name else None
    return (zone, label(zone, name)) if zone is not None else (around.owner, label(around.owner))


def _span(component: Component, zones: Zones) -> tuple[Moment | None, Moment | None]:
    start = zones.moment(component.first(*(("DTSTART", "DUE") if component.name == "VTODO" else ("DTSTART",))))
    end = zones.moment(component.first("DTEND", "DUE"))
    if start is None:
        return None, None
    whole = component.text("X-MICROSOFT-CDO-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY").upper() in ("TRUE", "1")
    if whole and start.wall.time() == datetime.min.time():
        start = Moment(start.wall, whole_day=True)
        end = end and Moment(end.wall, whole_day=True)
    if end is None:
        length = _duration(component.text("DURATION"))
        end = start.later(length) if length else None
    elif start.zone is UTC and end.zone is not UTC and not end.whole_day and end.zone is not None:
        start = start.seen_in(end.zone, end.named)
    return start, end if end is None or end.wall >= start.wall or end.named != start.named else None


def _duration(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text) if len(text) < 40 else None
    if found is None or found[1] == "-":
        return None
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in found.groups()[1:])
    try:
        return timedelta(days=7 * weeks + days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def _when(component: Component, start: Moment | None, end: Moment | None, shown: Clock, zones: Zones) -> Iterator[str]:
    if start is not None and component.first("DTSTART") is not None:
        last = None if component.name == "VTODO" else end
        yield f"When: {in_words(start.seen_in(*shown), last and last.seen_in(*shown))}"
    for name, words in (("DUE", "Due"), ("COMPLETED", "Done")):
        moment = zones.moment(component.first(name))
        if moment is not None:
            yield f"{words}: {in_words(moment.seen_in(*shown)).removesuffix(', all day')}"


def _rules(
    component: Component, name: str, start: Moment | None, zones: Zones
) -> tuple[tuple[tuple[Rule, datetime | None], ...], bool]:
    """The rules that can be followed, and whether there are others."""
    lines = [line for line in component.all(name) if line.value.strip()][:20]
    found = [rule for line in lines if (rule := recurrence.rule(line.value)) is not None]
    kept = tuple((rule, _until(rule, start, zones)) for rule in found)
    return kept, len(found) < len(lines)


def _until(rule: Rule, start: Moment | None, zones: Zones) -> datetime | None:
    """The last moment by the clock of the start."""
    until = zones.moment(Line("UNTIL", rule.get("UNTIL", "")))
    if until is None:
        return None
    if until.whole_day:
        return until.wall + timedelta(hours=23, minutes=59)
    return until.wall if start is None or start.zone is None else until.seen_in(start.zone, start.named).wall


def _moments(component: Component, name: str, zones: Zones) -> Iterator[Moment]:
    """Listed moments; of a period its start."""
    values = ((line, value) for line in component.all(name) for value in re.split("[,;]", line.value))
    for line, value in islice(values, 10_000):
        if (moment := zones.moment(line, value.partition("/")[0])) is not None:
            yield moment


# ---- what and who


def _facts(component: Component) -> Iterator[str]:
    yield from _labelled("Where", ", ".join(component.text("LOCATION").splitlines()))
    organizer = component.first("ORGANIZER")
    if organizer is not None:
        yield from _labelled("Organizer", _who(organizer))
    guests = [_guest(line) for line in component.all("ATTENDEE")[:_MOST_PEOPLE]]
    yield from _labelled("With", ", ".join(guest for guest in guests if guest))
    status = component.text("STATUS").upper()
    method = "" if component.outer is None else component.outer.text("METHOD").upper()
    yield from _labelled("Status", _STATUS.get("CANCELLED" if method == "CANCEL" else status, ""))
    yield from _labelled("Link", component.text("URL"))


def _labelled(name: str, value: str) -> list[str]:
    return [f"{name}: {value}"] if value else []


def _guest(line: Line) -> str:
    who = _who(line)
    answer = _ANSWERS.get(line.parameter("PARTSTAT").upper(), "")
    return f"{who} ({answer})" if who and answer else who


def _who(line: Line) -> str:
    handle = _handle(line, "with")
    return handle.name or handle.address.partition(":")[2]


def _people(component: Component) -> Iterator[Handle]:
    organizer = component.first("ORGANIZER")
    lines = [(line, "from") for line in ([organizer] if organizer else [])]
    lines += [(line, "with") for line in component.all("ATTENDEE")[:_MOST_PEOPLE]]
    seen = set()
    for line, role in lines:
        handle = _handle(line, "from" if role == "from" else "with")
        thing = line.parameter("CUTYPE").upper() in ("ROOM", "RESOURCE")
        if (handle.name or handle.address) and not thing and (handle.name, handle.address) not in seen:
            seen.add((handle.name, handle.address))
            yield handle


def _handle(line: Line, role: Role) -> Handle:
    mail = _MAIL.search(line.parameter("EMAIL")) or _MAIL.search(line.value)
    name = " ".join(line.parameter("CN").split())
    if not name and ":" not in line.value:  # vCalendar 1.0 has the name as the value
        name = line.text.partition("<")[0].strip() if "<" in line.value or mail is None else ""
    address = f"mailto:{mail[0].lower()}" if mail else ""
    return Handle("" if mail and name.lower() == mail[0].lower() else name, address, role)


def _invited(component: Component) -> bool:
    """Whether the words may be somebody else's."""
    method = "" if component.outer is None else component.outer.text("METHOD").upper()
    return method in _INVITES or component.first("ORGANIZER") is not None


def _description(component: Component) -> str:
    line = component.first("DESCRIPTION", "X-ALT-DESC", "COMMENT")
    if line is None:
        return ""
    text = line.text.strip()
    return _without_markup(text) if _MARKUP.search(text) else text


def _without_markup(text: str) -> str:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # 30 ms

    from secondme.sources.web.dom import pieces

    try:
        tree = LexborHTMLParser(shallow(text if _LINE_MARKUP.search(text) else text.replace("\n", "<br>")))
    except SelectolaxError:
        return text
    root = tree.body or tree.root
    return "" if root is None else "\n\n".join(piece.text for piece in pieces(root))
