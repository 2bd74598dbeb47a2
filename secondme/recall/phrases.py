"""English words and shapes by which a sentence is read as a statement and turned into a question.

Patterns and lists only, for statements.py and questioning.py: where a clause begins and ends, amounts, clocks, names
after a preposition, what may be an object, and what a question must not hold.
"""

from __future__ import annotations

import re

from secondme.recall.lexical import STOP_WORDS

# -- a clause ---------------------------------------------------------------------------------------------------------

_INTERJECTIONS = (
    r"yes|yeah|yep|no|nope|oh|wow|hey|hi|hello|ah|aw|so|well|also|and|but|thanks|ok|okay|actually|anyway|btw|by the "
    r"way|plus|then|haha|lol|cool|great|nice|sure|honestly|basically|luckily|finally|sadly|recently|unfortunately"
)
LEAD = re.compile(rf"(?:[-*+•>\s]|\[[ xX]\]|\d{{1,2}}[.)]\s|\*\*|(?:{_INTERJECTIONS})\b[\s,.!:–—-]*)*", re.IGNORECASE)
SPOKEN_TO = re.compile(r"[A-ZÀ-Þ][\w’'-]+\s?[,!]\s*")  # "Ben, I …"
_I_OR_WE = r"(I|[Ww]e)(?:['’](m|re|ve|ll))?(?![\w’'])"
FIRST_PERSON = re.compile(_I_OR_WE)
LATER_FIRST_PERSON = re.compile(rf"(?<=[,–—-] ){_I_OR_WE}")
_WITH_SUBJECT = (
    r"but|so|because|since|while|when|which|who|whom|that|although|though|as|if|where|whether|until|till|'?cause|cuz|how|"
    r"why|what|than|plus|after|before|once"
)
CLAUSE_ENDS = re.compile(
    rf"\s*[,;:!?…(\[|\"“”\n]|\.(?:\s|$)|\s[-–—]+\s|\s(?:{_WITH_SUBJECT})\s(?=(?:I|we|he|she|they|it|you)\b)|"
    r"\s(?:but|so|because|while|which|who|that|although|though|if|where|'?cause|cuz|than|and)\b"
)
AUXILIARIES = {
    "am": "am", "is": "is", "are": "are", "was": "was", "were": "were", "will": "will", "would": "would", "can": "can",
    "could": "could", "should": "should", "must": "must", "m": "am", "re": "are", "ve": "have", "ll": "will",
}  # fmt: skip
_THIRD_PERSON = """
has:have goes:go does:do costs:cost lives:live works:work likes:like loves:love plays:play wants:want needs:need
pays:pay opens:open closes:close starts:start leaves:leave arrives:arrive comes:come takes:take weighs:weigh
feeds:feed keeps:keep teaches:teach studies:study plans:plan brings:bring makes:make gives:give gets:get sells:sell
moves:move hates:hate owns:own drives:drive runs:run meets:meet ends:end
"""
# opinion and talk: what is asked about them is not what happened
_NO_DEED = """
think hope guess know mean feel agree wish wonder bet say suppose believe understand see hear tell love need want
try let seem look sound ask appreciate thank imagine remember forget forgive admit swear promise doubt assume figure
gonna wanna gotta dunno mind matter happen get be
"""
_NO_SUBJECT = """
since once it this that these those he she they you there here what who which where when how why if as to for with
in on at by everybody everyone nobody somebody someone anybody nothing something everything somewhere from not and
or but let please a an some any no one all most many each every its his her their your such
"""
_JOINING = "and or but which who that if when to than as not because"
_PAST_TOO = "left lay found led saw set read cut put cost hit fit bit lost let shut split cast"
NEGATIONS = frozenset(("not", "never", "hardly"))
_ADVERBS = "just also even still always already ever now then soon once often too finally both all recently"
_NO_ADVERBS = "reply rely apply supply multiply fly family july italy comply only early"
THIRD = {third: base for third, _, base in (pair.partition(":") for pair in _THIRD_PERSON.split())}
NO_DEED, NO_SUBJECT, JOINING = frozenset(_NO_DEED.split()), frozenset(_NO_SUBJECT.split()), frozenset(_JOINING.split())
PAST_TOO = frozenset(_PAST_TOO.split())  # pasts that are other words as well, so that they end no subject
_ALSO, _NOT = frozenset(_ADVERBS.split()), frozenset(_NO_ADVERBS.split())


def adverb(word: str) -> bool:
    lowered = word.casefold()
    return lowered in _ALSO or (lowered.endswith("ly") and lowered not in _NOT)


# -- what can be asked for --------------------------------------------------------------------------------------------

