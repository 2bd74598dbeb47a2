"""Requests to one who answers, and the manner that they ask for: "with a diagram", "bullet points please".

How something is told is a closed class of English, as what is told is not: shapes (bullet points, a table, a diagram),
lengths, plainness, examples, steps, comments, sources. Words that name a shape and a thing alike ("a table for two",
"examples of nobles", "a short trip") count only where their company shows that the answer is meant. Besides, "keep it
…", "make it …" and "… as usual" ask for a manner whatever it is. Knows one text, and counts nothing (memory/habits.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from secondme.memory.facts.prose.clauses import LEAD
from secondme.memory.facts.prose.words import words
from secondme.sentences import sentences

LONGEST = 400  # characters of a sentence that asks; what is longer was pasted
MOST = 4_000  # characters of a message that are read: what stands below is what it asks about

_SHOW = (
    "explain|show|tell|give|list|describe|summari[sz]e|write|draw|sketch|walk|break|teach|help|compare|outline|rewrite|"
    "answer|reply|format|structure|annotate|comment|illustrate|visuali[sz]e|define|suggest|recommend|make|create|add|"
    "include|use|put|keep|convert|generate|provide|find|skip|avoid"
)
_NICE = r"(?:(?:super|really|very|so|most|also|extremely) )?(?:helpful|useful|great|nice|perfect|good|awesome|lovely)"
_REQUEST = re.compile(
    r"(?:could|can|would|will) (?:you|we|i (?:get|have|see))\b|would you mind\b|please\b|let['’]?s\b"
    r"|i(?:['’]d| would) (?:really |also )?(?:like|love|prefer|appreciate)\b"
    r"|i(?: really| also| always| still| just)* (?:want|need) (?:you\b|an?\b|some\b|it\b)"
    r"|i(?: really| also| always| do| much)* (?:prefer|like|love|hate)(?: it)? (?:when|if)\b"
    r"|i(?: really| also| always| much)* prefer\b"
    rf"|(?:{_SHOW})\b(?!['’]| (?:is|are|was|were|has|had)\b)",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(
    rf"\b(?:can|could|would) you\b|\bplease\b|\bwould be {_NICE}\b|\bas (?:usual|always|ever)\b|\bhelp me\b"
    r"|\bi(?:['’]d| would) (?:like|love) (?:you|it if you|to (?:see|get|have))\b|\bi (?:want|need) you to\b",
    re.IGNORECASE,
)
_NO_REQUEST = re.compile(
    r"(?:what|who|whom|whose|which|where|when|why|how|do|does|did|is|are|was|were|am|have|has|had)\b|i (?:can|could)\b"
    r"|(?:yes|no|sure|ok|okay)?,? ?(?:please|thanks?|thank you)[.! ]*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"(?:maybe|perhaps|or|like|again|and|also|ideally|preferably|especially|not|but|with|in)\b", re.I)

_TELLING = (
    r"(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|explanations?|overviews?|descriptions?|versions?|paragraphs?|"
    r"sentences?)"
)
_SIZE = (
    r"(?:short|tiny|small|smallest|shortest|simplest|minimal|simple|quick|brief|concrete|practical|real|realistic|"
    r"worked|real[- ](?:world|life)|basic|code|usage|possible|everyday|runnable|working)"
)
_A = r"(?:\b(?:an?|some|a few) )?"
_BRIEF = r"(?:short|brief|concise|succinct|to the point|snappy|tight)(?:er)?"
# what it is called where the owner's own words make no noun; the nouns; what else asks for it
_MANNERS = (
    ("bullet points", r"\bbullet(?:ed)?[- ](?:points?|lists?|form|format)\b|\bbullets\b", ""),
    (
        "tables",
        r"\b(?:comparison|markdown|summary) tables?\b|\btabular form(?:at)?\b|\btable form(?:at)?\b",
        r"\b(?:in|as|into) (?:a |the form of a )?tables?\b(?! (?:for|at|in)\b)",
    ),
    (
        "something visual",
        rf"{_A}(?:\b(?:simple|quick|step[- ]by[- ]step|ascii|rough) )*\b(?:diagrams?|flow ?charts?|visuali[sz]ations?|"
        r"visuals?(?: (?:analog(?:y|ies)|aids?|explanations?|representations?))?|infographics?|ascii art)\b",
        r"\bdraw(?:ing)? (?:it|this|that|these|them|me|out|how|the|a)\b|\bsketch(?:ing)? (?:it|this|that|out|how)\b"
        r"|\bvisually\b",
    ),
    ("steps", r"\bstep[- ]by[- ]step(?: (?:instructions?|guides?|explanations?))?\b", r"\bnumbered steps\b"),
    ("one thing at a time", r"\bone (?!day|week|time)\w+ at a time\b", ""),
    (
        "examples",
        rf"{_A}(?:\b{_SIZE} )+\bexamples?\b"
        rf"|{_A}(?<!for )(?<!your )(?<!the )(?<!this )(?<!that )(?<!above )(?<!my )\bexamples?\b(?! of\b)",
        "",
    ),
    (
        "plain words",
        r"\b(?:plain|simple|everyday|lay(?:man|person)?['’]?s?|non-?technical) (?:english|words|language|terms)\b",
        r"\beli5\b|\blike i['’]?a?m (?:five|5|a (?:beginner|child)|new to)\b"
        r"|\b(?:without|no|less|avoid) (?:the |any )?jargon\b",
    ),
    (
        "short answers",
        rf"{_A}\b(?:short|brief|concise|one[- ](?:line|sentence|paragraph)) {_TELLING}\b",
        rf"\b(?:keep|make) (?:it|this|that|them|things|everything|your \w+) (?:\w+ )?{_BRIEF}\b"
        r"|\bbriefly\b|\bin brief\b|\btl;?dr\b"
        r"|\bin (?:one|two|three|a|a few|1|2|3) (?:short )?(?:sentences?|lines?|paragraphs?)\b",
    ),
    ("detail", "", r"\bin (?:great|full|much) detail\b|\bin[- ]depth\b"),
    (
        "comments in the code",
        r"\b(?:inline|code) comments\b",
        r"\b(?:with|add|include|put|annotate\w*)\b[^.?!]{0,40}\bcomments\b"
        r"|\bcomment (?:the|your|each|every) (?:code|lines?)\b",
    ),
    ("short code", r"\b(?:short|small|tiny|minimal|code) (?:code )?snippets?\b|\b(?:short|minimal) code\b", ""),
    ("type hints", r"\btype (?:hints|annotations)\b", ""),
    ("tests with the code", "", r"\b(?:with|include|add)(?: some| the| a few)? (?:unit )?tests\b"),
    (
        "sources",
        r"\b(?:sources|citations|references)(?= (?:please|for (?:each|every|all)|with)\b)",
        r"\b(?:with|include|cite|citing|add|give)(?: me)?(?: the| your| some| all)?"
        r" (?:sources|references|citations|links)\b",
    ),
    ("analogies", rf"{_A}\b(?:simple |everyday |good )*(?:analog(?:y|ies)|metaphors?)\b", ""),
    ("pros and cons", r"\b(?:pros and cons|advantages and disadvantages)\b", ""),
    ("side by side", "", r"\bside[- ]by[- ]side\b"),
    ("a checklist", rf"{_A}\bchecklists?\b", ""),
    ("metric units", r"\b(?:metric|imperial) units\b", r"\bin (?:metric|celsius|grams)\b"),
    ("several options", r"\b(?:two|three|four|several|2|3|4|5) (?:options|alternatives|variants)\b", ""),
)
_KNOWN = tuple(
    (name, re.compile(nouns or r"(?!)", re.IGNORECASE), re.compile(others or r"(?!)", re.IGNORECASE))
    for name, nouns, others in _MANNERS
)
_OPEN = re.compile(
    r"\b(?:keep|make) (?:it|them|things|everything|your \w+) (?P<how>[\w'’-]+(?: [\w'’-]+){0,2}?)"
    r"(?= please\b| again\b| as (?:usual|always)\b| this time\b|\s*[,.;!?)”]|\s*$)",
    re.IGNORECASE,
)
_SAID = re.compile(r"(?P<how>[\w'’-]+(?: [\w'’-]+){0,4}?),? as (?:usual|always)[.!, ]*$", re.IGNORECASE)
# a sentence without any of these names none: most have none, and one search is cheaper than forty
_CUE = re.compile(
    r"bullet|tabl|tabul|diagram|flow|visual|infogr|ascii|draw|sketch|step|at a time|example|english|words|language|"
    r"terms|eli5|like i|jargon|short|brief|concise|one[ -]|tl;?dr|keep|make| in |in[ -]depth|comment|snippet|minimal|"
    r"hints|annotations|tests|source|citation|reference|links|analog|metaphor|pros and|advantage|side|checklist|units|"
    r"option|alternatives|variants|usual|always",
    re.IGNORECASE,
)
# what is kept and made every day, and no manner
_NO_MANNER_WORDS = """
up on in out down to a the work better happen so real going coming that this it again more less easier possible right
clean safe simple same like fun interesting sense easy ready good nice yes no sure one now alive warm dry cool me you he
she we they i help can could would do let's thanks thank continue go try next another
"""
_NO_MANNER = frozenset(_NO_MANNER_WORDS.split())
_PLURAL = re.compile(r"(?<=\w{3})(?<!s)s\b")
_ARTICLE = re.compile(r"^(?:an?|some|a few) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request wants to be answered. `name` is the same for all that say the same, `words` are the owner's, ""
    where they make no noun. `start` and `end` are their place in the text."""

    name: str
    words: str
    start: int
    end: int


