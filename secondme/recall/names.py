"""How a name is written, and by which of its words people are called.

"Dr. Anna Maria van den Berg (work)" is called by all of it, and "Anna", "Anna Maria", "Anna Berg", "van den Berg" and
"Berg"; "Acme Support" by all of it or not at all. Knows titles, particles, comments in brackets, what English names are
shortened to, and which of its words are names as well. Knows nobody.
"""

from __future__ import annotations

import re

from secondme.recall.lexical import STOP_WORDS
from secondme.store import identity

MOST_WORDS = 8  # of a name; what is longer is a firm's motto

_TITLES = """
dr doctor mr mrs ms miss mx prof professor sir madam madame mme mlle monsieur herr frau senor senora sr sra mevrouw
meneer dhr mevr pastor father rabbi imam sister brother captain coach judge aunt auntie uncle grandma grandpa granny
gran nana cousin
"""
_BEHIND = "jr sr ii iii iv phd md msc bsc mba ba ma dds esq"
_PARTICLES = """
de del della der den di da dos das do du des la le les van von vom zu zum zur ten ter te el al bin ibn ben af av y e
mac mc o d l st san santa
"""
_MONTHS = """
january february march april may june july august september october november december jan feb mar apr jun jul aug sep
sept oct nov dec
"""
_DAYS = """
monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday christmas easter new year
"""
# words of English that are somebody's first name or surname
_NAMES_TOO = """
abbot abbott alma amber angel angle art ash aunt aurora autumn baby bailey baker ball banks barber barn basil bass
bath bay beach bean bear beck bell berry best bill birch bird bishop black blessing bloom blue bob bond bonnie book
booth boss bowl bowler boy branch bridge bright bro brook brooks brother brown buck bud buddy bunny burns bush butler
candy carol carpenter carter case cash castle chamber chance chandler chapel charity chase cherry chip church clay
clement clever cliff clover coach cole constant cook cookie cooper coral cotton court cousin craft crane creek cross
crow crown crystal cup curry dad daddy dale dance dawn day dean dear delight dell denim destiny diamond dick dig
doctor dolly dove drew drummer duke dusty earl early earnest east echo ember emerald english eve fair faith father
fern field fields finch fish fisher fletcher flint flora flower flowers ford forest foster fox frank french friend
frost fuller fun gale game garden gardener garland gay gem gene genesis german ginger glass glen glory gold golden
good grace gran grandma grandpa granny grant graves gray green grey grove guy hall ham hand hardy harmony hart harvest
haven hawk hay hazel heath heather hero hill hills holiday holly home honey honor hood hook hope horn house hunt
hunter ice iris ivory ivy jack jade jasmine jay jersey jet jewel job joy juniper justice key king kit kitchen knight
lake lamb land lane lark laurel law lily lion little lock long lord love lovely lucky luna mace major mama mamma man
mandarin manor mark marks marsh marshal mason master mat max mayor meadow melody mercy merit merry mild miles mill
miller mills mint misty mom mommy moon moor moore moss mother mum mummy myth nana newman nick noble north novel oak
ocean olive opal page pansy papa park parker parks pat patience patient pearl peg penny pepper perry petal phoenix
piper pitt place pole pond poor pope poppy porter post potter power price pride priest prince prior queen rain rainbow
ram randy raven ray read reed reef rich ridge ring rite river rivers robin rock rocky rod root rose rosemary rosy
round row royal ruby rush rusty sage sailor sand sandy savage say scarlet school season shade shell shepherd shore
silver singer sis sister sky small smart smith snow song sparrow speaker spring star steel sterling stone storm
strange street strong sue summer summers sun sunny swan sweet swift tailor tanner taylor teacher temple tiger tom
topaz town trace trinity trip true tucker turner uncle unity vale van velvet venus victor victory viola violet virtue
wade walker wall walls ward warden warner warren waters wave weaver wells west wheat wheeler white wild wilder willow
win winner winter winters wise wolf wood woods word work worth wren young zen
"""
_FIRMS = """
team support service services inc ltd llc gmbh bv nv sa ag plc corp co newsletter noreply reply notification
notifications group club company bank university school office department foundation association store shop hotel clinic
hospital news media the of and for by from at via your und et customer account accounts billing sales marketing orders
delivery insurance library council city hr admin info update updates alerts channel bot
"""
_SHORTENED = """
abigail:abby,gail alexander:sandy,sasha,lex,xander andrew:andy,drew anthony:tony augustus:gus barbara:babs,barb
catherine:kate,kathy,katie,kitty,cathy christina:tina christopher:kit,topher,chris daniel:danny,dan deborah:debbie
dorothy:dot,dottie edward:ted,teddy,ned,eddie eleanor:nora,nell,ellie elizabeth:liz,lizzie,beth,betty,betsy,libby,eliza
frances:fran,frankie francis:frank,frankie frederick:fred,freddie gerald:gerry,jerry henry:harry,hank
isabella:bella,izzy isabel:bella,izzy jacob:jake james:jim,jimmy,jamie janet:jan jeffrey:jeff jennifer:jenny,jen
jessica:jess john:jack,johnny jonathan:jon,jonny joseph:joe,joey joshua:josh katherine:kate,kathy,katie,kitty,kat
kathryn:kate,kathy,katie kimberly:kim lawrence:larry leonard:lenny,len margaret:maggie,meg,peggy,greta,marge
maria:mia martha:marty mary:molly,polly matthew:matt,matty michael:mike,mickey,micky,mick,misha natalia:natasha
nathaniel:nate nathan:nate nicholas:nick,nicky,klaus nicolas:nick nikolaus:klaus patricia:pat,patty,tricia,trish
patrick:pat,paddy penelope:penny peter:pete philip:phil phillip:phil rebecca:becky,becca richard:dick,rick,rich,ricky
robert:bob,bobby,rob,robbie,bert ronald:ron,ronnie samantha:sam,sammy samuel:sam,sammy sarah:sally,sadie
stephanie:steph,stephie stephen:steve steven:steve susan:sue,susie,suzy suzanne:sue,susie theodore:ted,teddy,theo
theresa:tess,terry,tessa therese:tess thomas:tom,tommy timothy:tim victoria:vicky,tori,vic vincent:vince,vinnie
virginia:ginny walter:walt,wally william:bill,billy,will,liam,willy zachary:zach,zack
"""
TITLES = frozenset(_TITLES.split())
MONTHS = frozenset(_MONTHS.split())
DAYS = frozenset(_DAYS.split())
ORDINARY = STOP_WORDS | MONTHS | DAYS | frozenset(_NAMES_TOO.split())
_SUFFIXES, _LINKS, _FIRM = frozenset(_BEHIND.split()), frozenset(_PARTICLES.split()), frozenset(_FIRMS.split())
_MAILBOXES = re.compile(
    r"mailto:(?:.*no-?_?reply|do-?not-?reply|info|support|help|newsletter|news|hello|team|contact|notifications?|notify|"
    r"service|billing|sales|marketing|admin|mailer|mailer-daemon|postmaster|updates?|alerts?|orders?|receipts?|"
    r"invoices?|office|jobs|events|digest|bounces?)\b"
)
_BRACKETS = re.compile(r"[(\[{“\"«](?P<inner>[^)\]}”\"»]*)[)\]}”\"»]?")
_CUT = re.compile(r"\s(?:via|from|at|[-–—|/@·])\s|\s[|/@]|[|:;]")
_WORD = re.compile(r"[^\W_]+")
_LOCAL = re.compile(r"mailto:([^\W\d_]{2,}(?:[._-][^\W\d_]{2,})+)@")
_HYPHENED = re.compile(r"[^\W_]+(?:-[^\W_]+)+$")
# letters with a stroke, which no normal form takes apart
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})


