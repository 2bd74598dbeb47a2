"""The form in which a model says facts: as a grammar, as a JSON schema, and read back from its text.

    {"facts":[{"quote":2,"subject":"I","kind":"place","slot":"lives in","value":"Ghent","stance":"claim"}]}

The grammar leaves a model nothing to invent: a quote is the number of a clause, a value is a run of words of that very
clause, a subject is who speaks or somebody named in it, a slot is one that the clause has words for (cued.py) or such a
run of words again. So a model that understands little can at worst choose badly. That a grammar makes small models keep
to a form is from Geng et al. (2023), Grammar-Constrained Decoding for Structured NLP Tasks; a run of words is a suffix
automaton written as GBNF. A schema cannot say as much, and an endpoint may ignore it: what comes back is checked word
by word either way.

Knows JSON and GBNF. Refuses to know models, and whether anything said is so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from secondme.knowledge import KINDS, Kind, Stance
from secondme.memory.facts.model.choices import Choice
from secondme.memory.facts.model.cued import cued, names_own

MOST_FACTS = 6
# references to credentials are found by their shape; a model is no judge of them
MODEL_KINDS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "credential")
STANCES: tuple[Stance, ...] = ("claim", "plan", "guess", "done", "hearsay")

_CORE = re.compile(r"[\w$€£#@+](?:\S*[\w%+#$€£])?")  # a word without the punctuation around it
_FLAT = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model said, unchecked. `quote` is a clause's number, from 1, or words."""

    quote: int | str
    subject: str
    kind: str
    slot: str
    value: str
    stance: str


def schema(choices: Sequence[Choice]) -> dict[str, Any]:
    """The form as far as JSON Schema can tell it, in the part of it that endpoints take in strict mode."""
    subjects = list(dict.fromkeys(name for choice in choices for name in choice.subjects))
    fields: dict[str, Any] = {
        "quote": {"type": "integer", "enum": list(range(1, len(choices) + 1))},
        "subject": {"type": "string", "enum": subjects},
        "kind": {"type": "string", "enum": list(MODEL_KINDS)},
        "slot": {"type": "string"},
        "value": {"type": "string"},
        "stance": {"type": "string", "enum": list(STANCES)},
    }
    fact = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    facts = {"facts": {"type": "array", "maxItems": MOST_FACTS, "items": fact}}
    return {"type": "object", "properties": facts, "required": ["facts"], "additionalProperties": False}


def grammar(choices: Sequence[Choice]) -> str:
    """The form in GBNF. Clauses are quoted in their order, so that a model cannot turn in circles."""
    rules = ["root ::= " + _literal('{"facts":[') + f' ( "]}}" | fact-1-{MOST_FACTS} )']
    rules += _sequence(len(choices))
    for number, choice in enumerate(choices, start=1):
        rules += _body(number, choice)
    rules.append(f"kind ::= {_any(MODEL_KINDS)}")
    rules.append(f"stance ::= {_any(STANCES)}")
    return "\n".join(rules) + "\n"


def _sequence(count: int) -> Iterator[str]:
    """fact-K-N: a fact that quotes the clause K or a later one, and at most N - 1 facts behind it."""
    opening = _literal('{"quote":')
    for left in range(1, MOST_FACTS + 1):
        for first in range(1, count + 1):
            bodies = (f'"{n}" body-{n} {_more(n, left)}' for n in range(first, count + 1))
            yield f"fact-{first}-{left} ::= {opening} ( {' | '.join(bodies)} )"


def _more(number: int, left: int) -> str:
    return f'( "]}}" | "," fact-{number}-{left - 1} )' if left > 1 else '"]}"'


def _body(number: int, choice: Choice) -> Iterator[str]:
    """The rest of a fact that quotes this clause, and the runs of its words, one rule for each word to begin at."""
    runs = f"run-{number}"
    own = f'( {_any(["", *cued(choice)])} | "\\"" {runs} "\\"" )' if names_own(choice) else ""
    fields = (
        (',"subject":', _any(choice.subjects)),
        (',"kind":', "kind"),
        (',"slot":', own or _any(["", *cued(choice)])),
        (',"value":', f'"\\"" {runs}? "\\""'),
        (',"stance":', "stance"),
    )
    yield f"body-{number} ::= " + " ".join(f"{_literal(key)} {value}" for key, value in fields) + ' "}"'
    words = list(_CORE.finditer(folded := " ".join(choice.text.split())))
    yield f"{runs} ::= " + " | ".join(f"{runs}-{n}" for n in range(len(words)))
    for n, (word, following) in enumerate(zip(words, [*words[1:], None], strict=True)):
        rest = f" ( {_inside(folded[word.end() : following.start()])} {runs}-{n + 1} )?" if following else ""
        yield f"{runs}-{n} ::= {_inside(word[0])}{rest}"


def _any(values: Sequence[str]) -> str:
    return "( " + " | ".join(_literal(json.dumps(value, ensure_ascii=False)) for value in values) + " )"


def _inside(text: str) -> str:
    """A part of a JSON string, as a literal."""
    return _literal(json.dumps(text, ensure_ascii=False)[1:-1])


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read(text: str) -> list[Draft] | None:
    """The facts in a model's text, at most MOST_FACTS; of a text that was cut off, those that are whole. None where
    there is no list of facts at all. What thinking models write before their answer is passed over."""
    said = text.rpartition("</think>")[2]
    try:
        facts = json.loads(said[said.index("{") : said.rindex("}") + 1])["facts"]
    except (ValueError, KeyError, TypeError, RecursionError):
        facts = [_object(found[0]) for found in _FLAT.finditer(said)]
        if not any(facts):
            return None
    if not isinstance(facts, list):
        return None
    return [_draft(fact) for fact in facts if isinstance(fact, dict)][:MOST_FACTS]


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _draft(fact: dict[str, Any]) -> Draft:
    """Fields of another type are read as empty, which the check then refuses."""
    number = fact.get("quote")
    quote = number if isinstance(number, int | str) and not isinstance(number, bool) else ""
    said = {key: fact.get(key) for key in ("subject", "kind", "slot", "value", "stance")}
    return Draft(quote, **{key: value.strip() if isinstance(value, str) else "" for key, value in said.items()})
