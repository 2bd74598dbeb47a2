"""What was found, for a person and as JSON: passages, what speaks for each, and how likely the answer is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secondme.surfaces.cli.terminal import output

if TYPE_CHECKING:
    from datetime import tzinfo

    from secondme.records import Hit, Passage, Recollection

# estimated probabilities from these on, in words
_SAID = (
    (0.9, "The answer is almost certainly there"),
    (0.65, "The answer is probably there"),
    (0.35, "The answer may be there or not"),
    (0.1, "The answer is probably not there"),
    (0.0, "The answer is almost certainly not there"),
)
_RAW = ("bm25", "cosine")  # of `Hit.why`, what is no share of the score


def show_recollection(found: Recollection, zone: tzinfo | None, *, explain: bool) -> None:
    """The passages, best first; with `explain` what was made of the question, why each is there, and how likely it is
    that they hold the answer."""
    if explain:
        for sentence in found.notes:
            _line(sentence)
        output().print()
    for n, hit in enumerate(found.hits, start=1):
        _show_hit(n, hit, zone, explain)
    if explain:
        _line(f"{likelihood(found.answerable)} ({found.answerable:.2f}).")


def likelihood(probability: float) -> str:
    """A probability (0..1) in words, without a full stop."""
    return next(words for least, words in _SAID if probability >= least)


def _show_hit(n: int, hit: Hit, zone: tzinfo | None, explain: bool) -> None:
    when = f"  {hit.passage.time.astimezone(zone):%Y-%m-%d}" if hit.passage.time else ""
    _line(f"{n}. {hit.place}{when}", "cyan")
    if explain:
        for line in _reasons(n, hit):
            _line(f"   {line}", "green")
    if len(hit.times) > 1:
        _line(f"   seen {len(hit.times)} times, first {hit.times[0][:10]}, last {hit.times[-1][:10]}", "dim")
    if hit.passage.context:
        _line(f"   {hit.passage.context}", "dim")
    for passage in hit.before:
        _line(f"   … {passage.said}", "dim")
    for line in hit.passage.text.splitlines():
        _line(f"   {line}")
    output().print()


def _reasons(n: int, hit: Hit) -> list[str]:
    shares = [f"{name} {share:+.2f}" for name, share in hit.why.items() if name not in _RAW and abs(share) >= 0.005]
    alone = [f"by {name} alone {_moved(rank, n)}" for name, rank in hit.ranks.items()]
    raw = [f"BM25 {hit.why['bm25']:.1f}"] + ([f"cosine {hit.why['cosine']:.2f}"] if "cosine" in hit.why else [])
    return [f"{hit.score:.2f} = {'  '.join(shares)}", "; ".join([*alone, ", ".join(raw)])]


def _moved(rank: int, n: int) -> str:
    """Where it would be otherwise, and which way it went."""
    return f"{rank}{'↑' if n < rank else '↓' if n > rank else ''}"


def _line(text: str, style: str = "") -> None:
    output().print(text, style=style or None, highlight=False, markup=False, soft_wrap=True)


# -- JSON, as the README documents it ---------------------------------------------------------------------------------


def recollection_json(query: str, found: Recollection) -> dict[str, Any]:
    return {
        "query": query,
        "answerable": round(found.answerable, 4),
        "notes": list(found.notes),
        "candidates": found.candidates,
        "whole": found.whole,
        "hits": [hit_json(hit) for hit in found.hits],
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "id": passage.id,
        "layer": hit.layer,
        "text": passage.text,
        "source": hit.source,
        "part": hit.part,
        "speaker": passage.speaker,
        "start": passage.start,
        "end": passage.end,
        "line": passage.line,
        "page": passage.page,
        "time": passage.time.isoformat() if passage.time else None,
        "times": list(hit.times),
        "score": hit.score,
        "why": dict(hit.why),
        "ranks": dict(hit.ranks),
        "before": [_before_json(one) for one in hit.before],
    }


def _before_json(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "text": passage.text,
        "speaker": passage.speaker,
        "start": passage.start,
        "end": passage.end,
        "line": passage.line,
        "time": passage.time.isoformat() if passage.time else None,
    }