MONEY = re.compile(
    r"(?:about |around |only |over )?(?:[€$£]\s?\d[\d.,]*\d|[€$£]\s?\d|\d[\d.,]*\s?(?:€|euros?\b|eur\b|dollars?\b|"
    r"bucks\b|pounds?\b|usd\b))",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"\b(?:at|around|by)\s(?:\d{1,2}[:.]\d\d|\d{1,2}\s?(?:am|pm|o.clock)|noon|midnight|half past \w+)\b", re.IGNORECASE
)
DAY = re.compile(r"(?:\w+day,? )?\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8}\b|[A-Z][a-z]{2,8} \d{1,2}\b|\d{4}-\d\d-\d\d")
_NUMBER = r"(?:\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred)"
COUNT = re.compile(rf"\s*(?P<number>{_NUMBER})\s(?P<head>(?:[a-zà-þ-]+\s){{0,2}}[a-zà-þ-]{{2,}}s)\b(?=\s|$)")
UNITS = re.compile(r"\b(?:minutes|hours|days|weeks|months|years|times|percent|miles|euros|dollars|pounds)$")
_NAME = r"[A-ZÀ-Þ][\w’'&-]+(?:\s(?:de\s|of\s|the\s)?[A-ZÀ-Þ][\w’'&-]+)*"
PLACE = re.compile(rf"\b(?P<prep>in|at|to|from|near)\s(?:the\s)?(?P<name>{_NAME})")
PERSON = re.compile(rf"\b(?P<prep>with)\s(?P<name>{_NAME})")
_PLACES = """
museum park beach school hospital church shelter gym office library restaurant cafe café market zoo pool lake mountains
forest woods city hotel airport station theatre theater cinema studio workshop conference parade concert festival party
center centre club shop store bakery clinic lab garage garden yard farm village coast island campus university college
fair gallery stadium temple bank pharmacy dentist doctor vet event meeting camp retreat wedding funeral race show
"""
_RELATIVES = """
friend friends family sister sisters brother brothers mom mum mother dad father parents kids children son daughter wife
husband partner girlfriend boyfriend cousin cousins aunt uncle grandma grandpa grandmother grandfather colleague
colleagues coworker coworkers workmates boss team neighbour neighbours neighbor neighbors mentor mentors teacher coach
doctor therapist dog dogs cat group gang crew class roommate roommates fam buddies
"""
_NOUNS = r"(?:[\w’'+-]+\s){0,3}"
WHEREABOUTS = re.compile(
    rf"\b(?:to|at|in|from)\s(?:a|an|the|my|our)\s{_NOUNS}(?:{'|'.join(_PLACES.split())})\b(?=\s|$)", re.IGNORECASE
)
COMPANY = re.compile(
    rf"\bwith\s(?:a|the|my|our|some)\s{_NOUNS}(?:{'|'.join(_RELATIVES.split())})\b(?=\s|$)", re.IGNORECASE
)
BECAUSE = re.compile(r"\s*,?\s*\bbecause\s+(?P<why>(?!of\b)[^.!?;\n]{12,90})")
WHOSE = re.compile(r"(?:My|Our|[A-ZÀ-Þ][\w-]+[’']s)\s", re.IGNORECASE)
WHAT_IT_IS = re.compile(r"\s*(?:an?\s|the\s|my\s|our\s|[\"“'‘]?[A-ZÀ-Þ])")  # not what it is like
# what may follow a name that is not the beginning of a longer one ("the Pride fest")
AFTER_NAME = re.compile(
    r"\s*(?:$|[^\w\s&]|[A-Z\d]|(?:in|at|on|to|from|with|for|by|about|near|after|before|during|last|this|next|yesterday|"
    r"today|tomorrow|together|again|and|or|every|until|since|where|when|\w+ly)\b)"
)
BEFORE_TIME = re.compile(
    r"\s*\b(?:on|in|at|by|around|about|during|over|from|between|to|till)\s+(?:the\s+)?$", re.IGNORECASE
)
NOT_WHEN = re.compile(r"\b(?:of|than|since|until|till|to)\s+(?:the\s+)?$", re.IGNORECASE)  # before a day
OBJECT = re.compile(r"\s*(?:(?:a|an|the|my|our|some|new|\d+)\s|[A-ZÀ-Þ]|(?!us\b|always\b|as\b)[a-zà-þ]{2,}s\b)")
LEFT_BEHIND = ("with", "from", "in", "about", "on", "for", "as", "into", "at")  # at the end of "what did I pay for?"
TAKING_PART = re.compile(
    rf"\s*(?:up\s|out\s|along\s)?(?P<prep>{'|'.join(LEFT_BEHIND[2:])})\s(?=(?:an?|the|my|our|some|new)\s|[a-zà-þ]{{4,}})"
)
OBJECT_ENDS = re.compile(
    r"\s(?:in|at|on|to|from|with|for|by|about|into|onto|near|after|before|during|over|under|behind|around|through|"
    r"together|again|back|off|up|out|down|away|that|who|which|where|and|or)\b",
    re.IGNORECASE,
)

# -- what a question must not hold ------------------------------------------------------------------------------------

BROKEN_OFF = re.compile(r"\s*(?:and|or|&)\b", re.IGNORECASE)  # at the beginning of what is left
NO_THING = re.compile(
    r"(?:the|an?)\s(?:morning|afternoon|evening|night|weekend|end|beginning|meantime|moment|first|while)\b"
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
go went come came make made take took see saw start started put bring brought keep kept work look looked thing
things stuff way bit time day days today kind sort lot lots really pretty cool great good nice awesome amazing super
fun new big little happy excited sure able back people someone everyone guys play try trying working looking making
going taking getting being enough difference
"""
GOING, COSTING = frozenset(_GOING.split()), frozenset(_COSTING.split())
LIGHT = STOP_WORDS | frozenset(_LIGHT.split())  # they tell one memory from another no more than function words do