def _short_for() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in _SHORTENED.split():
        name, _, shorts = entry.partition(":")
        for short in shorts.split(","):
            found[short] = (*found.get(short, ()), name)
    return found


SHORT_FOR = _short_for()  # a usual shortening: the first names that it may stand for


def folded(text: str) -> str:
    """Without case and accents. Lines stay lines."""
    return text.lower() if text.isascii() else identity.folded(text).translate(_STROKES)


def words(text: str) -> tuple[str, ...]:
    """The words of a name, folded."""
    return tuple(_WORD.findall(folded(text)))


def spellings(name: str) -> list[str]:
    """The names that a display name holds: without comments, and the right way round.

    >>> spellings('Berg, Anna (Annie)')
    ['Anna Berg', 'Annie']
    """
    if "@" in name.strip("@"):
        return []
    found = []
    outer = _BRACKETS.sub(" ", name)
    for part in (outer, *(match["inner"] for match in _BRACKETS.finditer(name))):
        bare = " ".join(_turned(_CUT.split(part.strip(), maxsplit=1)[0].strip(" ,~'’")).split())
        if bare and (part is outer or (bare[0].isupper() and not ORDINARY.issuperset(words(bare)))):
            found.append(bare)
    return found


def _turned(name: str) -> str:
    family, comma, given = name.partition(",")
    if not comma or "," in given:
        return name
    return family if _SUFFIXES.issuperset(words(given)) else f"{given} {family}"


def impersonal(name: str, address: str) -> bool:
    """Whether it is a firm, a list or a machine that goes by that name."""
    return bool(_MAILBOXES.match(address)) or not _FIRM.isdisjoint(words(name))


def of_address(address: str) -> str:
    """The name that an address has in it: "anna berg" of `mailto:anna.berg@example.org`; "" if there is none."""
    found = _LOCAL.match(address)
    return " ".join(words(found[1])) if found else ""


def callings(name: str) -> set[tuple[str, ...]]:
    """The sequences of words by which somebody of that name is called; the whole name is one of them."""
    whole = words(name)
    bare = untitled(whole)
    if not bare or len(bare) > MOST_WORDS:
        return {whole} if whole else set()
    found = {bare[:1], bare[-1:], bare[:1] + bare[-1:]}
    found |= {bare[:n] for n in range(2, len(bare)) if bare[n - 1] not in _LINKS}
    found |= {bare[n:] for n in range(1, len(bare) - 1)}
    if hyphened := _HYPHENED.search(name.strip()):
        found |= {(half,) for half in words(hyphened[0])}
    return {one for one in found if _tells(one)} | {whole, bare}


def given_name(name: str) -> str:
    """The first name in a name, folded; "" if there is none."""
    bare = untitled(words(next(iter(spellings(name)), "")))
    return bare[0] if bare else ""


def untitled(whole: tuple[str, ...]) -> tuple[str, ...]:
    """A name's words without "Dr" before them and "PhD" behind."""
    begin, end = 0, len(whole)
    while begin < end - 1 and whole[begin] in TITLES:
        begin += 1
    while end - begin > 1 and whole[end - 1] in _SUFFIXES:
        end -= 1
    return whole[begin:end]


def _tells(one: tuple[str, ...]) -> bool:
    """Whether a part of a name may stand for it: it is no initial, no number, and no particle alone."""
    return any(len(word) > 1 and not word.isdigit() and word not in _LINKS for word in one)
