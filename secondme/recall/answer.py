"""From hits to an answer, as a stream of events (secondme.records): grounded, cited, or "I don't know".

Two ways to write. A model whose free text can be trusted to follow the passages writes sentences that are checked one
by one; what is not supported is struck. With a starter-sized model, or none, the answer is the best supporting
sentences themselves, quoted; the model may put a short answer in front, which is shown only if its words stand in the
quote one after the other.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.engine import Sampling
from secondme.recall.evidence import Evidence, confidence, evidence
from secondme.recall.lexical import asked_for, has_kind, stems
from secondme.recall.prompt import fitted, grounded, short_answer
from secondme.recall.support import citation_marks, is_span, objection
from secondme.records import Answer, Citation, Cited, Done, Event, Hit, Recalled, Struck, Token
from secondme.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secondme.engine import Embedder, Generator

DONT_KNOW = "I don't know."
THRESHOLD = 0.5  # least confidence at which an answer is given
QUOTES = 3
NEAR_BEST = 0.85  # a further quote must reach this share of the best one's score
MAX_TOKENS = 320
SHORT_TOKENS = 24
SHORT_WORDS = 10


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer is made from. `trusted`: the model may write sentences of its own, to be checked."""

    hits: Sequence[Hit]
    weights: Mapping[str, float]
    embedder: Embedder
    generator: Generator | None = None
    trusted: bool = False
    begun: float = 0.0


def answer(question: str, grounds: Grounds) -> Iterator[Event]:
    """The events of one answer. Closing the iterator stops the model."""
    yield Recalled(tuple(grounds.hits), time.monotonic() - grounds.begun)
    found = evidence(question, grounds.hits, grounds.embedder, grounds.weights)
    sure = confidence(question, found, grounds.weights)
    if not found or sure < THRESHOLD:
        yield _done(question, DONT_KNOW, sure, (), grounds, abstained=True)
        return
    if grounds.generator and grounds.trusted:
        yield from _written(question, found, sure, grounds, grounds.generator)
    else:
        yield from _quoted(question, found, sure, grounds)


# -- quotes ---------------------------------------------------------------------------------------------------------


def _quoted(question: str, found: Sequence[Evidence], sure: float, grounds: Grounds) -> Iterator[Event]:
    chosen = best_quotes(found)
    citations = tuple(_citation(n, e) for n, e in enumerate(chosen, start=1))
    lines = []
    first_token = None
    if grounds.generator:
        short = ""
        prompt = short_answer(question, chosen[0].text, chosen[0].hit.passage.context)
        for piece in grounds.generator.chat(prompt, Sampling(max_tokens=SHORT_TOKENS, stop=("\n",))):
            first_token = first_token or time.monotonic() - grounds.begun
            short += piece
            yield Token(piece)
        short = short.strip().strip("\"'“”.").strip()
        reason = short_objection(question, short, chosen[0])
        if reason is None:
            lines.append(f"{short} [1]")
            yield Cited(lines[-1], citations[:1])
        elif short:
            yield Struck(short, reason)
    for citation in citations:
        lines.append(f"“{' '.join(citation.quote.split())}” [{citation.n}]")
        first_token = first_token or time.monotonic() - grounds.begun
        yield Cited(lines[-1], (citation,))
    yield _done(question, "\n".join(lines), sure, citations, grounds, first_token=first_token)


