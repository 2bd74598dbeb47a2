"""From hits to an answer, as a stream of events (secondme.records): grounded, cited, or "I don't know".

Two ways to write. A model whose free text can be trusted to follow the passages writes sentences that are checked one
by one; what is not supported is struck. With a starter-sized model, or none, the answer is the best supporting
sentences themselves, quoted; the model may put a short answer in front, which is shown only if every word of
weight in it stands in the first quote, and one of them is of the kind that was asked for (a date, an amount, a name).
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Generator as Generator_
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secondme.engine import Sampling, Usage
from secondme.recall.asked import holds, kind_of
from secondme.recall.drafts import finished, without_thoughts
from secondme.recall.evidence import ABSENT, Evidence, Question, confidence, current, evidence, promising
from secondme.recall.lexical import content_words, stems, words
from secondme.recall.prompt import grounded, length, packed, room, short_answer
from secondme.recall.support import citation_marks, is_drawn_from, objection
from secondme.recall.taught import NOTHING, SURE, Taught
from secondme.recall.whole import as_written
from secondme.records import Answer, Citation, Cited, Done, Event, Hit, Recalled, Struck, Token
from secondme.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secondme.engine import Embedder, Generator

DONT_KNOW = "I don't know."
THRESHOLD = 0.32  # least confidence at which quotes answer: 3 to 18 % of the answerable questions stay below
THRESHOLD_READ = 0.15  # the same for a trusted model, which reads the passages and can refuse by itself
QUOTES = 3
NEAR_BEST = 3.0  # a further quote's score, which is in logits, may be this much below the best one's
MAX_TOKENS = 320
SHORT_TOKENS = 32
SHORT_WORDS = 16


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer is made from: the first `k` of `hits`, or all of them if they are the `whole` of memory and so
    few that they can be read.

    `answerable` is what recall makes of it (0..1). `trusted`: the model may write sentences of its own, to be checked.
    `thinks`: it would think aloud first. `taught` is what the owner has said of such answers.
    """

    hits: Sequence[Hit]
    weights: Mapping[str, float]
    embedder: Embedder
    generator: Generator | None = None
    trusted: bool = False
    thinks: bool = False
    k: int = 8
    begun: float = 0.0
    answerable: float = 0.5
    whole: bool = False
    taught: Taught = NOTHING


def answer(question: str, grounds: Grounds) -> Iterator[Event]:
    """The events of one answer. Closing the iterator stops the model."""
    asked = Question.of(question, grounds.weights)
    grounds = dataclasses.replace(grounds, hits=grounds.taught.in_front(_readable(grounds)))
    yield Recalled(tuple(grounds.hits), time.monotonic() - grounds.begun)
    found, sure = _weighed(asked, grounds)
    if grounds.generator and grounds.trusted and sure >= THRESHOLD_READ:
        yield from _written(question, found, sure, grounds, grounds.generator)
    elif found and sure >= THRESHOLD:
        yield from _quoted(question, found, sure, grounds)
    else:
        yield _refusal(question, found, sure, grounds)


def likely(question: str, grounds: Grounds) -> bool:
    """Whether `answer` would find enough in the hits to quote an answer from them."""
    return _weighed(Question.of(question, grounds.weights), grounds)[1] >= THRESHOLD


def both(question: str, one: Grounds, other: Grounds) -> Grounds:
    """What was found in two places, as grounds for one answer. Scores of two searches are compared by their distance
    from their own best."""
    hits = [replace(hit, score=hit.score - part.hits[0].score) for part in (one, other) for hit in part.hits]
    hits = promising(Question.of(question, one.weights), hits, one.k)
    return dataclasses.replace(one, hits=hits, whole=False)


def _readable(grounds: Grounds) -> Sequence[Hit]:
    """The hits that the answer may rest on: a model that may write reads all of a small memory."""
    return grounds.hits if grounds.whole and grounds.generator and grounds.trusted else grounds.hits[: grounds.k]


