"""What the owner asks of every answer from now on: read from the words of a statement, by rules.

An instruction is said to the one who answers ("answer in German", "never mention the surprise to Dana", "call me Ben",
"when I ask for a recipe, give it in grams"); a how-to tells how something is done ("to reset the router, hold the
button for ten seconds"). Everything else is a statement about the world, which is remembered and rules nothing: "never
been to Spain", "always the 7:25 train", "from now on Anna does the invoices". Where the words leave it open it is no
instruction, as one that nobody gave does more harm than one that has to be said again. English only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["instruction", "howto", ""]

_LANGUAGES = """
arabic bulgarian catalan chinese croatian czech danish dutch english estonian finnish flemish french german greek hebrew
hindi hungarian indonesian italian japanese korean latvian lithuanian norwegian persian polish portuguese romanian
russian serbian slovak slovenian spanish swedish thai turkish ukrainian vietnamese welsh
"""
_LANGUAGE = rf"(?:{'|'.join(_LANGUAGES.split())})"
_LEAD = (
    r"(?:(?:please|kindly|ok|okay|and|also|remember to|you (?:should|must)|i want you to|i(?:'d|’d| would) like you to|"
    r"could you|can you|would you)[\s,]+)*"
)
_FROM_NOW = r"(?:(?:from now on|in (?:the )?future|henceforth|going forward|from here on)[\s,:]+)"
_ALWAYS = r"(?:(?:always|never|only|do not|don['’]t|dont|no longer|stop)\s+(?:ever\s+)?)"
# what only one who answers does, and what anybody does, with what makes it an answer's
_ANSWERS = r"(?:answer|reply|respond|phrase|summari[sz]e|translate|cite|quote|address me|greet me|apologi[sz]e|call me)"
_SHAPED = (
    rf"(?:(?:to |with )?me\b|(?:in |into )?{_LANGUAGE}\b|in (?:the )?(?:first|second|third) person|"
    r"in (?:full|short|brief)|"
    r"(?:(?:it|things|everything|answers?) )?(?:brief|short|concise|polite|formal|informal|honest|precise|exact|simple)"
    r"(?:ly)?\b|(?:all |your |my |the |in |with |a )*(?:answers?|repl(?:y|ies)|responses?|sources?|quotes?|citations?|"
    r"dates?|times?|amounts?|prices?|units?|numbers?|bullet points?|bullets|lists?|tables?|emojis?|footnotes?|jargon|"
    r"slang|metric|imperial|celsius|fahrenheit|kilomet(?:er|re)s|miles|euros?|dollars?|(?:24|12)[- ]?hours?)\b)"
)
_DOES = (
    r"(?:use|prefer|show|give|include|add|list|keep|be|write|speak|talk|tell|explain|start|begin|end|sign|"
    r"avoid|skip|leave out|put|round|convert|format|spell|suggest|recommend|correct)(?:ing|ning|ting)?"
)
_INSTRUCTION = re.compile(
    rf"{_LEAD}{_FROM_NOW}?{_LEAD}(?:"
    rf"{_ALWAYS}?{_ANSWERS}\s+(?:me\s+|to me\s+)?{_SHAPED}"
    rf"|(?:{_ALWAYS}){_ANSWERS}\b(?!\s+(?:to\s+)?(?-i:[A-Z]))(?!\s+the\s+(?:door|phone|mail|bell|letters?))"
    r"|i (?:always )?(?:prefer|want|like)\s+(?:your |my |the )?(?:\w+ )?(?:answers?|replies|responses)\b"
    rf"|{_ALWAYS}?(?:address|call)\s+me\s+\S"
    rf"|{_ALWAYS}?{_DOES}\s+{_SHAPED}"
    r"|stop\s+(?:suggesting|recommending|apologi[sz]ing|asking|reminding|repeating)\b"
    r")"
    rf"|{_LEAD}{_FROM_NOW}{_LEAD}{_ALWAYS}?{_ANSWERS}\b",
    re.IGNORECASE,
)
_CASE = re.compile(
    rf"{_LEAD}{_FROM_NOW}?(?:when(?:ever)?|if|every time|each time)\s+(?:i|someone|somebody|anyone)\s+"
    rf"(?:asks?|say|says|want|wants|need|needs|tell|tells|write|writes|mention|mentions|talk|talks)\s+"
    rf"(?:you\s+)?(?:(?:for|about|of|to)\s+)?(?P<case>[^,:]{{2,120}}?)\s*[,:]\s*(?:then\s+)?{_LEAD}{_ALWAYS}?"
    rf"(?:{_ANSWERS}|{_DOES}|look|check|count|mean|assume|i mean)\b",
    re.IGNORECASE,
)
_STEPS = (
    r"(?:first|add|ask|boil|call|check|choose|clean|click|close|connect|cut|dial|do|enter|fill|go|hold|install|keep|log|"
    r"mix|move|open|pay|plug|pour|press|pull|push|put|remove|run|scan|select|send|set|sign|soak|start|switch|take|tap|"
    r"turn|type|unplug|use|wait|write|you (?:have to|need to|must|can))"
)
_HOW = re.compile(
    r"(?:(?:how|the (?:best )?way) to\s+(?P<title>[^:—–]{3,120}?)\s*(?::|\s[—–-]\s|\s+is\s+to\s)\s*\S"
    rf"|(?:in order )?to\s+(?P<task>[a-z][^,:]{{3,120}}?)\s*[,:]\s*{_STEPS}\s+\S)",
    re.IGNORECASE,
)

_UNSAID = re.compile(
    rf"{_LEAD}{_FROM_NOW}?{_LEAD}(?:never|do not|don['’]t|dont|stop)\s+(?:ever\s+)?(?:again\s+)?(?:"
    r"(?:mention(?:ing)?|bring(?:ing)? up|talk(?:ing)? (?:about|of)|speak(?:ing)? (?:about|of)|reveal(?:ing)?|"
    r"disclos(?:e|ing)|shar(?:e|ing)|say(?:ing)? anything about|refer(?:ring)? to|remind(?:ing)? me (?:of|about))\s+"
    r"(?P<what>.+?)(?:\s+(?:to|with|in front of|around)\s+(?P<to>[^,.;!]+?))?"
    r"|(?:tell(?:ing)?|inform(?:ing)?)\s+(?P<told>\S+(?:\s+[A-Z]\S+)?)\s+(?:about|of)\s+(?P<told_what>.+?)"
    r")\s*(?:again|anymore|any more|ever)?\s*[.!]*\s*$",
    re.IGNORECASE,
)
_OR = re.compile(r"\s*(?:,|\bor\b|\bnor\b|\band\b)\s*", re.IGNORECASE)
_DETERMINER = re.compile(r"^(?:(?:the|a|an|any|my|our|his|her|their|about|of|to)\s+)+", re.IGNORECASE)
_POINTING = frozenset(("it", "that", "this", "them", "him", "her", "these", "those"))
_OWNER = frozenset(("me", "myself", "us", ""))
_ALL = frozenset(("anyone", "anybody", "everyone", "everybody", "others", "other people", "people", "strangers"))
ANYBODY = "anybody"  # but the owner

_SOMETIMES = re.compile(r"\b(?:when|if|unless|while)\b", re.IGNORECASE)
_MATTERS = (
    ("name", re.compile(r"\b(?:call|address) me\b", re.IGNORECASE)),
    ("language", re.compile(rf"\b{_LANGUAGE}\b", re.IGNORECASE)),
    ("length", re.compile(r"\b(?:brief|short|shorter|concise|long|longer|detailed?|in full)(?:ly)?\b", re.IGNORECASE)),
    ("units", re.compile(r"\b(?:metric|imperial|celsius|fahrenheit|kilomet(?:er|re)s|miles)\b", re.IGNORECASE)),
    ("clock", re.compile(r"\b(?:24|12)[- ]?hours?\b", re.IGNORECASE)),
)

_OFTEN = re.compile(r"You often ask for (?P<what>.+) \(\d+ times\)")


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What is not to be mentioned: `topics` in the owner's words, any of them; `to` whom: a name, ANYBODY, or "" for
    nobody at all, the owner included."""

    topics: tuple[str, ...]
    to: str = ""


