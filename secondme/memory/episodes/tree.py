"""The tree of summaries above the episodes: days, weeks, months, and topics that come up again.

As in MemTree (Rezazadeh et al. 2024) and HEMA (Ahn 2025) each level is made of the one below it; but its lines are
chosen from theirs and never written anew, so that each still cites the passage that says it. A day's lines are from the
episodes that begin on it, a week's and a month's from its days. A topic is a word that the titles of several episodes
share, on different days. What has changed below is made anew, the rest stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from itertools import islice

from secondme.memory.episodes.summarising import Sentence, chosen
from secondme.memory.episodes.telling import Token, bare, describing, root, roots, tokens
from secondme.store import episodes as store
from secondme.store.episodes import Line
from secondme.store.ledger import Ledger

LINES = {"day": 5, "week": 7, "month": 10, "topic": 8}
FALLING = 0.7  # of a line's worth, one place further down below
RECURRING = 3  # episodes that make a topic, on
DAYS_APART = 2  # different days at least
WIDEST = 0.2  # share of the episodes; a word that more have is none
MOST_TOPICS = 200
ALIKE = 0.6  # of two topics' episodes in common, from which they are one
AT_ONCE = 50  # summaries in one transaction

Tell = Callable[[str, int, int], None]


def keys_of(moment: int, zone: tzinfo | None) -> dict[str, str]:
    """The day, week and month in which a moment is, as their summaries are called: 2026-05-17, 2026-W20, 2026-05."""
    return _keys(datetime.fromtimestamp(moment, UTC).astimezone(zone).date())


def _keys(day: date) -> dict[str, str]:
    year, week, _ = day.isocalendar()
    return {"day": day.isoformat(), "week": f"{year:04}-W{week:02}", "month": f"{day.year:04}-{day.month:02}"}


def unsettle(ledger: Ledger, moments: Iterable[int], zone: tzinfo | None) -> None:
    """Something has changed at these moments: the summaries above have to be made again, and all topics."""
    touched = defaultdict[str, set[str]](set)
    for moment in moments:
        for level, key in keys_of(moment, zone).items():
            touched[level].add(key)
    for level, keys in touched.items():
        store.unsettle(ledger, level, sorted(keys))
    store.unsettle(ledger, "topic", store.keys(ledger, "topic"))


def grow(
    ledger: Ledger, zone: tzinfo | None, stop: Callable[[], bool], progress: Tell = lambda doing, done, total: None
) -> tuple[int, bool]:
    """Write the summaries that are missing. Returns how many, and False if it was stopped before the end."""
    days = defaultdict[str, list[str]](list)
    begin = dict[str, str]()
    for id_, first in ledger.rows("SELECT id, first FROM episodes WHERE first IS NOT NULL ORDER BY first, n"):
        begin[id_] = keys_of(first, zone)["day"]
        days[begin[id_]].append(id_)
    above: dict[str, dict[str, list[str]]] = {"week": defaultdict(list), "month": defaultdict(list)}
    for day in days:
        for level, key in _keys(date.fromisoformat(day)).items():
            if level in above:
                above[level][key].append(day)
    written = 0
    for level, below, nodes in (
        ("day", "episode", days),
        ("week", "day", above["week"]),
        ("month", "day", above["month"]),
    ):
        done, finished = _level(ledger, level, below, nodes, stop, progress)
        written += done
        if not finished:
            return written, False
    return written + _topics(ledger, begin), True


def _level(
    ledger: Ledger,
    level: str,
    below: str,
    nodes: Mapping[str, Sequence[str]],
    stop: Callable[[], bool],
    progress: Tell,
) -> tuple[int, bool]:
    held = store.keys(ledger, level)
    store.unsettle(ledger, level, held - nodes.keys())
    missing = iter(sorted(nodes.keys() - held, reverse=True))
    total, done = len(nodes.keys() - held), 0
    while batch := list(islice(missing, AT_ONCE)):
        progress(f"{level}s", done, total)
        if stop():
            return done, False
        with ledger.transaction():
            lines = store.lines(ledger, below, [child for key in batch for child in nodes[key]])
            told = {key: best([lines[one] for one in nodes[key] if one in lines], LINES[level]) for key in batch}
            store.summarise(ledger, level, told)
        done += len(batch)
    return done, True


def best(children: Sequence[Sequence[Line]], most: int) -> list[Line]:
    """The lines that stand for several summaries, whose own are the most telling first: of each the first before any
    second, and none that says what another has said."""
    some = [
        Sentence(line, _said(line.text), FALLING**rank * len(lines) ** 0.25, order)
        for order, lines in enumerate(children)
        for rank, line in enumerate(lines)
    ]
    return [one.line for one in chosen([one for one in some if one.words], most, {})]


def _said(text: str) -> frozenset[str]:
    return frozenset(root(token.plain) for token in tokens(text) if not token.silent)


# -- topics -----------------------------------------------------------------------------------------------------------


def _topics(ledger: Ledger, days: Mapping[str, str]) -> int:
    """Make the topics' summaries, if there are none. `days`: the day of each dated episode."""
    if store.keys(ledger, "topic"):
        return 0
    titles = dict[str, str](ledger.rows("SELECT id, title FROM episodes"))
    told = dict[str, list[Line]]()
    for topic, episodes in recurring(titles, days).items():
        lines = store.lines(ledger, "episode", episodes)
        about = [[line for line in lines.get(one, ()) if roots(topic) <= roots(line.text)] for one in episodes]
        found = best([some for some in about if some], LINES["topic"])
        if len({line.passage for line in found}) > 1:
            told[topic] = found
    store.summarise(ledger, "topic", told)
    return len(told)


