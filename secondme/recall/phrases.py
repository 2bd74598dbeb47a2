"""The shapes of what a question can ask for in an English sentence, and of what it must not hold.

Patterns and lists of words only, for questioning.py: amounts, clocks, names after a preposition, what may be an object.
"""

from __future__ import annotations

import re

from secondme.recall.lexical import STOP_WORDS

MONEY = re.compile(
    r"(?:about |around |only |over )?(?:[€$£]\s?\d[\d.,]*\d|[€$£]\s?\d|\d[\d.,]*\s?(?:€|euros?\b|eur\b|dollars?\b|"
    r"bucks\b|pounds?\b|usd\b))",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"\b(?:at|around|by)\s(?:\d{1,2}[:.]\d\d|\d{1,2}\s?(?:am|pm|o.clock)|noon|midnight|half past \w+)\b", re.IGNORECASE
)
_NUMBER = r"(?:\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred)"
COUNT = re.compile(rf"\s*(?P<number>{_NUMBER})\s(?P<head>(?:[a-zà-þ-]+\s){{0,2}}[a-zà-þ-]{{2,}}s)\b(?=\s|$)")
UNITS = re.compile(r"\b(?:minutes|hours|days|weeks|months|years|times|percent|miles|euros|dollars|pounds)$")
_NAME = r"[A-ZÀ-Þ][\w’'&-]+(?:\s(?:de\s|of\s|the\s)?[A-ZÀ-Þ][\w’'&-]+)*"
PLACE = re.compile(rf"\b(?P<prep>in|at|to|from|near)\s(?:the\s)?(?P<name>{_NAME})")
PERSON = re.compile(rf"\b(?P<prep>with)\s(?P<name>{_NAME})")
# what may follow a name that is not the beginning of a longer one ("the Pride fest")
AFTER_NAME = re.compile(
    r"\s*(?:$|[^\w\s]|[A-Z\d]|(?:in|at|on|to|from|with|for|by|about|near|after|before|during|last|this|next|yesterday|"
    r"today|tomorrow|together|again|and|or|every|until|since|where|when|\w+ly)\b)"
)
DAY = re.compile(r"(?:\w+day,? )?\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8}\b|[A-Z][a-z]{2,8} \d{1,2}\b|\d{4}-\d\d-\d\d")
BEFORE_TIME = re.compile(r"\s*\b(?:on|in|at|by|around|about|during|over|from|between)\s+(?:the\s+)?$", re.IGNORECASE)
NOT_WHEN = re.compile(r"\b(?:of|than|since|until)\s+(?:the\s+)?$", re.IGNORECASE)  # before a day
OBJECT = re.compile(r"\s*(?:(?:a|an|the|my|our|some|new|\d+)\s|[A-ZÀ-Þ]|(?!us\b|always\b|as\b)[a-zà-þ]{2,}s\b)")
OBJECT_ENDS = re.compile(
    r"\s(?:in|at|on|to|from|with|for|by|about|into|onto|near|after|before|during|over|under|behind|around|through|"
    r"together|again|back|off|up|out|down|away|that|who|which|where|and|or)\b",
    re.IGNORECASE,
)
DANGLING = re.compile(
    r"\b(?:a|an|the|my|our|of|to|for|with|in|at|on|by|about|from|and|or|when|into|than|as|called|named|so|very)\s*$",
    re.IGNORECASE,
)
# who or what is meant cannot be told from the question alone
NO_REFERENT = re.compile(
    r"\b(?:it|its|this|that|these|those|he|she|they|him|them|his|her|hers|their|theirs|there|here|such|same|ones?|other|"
    r"another|you|your|yours|yourself|myself|ourselves|mine|ours|u|ur|etc|gonna|wanna)\b|\bI\b|^(?:me|us|no)\b|\?",
    re.IGNORECASE,
)
MINE = re.compile(r"\b(?:my|our|me|us)\b", re.IGNORECASE)
THEIRS = {"my": "their", "our": "their", "me": "them", "us": "them"}

_GOING = "go come move travel drive fly walk run bike hike cycle return head sail relocate"
_COSTING = "pay cost spend earn owe save charge be get win sell raise transfer borrow lend"
_LIGHT = """
go went come came make made take took see saw start started put bring brought keep kept work look looked thing things
stuff way bit time day days today kind sort lot lots really pretty cool great good nice awesome amazing super fun new big
little happy excited sure able back people someone everyone guys play try trying working looking making going taking
getting being enough difference
"""
GOING, COSTING = frozenset(_GOING.split()), frozenset(_COSTING.split())
LIGHT = STOP_WORDS | frozenset(_LIGHT.split())  # they tell one memory from another no more than function words do