def _weighed(asked: Question, grounds: Grounds) -> tuple[list[Evidence], float]:
    found = evidence(asked, grounds.hits[: grounds.k], grounds.embedder)
    sure, found = confidence(asked, found, grounds.embedder, grounds.answerable), grounds.taught.weighed(current(found))
    if found and found[0].hit.passage.id in grounds.taught.corrections:
        return found, max(sure, SURE)
    return found, sure if found else 0.0


def _refusal(question: str, found: Sequence[Evidence], sure: float, grounds: Grounds) -> Done:
    nearest = tuple(_citation(n, e.hit, e.start, e.end, e.text) for n, e in enumerate(best_quotes(found), start=1))
    answered = Answer(question, DONT_KNOW, abstained=True, confidence=sure, nearest=nearest)
    return Done(answered, time.monotonic() - grounds.begun)


# -- quotes ---------------------------------------------------------------------------------------------------------


def _quoted(question: str, found: Sequence[Evidence], sure: float, grounds: Grounds) -> Iterator[Event]:
    chosen = best_quotes(found, grounds.taught.corrections)
    citations = tuple(_citation(n, e.hit, e.start, e.end, e.text) for n, e in enumerate(chosen, start=1))
    lines: list[str] = []
    first_token: float | None = None

    def shown(text: str, cited: tuple[Citation, ...]) -> Cited:
        lines.append(text)
        return Cited(text, cited)

    if grounds.generator:
        short = yield from _few_words(question, chosen[0], grounds.generator)
        first_token = time.monotonic() - grounds.begun
        reason = short_objection(question, short, chosen[0])
        if reason is None:
            yield shown(f"{short} [1]", citations[:1])
        elif short:
            yield Struck(short, reason)
    for citation in citations:
        yield shown(f"“{' '.join(citation.quote.split())}” [{citation.n}]", (citation,))
        first_token = first_token or time.monotonic() - grounds.begun
    yield _done(question, "\n".join(lines), sure, citations, grounds, first_token)


def _few_words(question: str, quote: Evidence, generator: Generator) -> Generator_[Event, None, str]:
    """A small model's attempt at a short answer, taken from one quote; unchecked. "" if it came to no end."""
    prompt = short_answer(question, quote.text)
    written = ""
    for piece in generator.chat(prompt, Sampling(max_tokens=SHORT_TOKENS, stop=("\n",))):
        written += piece
        yield Token(piece)
    spans = list(sentences(written))
    if not spans or (len(spans) == 1 and generator.usage.new_tokens >= SHORT_TOKENS):
        return ""  # it ran out of room, and ends in the middle
    return written[slice(*spans[0])].strip(' -*•"“”')


def best_quotes(found: Sequence[Evidence], corrections: Collection[str] = ()) -> list[Evidence]:
    """The best sentence and what comes near it, at most three, none within another's words; what corrects an earlier
    answer (passage ids) is near in any case."""
    chosen: list[Evidence] = []
    for e in found:
        if len(chosen) == QUOTES:
            break
        if chosen and e.score < chosen[0].score - NEAR_BEST and e.hit.passage.id not in corrections:
            break
        if not any(stems(e.text) <= stems(c.text) for c in chosen):
            chosen.append(e)
    return chosen


def short_objection(question: str, short: str, quote: Evidence) -> str | None:
    """Why a small model's short answer is not shown, or None: it must be of the quote, new, and of the kind asked."""
    if not short or len(short.split()) > SHORT_WORDS:
        return "it is not a short answer"
    if not is_drawn_from(short, quote.text):
        return "its words do not stand in the quote"
    if len(words(short)) >= len(words(quote.text)):
        return "it is no shorter than the quote"
    asked = stems(question)
    new = [word for word in short.split() if not stems(word) <= asked]
    if not any(word for word in content_words(" ".join(new))):
        return "it repeats the question"
    kind = kind_of(question)
    if kind != "other" and holds(kind, f"x {' '.join(new)}", asked) <= ABSENT:
        return "it is not the kind of thing that was asked for"
    return None


# -- sentences of the model's own -------------------------------------------------------------------------------------