def recurring(titles: Mapping[str, str], days: Mapping[str, str]) -> dict[str, list[str]]:
    """What comes up again in titles (by episode), with the episodes that have it: a word, or the phrase in which it
    mostly stands."""
    having = defaultdict[str, list[str]](list)
    spelt = defaultdict[str, Counter[str]](Counter)
    for id_, title in titles.items():
        words = {root(token.plain): token for token in tokens(title) if _names_a_topic(token)}
        for stem, token in words.items():
            having[stem].append(id_)
            spelt[stem].update({_part(title, token), bare(title[token.start : token.end])})
    found: dict[str, list[str]] = {}
    for stem in sorted(having, key=lambda stem: (-len(having[stem]), stem)):
        episodes = having[stem]
        apart = len({days[one] for one in episodes if one in days}) >= DAYS_APART
        most = max(RECURRING, WIDEST * len(titles))
        if RECURRING <= len(episodes) <= most and apart and not _alike(episodes, found.values()):
            found[_called(spelt[stem], len(episodes))] = episodes
        if len(found) == MOST_TOPICS:
            break
    return found


def _part(title: str, token: Token) -> str:
    """The phrase of a title in which a word stands."""
    begin, end = title.rfind(", ", 0, token.start), title.find(", ", token.end)
    return bare(title[begin + 2 if begin >= 0 else 0 : end if end >= 0 else len(title)])


def _names_a_topic(token: Token) -> bool:
    return not token.silent and len(token.plain) > 2 and not describing(token)


def _called(spelt: Counter[str], episodes: int) -> str:
    """The longest of the phrases that half of the episodes have, else the most usual."""
    counts = Counter[str]()
    for name, count in spelt.items():
        counts[name.casefold()] += count
    usual = [name for name, count in counts.items() if 2 * count > episodes] or [counts.most_common(1)[0][0]]
    wanted = max(usual, key=lambda name: (len(name.split()), counts[name], name))
    name = max((name for name in spelt if name.casefold() == wanted), key=lambda name: (spelt[name], name))
    return name[:1].upper() + name[1:]


def _alike(episodes: Sequence[str], others: Iterable[Sequence[str]]) -> bool:
    mine = set(episodes)
    return any(len(mine & set(other)) >= ALIKE * len(mine | set(other)) for other in others)