def requests(text: str) -> Iterator[tuple[int, int, bool]]:
    """The sentences of a message, as spans, and whether each of them asks for something or goes on with asking."""
    asking = False
    for start, end in sentences(text, 0, min(len(text), MOST)):
        lead = LEAD.match(text, start, end)
        at = lead.end() if lead else start
        asked = end - start <= LONGEST and text[start] not in ">|#`"
        asks = bool(_REQUEST.match(text, at, end) or _ANYWHERE.search(text, start, end)) or (
            asking and bool(_GOES_ON.match(text, start, end))
        )
        asking = asked and asks and not (at < end and _NO_REQUEST.match(text, at, end))
        yield start, end, asking


def manners(text: str, start: int, end: int) -> list[Manner]:
    """The manners that are named in a sentence, each once."""
    if not _CUE.search(text, start, end):
        return []
    found = list[Manner]()
    for name, nouns, others in _KNOWN:
        if noun := nouns.search(text, start, end):
            found.append(Manner(name, " ".join(noun[0].split()), *noun.span()))
        elif other := others.search(text, start, end):
            found.append(Manner(name, "", *other.span()))
    return found or list(_any(text, start, end))


def named(what: str) -> str:
    """The name of the manner that is told as `what`: by its name, or in the owner's words."""
    if any(name == what for name, _, _ in _KNOWN):
        return what
    said = what.strip("“”")
    return next((one.name for one in manners(said, 0, len(said))), what)


def _any(text: str, start: int, end: int) -> Iterator[Manner]:
    """A manner that no list knows, by where it stands."""
    said = _OPEN.search(text, start, end)
    if said is None:
        lead = LEAD.match(text, start, end)
        said = _SAID.match(text, lead.end() if lead else start, end)
        if said is None or _REQUEST.match(said["how"]):
            return
    how = words(text, *said.span("how"))
    if how and not any(word.low in _NO_MANNER or word.low.endswith("ing") for word in how):
        name = singular(text[slice(*said.span("how"))])
        yield Manner(f"“{name}”", " ".join(said[0].strip(" ,.!?").split()), *said.span())


def singular(phrase: str) -> str:
    """A phrase by which it is told whether two are the same: lower case, no article, one of each."""
    return _PLURAL.sub("", _ARTICLE.sub("", " ".join(phrase.casefold().split())))