def _written(
    question: str, found: Sequence[Evidence], sure: float, grounds: Grounds, generator: Generator
) -> Iterator[Event]:
    hits = _to_read(question, grounds, generator)
    citations: list[Citation] = []
    lines: list[str] = []
    said = draft = ""
    first_token: float | None = None
    taught = grounds.taught
    prompt = grounded(question, hits, taught.rules, rules_in=taught.rules_in, thinks=grounds.thinks)
    for piece in without_thoughts(generator.chat(prompt, Sampling(max_tokens=MAX_TOKENS))):
        first_token = first_token or time.monotonic() - grounds.begun
        said += piece
        draft += piece
        yield Token(piece)
        done, draft = finished(draft)
        for sentence in done:
            yield from _checked(question, sentence, hits, citations, lines, grounds.taught)
    for sentence in finished(draft, ended=True)[0]:
        yield from _checked(question, sentence, hits, citations, lines, grounds.taught)
    if lines:
        yield _done(question, " ".join(lines), sure, tuple(citations), grounds, first_token)
    elif sure >= THRESHOLD and not _says_dont_know(said):
        # nothing that the model wrote holds: the quotes speak for themselves
        yield from _quoted(question, found, sure, dataclasses.replace(grounds, generator=None))
    else:
        yield _refusal(question, found, sure, grounds)


def _to_read(question: str, grounds: Grounds, generator: Generator) -> list[Hit]:
    """The passages of the prompt: all of a memory that takes half of the context or less, else the best that fit."""
    left = room(question, generator.count, generator.context - MAX_TOKENS, grounds.taught.rules)
    if grounds.whole and length(grounds.hits, generator.count) <= min(left, generator.context // 2):
        return as_written(grounds.hits)
    return packed(grounds.hits[: grounds.k], generator.count, left)


def _checked(
    question: str,
    sentence: str,
    hits: Sequence[Hit],
    citations: list[Citation],
    lines: list[str],
    taught: Taught = NOTHING,
) -> Iterator[Event]:
    bare, numbers = citation_marks(sentence)
    if not bare:
        return
    if _says_dont_know(bare):
        yield Struck(bare, "the model does not know")
        return
    if taught.mentions(bare):
        yield Struck(bare, "it mentions what you said never to mention")
        return
    cited = [hits[n - 1] for n in numbers if 1 <= n <= len(hits)]
    reason = _objection(bare, cited, question)
    if reason and not (cited := [hit for hit in hits if not _objection(bare, [hit], question)][:1]):
        yield Struck(bare, reason)
        return
    used = [_cite(bare, hit, citations) for hit in cited]
    lines.append(bare + "".join(f" [{citation.n}]" for citation in used))
    yield Cited(lines[-1], tuple(used))


def _says_dont_know(text: str) -> bool:
    return text.strip().casefold().startswith(("i don't know", "i don’t know", "i do not know"))


def _objection(sentence: str, cited: Sequence[Hit], question: str) -> str | None:
    texts = [f"{hit.passage.context} {hit.passage.text}" for hit in cited]
    return objection(sentence, texts, question, [one.said for hit in cited for one in hit.before])


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
    made = _citation(len(citations) + 1, hit, start, end, quote)
    citations.append(made)
    return made


def _citation(n: int, hit: Hit, start: int, end: int, quote: str) -> Citation:
    # a text with more lines before it than characters is not the lines that it stands in (a mailbox, JSON lines)
    literal = 0 < hit.passage.line <= hit.passage.start + 1
    further = hit.passage.text.count("\n", 0, start - hit.passage.start) if literal else 0
    place = replace(hit, passage=replace(hit.passage, line=hit.passage.line + further)).place
    return Citation(n, quote, hit.source, place, start, end, hit.passage.time, hit.passage.id)


def _done(
    question: str,
    text: str,
    sure: float,
    citations: tuple[Citation, ...],
    grounds: Grounds,
    first_token: float | None,
) -> Done:
    usage = grounds.generator.usage if grounds.generator else Usage()
    answered = Answer(question, text, abstained=False, confidence=sure, citations=citations)
    seconds = time.monotonic() - grounds.begun
    return Done(answered, seconds, first_token, usage.prompt_tokens, usage.new_tokens)