def best_quotes(found: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence and what comes near it, at most three, none within another's words."""
    chosen: list[Evidence] = []
    for e in found:
        if len(chosen) == QUOTES or (chosen and e.score < NEAR_BEST * chosen[0].score):
            break
        if not any(stems(e.text) <= stems(c.text) for c in chosen):
            chosen.append(e)
    return chosen


def short_objection(question: str, short: str, quote: Evidence) -> str | None:
    """Why a small model's short answer is not shown, or None."""
    if not short or len(short.split()) > SHORT_WORDS:
        return "it is not a short answer"
    if not is_span(short, quote.text):
        return "its words do not stand in the quote"
    if stems(short) <= stems(question):
        return "it repeats the question"
    if not has_kind(asked_for(question), f"x {short}"):
        return "it is not the kind of thing that was asked for"
    return None


# -- sentences of the model's own -------------------------------------------------------------------------------------


def _written(
    question: str, found: Sequence[Evidence], sure: float, grounds: Grounds, generator: Generator
) -> Iterator[Event]:
    hits = fitted(grounds.hits, question, generator.count, generator.context - MAX_TOKENS)
    citations: list[Citation] = []
    lines: list[str] = []
    draft, first_token = "", None
    for piece in generator.chat(grounded(question, hits), Sampling(max_tokens=MAX_TOKENS)):
        first_token = first_token or time.monotonic() - grounds.begun
        draft += piece
        yield Token(piece)
        done, draft = finished(draft)
        for sentence in done:
            yield from _checked(question, sentence, hits, citations, lines)
    for sentence in finished(draft, ended=True)[0]:
        yield from _checked(question, sentence, hits, citations, lines)
    if lines:
        yield _done(question, " ".join(lines), sure, tuple(citations), grounds, first_token=first_token)
    else:  # the model would not or could not say it: the quotes speak for themselves
        yield from _quoted(question, found, sure, dataclasses.replace(grounds, generator=None))


def finished(draft: str, *, ended: bool = False) -> tuple[list[str], str]:
    """Whole sentences at the beginning of `draft`, each with the citation marks that follow it, and what is left.

    The last sentence is whole only when the draft has `ended`: until then it may go on, or get its citation.
    """
    whole: list[tuple[int, str]] = []
    for start, end in sentences(draft):
        bare, _ = citation_marks(draft[start:end])
        if not bare and whole:
            whole[-1] = (whole[-1][0], f"{whole[-1][1]} {draft[start:end]}")
        else:
            whole.append((start, draft[start:end]))
    if ended or not whole:
        return [text for _, text in whole], "" if ended else draft
    return [text for _, text in whole[:-1]], draft[whole[-1][0] :]


def _checked(
    question: str, sentence: str, hits: Sequence[Hit], citations: list[Citation], lines: list[str]
) -> Iterator[Event]:
    bare, numbers = citation_marks(sentence)
    if not bare:
        return
    if stems(bare) <= stems("I don't know.") or bare.casefold().startswith(("i don't know", "i don’t know")):
        yield Struck(bare, "the model does not know")
        return
    cited = [hits[n - 1] for n in numbers if 1 <= n <= len(hits)]
    reason = objection(bare, [_all_of(hit) for hit in cited], question)
    if reason and not (cited := [hit for hit in hits if not objection(bare, [_all_of(hit)], question)][:1]):
        yield Struck(bare, reason)
        return
    used = [_cite(bare, hit, citations) for hit in cited]
    lines.append(bare + "".join(f" [{citation.n}]" for citation in used))
    yield Cited(lines[-1], tuple(used))


def _all_of(hit: Hit) -> str:
    return f"{hit.passage.context} {hit.passage.text}"


def _cite(sentence: str, hit: Hit, citations: list[Citation]) -> Citation:
    """A citation of the sentence of `hit` that shares most words with `sentence`; numbered as first used."""
    said, text = stems(sentence), hit.passage.text
    spans = list(sentences(text)) or [(0, len(text))]
    start, end = max(spans, key=lambda span: len(said & stems(text[span[0] : span[1]])))
    start, end = start + hit.passage.start, end + hit.passage.start
    for known in citations:
        if (known.passage, known.start, known.end) == (hit.passage.id, start, end):
            return known
    quote = text[start - hit.passage.start : end - hit.passage.start]
    made = _citation(len(citations) + 1, Evidence(hit, start, end, quote, 0.0, {}))
    citations.append(made)
    return made


def _citation(n: int, e: Evidence) -> Citation:
    line = e.hit.passage.line + e.hit.passage.text.count("\n", 0, e.start - e.hit.passage.start)
    page = e.hit.passage.page
    place = f"{e.hit.source}, page {page}" if page is not None else f"{e.hit.source}:{line}"
    return Citation(n, e.text, e.hit.source, place, e.start, e.end, e.hit.passage.time, e.hit.passage.id)


def _done(
    question: str,
    text: str,
    sure: float,
    citations: tuple[Citation, ...],
    grounds: Grounds,
    *,
    abstained: bool = False,
    first_token: float | None = None,
) -> Done:
    usage = grounds.generator.usage if grounds.generator and not abstained else None
    return Done(
        Answer(question, text, abstained, sure, citations),
        time.monotonic() - grounds.begun,
        first_token,
        usage.prompt_tokens if usage else 0,
        usage.new_tokens if usage else 0,
    )