def kind_of(text: str) -> Kind:
    """Whether a statement is an instruction, a how-to, or neither."""
    said = " ".join(text.split())
    if said.endswith("?"):
        return ""
    if _CASE.match(said) or _INSTRUCTION.match(said) or unsaid(said):
        return "instruction"
    return "howto" if _HOW.match(said) else ""


def about(text: str) -> str:
    """The words that call an instruction or a how-to up; "" where it always holds."""
    said = " ".join(text.split())
    if found := _CASE.match(said):
        return found["case"].strip()
    if kind_of(said) == "howto" and (how := _HOW.match(said)):
        return (how["title"] or how["task"]).strip()
    return ""


def matter(text: str) -> str:
    """What an instruction that always holds settles (`name`, `language`, `length`, `units`, `clock`), so that a later
    one on the same matter takes its place; "" for what stands beside all others."""
    if about(text) or unsaid(text) or _SOMETIMES.search(text):
        return ""
    return next((name for name, words in _MATTERS if words.search(text)), "")


def unsaid(text: str) -> Unsaid | None:
    """What an instruction says must not be mentioned, and to whom; None if it is no such instruction."""
    found = _UNSAID.match(" ".join(text.split()))
    if not found:
        return None
    what, to = (found["told_what"], found["told"]) if found["told"] else (found["what"], found["to"] or "")
    named = (_DETERMINER.sub("", one.strip(" .!\"'“”")) for one in _OR.split(what))
    topics = tuple(topic for topic in named if topic and topic.casefold() not in _POINTING)
    whom = _DETERMINER.sub("", to.strip(" .!"))
    whom = "" if whom.casefold() in _OWNER else ANYBODY if whom.casefold() in _ALL else whom
    return Unsaid(topics, whom) if topics else None


def told_to(question: str, whom: str) -> bool:
    """Whether what is asked for is to be told to somebody: "what can I tell Dana?", "write a card for Dana"."""
    name = r"[A-Z]\w+" if whom == ANYBODY else f"(?i:{re.escape(whom)})"
    telling = r"(?i:tell|telling|write|writing|message|text|mail|e-?mail|reply|answer|send|sending|invite|remind|ask)"
    letter = r"(?i:message|mail|e-?mail|letter|card|note|reply|answer|text|speech|toast|invitation)"
    return bool(
        re.search(rf"\b{telling}\s+(?:(?i:to|back|my|an?)\s+){{0,2}}{name}\b", question)
        or re.search(rf"\b{letter}\s+(?i:to|for)\s+(?:(?i:my)\s+)?{name}\b", question)
    )


def often(what: str, times: int) -> str:
    """A habit of asking, as it is told to the owner."""
    return f"You often ask for {what} ({times} times)"


def often_asked(text: str) -> str:
    """What a habit of asking, told so, asks for; "" if it is none."""
    found = _OFTEN.fullmatch(text)
    return found["what"] if found else ""
