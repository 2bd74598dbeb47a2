"""English verbs, as far as turning a statement into a question needs them: "went" -> "go", "planned" -> "plan".

Irregular verbs by a table, regular ones by the spelling rules of -ed (Quirk et al., A Comprehensive Grammar of the
English Language, 3.5-3.7) with the exceptions that are common. Nothing here tells a verb from an adjective: ask where a
verb is expected.
"""

from __future__ import annotations

import re

# base:past[:participle], the participle where it differs
_IRREGULAR = """
become:became:become begin:began:begun bend:bent bite:bit:bitten blow:blew:blown break:broke:broken bring:brought
build:built burn:burnt buy:bought catch:caught choose:chose:chosen come:came:come deal:dealt dig:dug do:did:done
draw:drew:drawn dream:dreamt drink:drank:drunk drive:drove:driven eat:ate:eaten fall:fell:fallen feed:fed feel:felt
fight:fought flee:fled breed:bred speed:sped find:found fly:flew:flown forget:forgot:forgotten
forgive:forgave:forgiven freeze:froze:frozen get:got:gotten give:gave:given go:went:gone grow:grew:grown hang:hung
have:had hear:heard hide:hid:hidden hold:held keep:kept know:knew:known lead:led learn:learnt leave:left lend:lent
lie:lay:lain light:lit lose:lost make:made mean:meant meet:met pay:paid ride:rode:ridden ring:rang:rung
rise:rose:risen run:ran:run say:said see:saw:seen seek:sought sell:sold send:sent sew:sewed:sewn shake:shook:shaken
shine:shone shoot:shot show:showed:shown shrink:shrank:shrunk sing:sang:sung sink:sank:sunk sit:sat sleep:slept
slide:slid speak:spoke:spoken spend:spent spill:spilt spin:spun stand:stood steal:stole:stolen stick:stuck
strike:struck swear:swore:sworn swim:swam:swum swing:swung take:took:taken teach:taught tear:tore:torn tell:told
think:thought throw:threw:thrown understand:understood wake:woke:woken wear:wore:worn win:won
withdraw:withdrew:withdrawn write:wrote:written
"""
_UNCHANGED = "bet bid burst cast cost cut fit hit hurt let put quit read set shed shut split spread"
# whose -e no rule below tells
_ENDING_IN_E = """
invite excite unite recite cite bathe breathe clothe taste paste haste waste explore store restore score ignore
adore bore snore combine examine imagine determine define decline line machine purchase increase decrease release
lease cease tease please browse escape schedule compile compare declare prepare provide decide divide guide persuade
upgrade welcome postpone rehearse reverse rinse collapse license cleanse change arrange exchange challenge plunge
lounge package interfere curse nurse horse endorse immerse disperse sense tense create agree disagree guarantee free
compete complete delete note vote quote promote devote denote ease cause pause raise praise house rouse lapse
glimpse describe subscribe prescribe bribe probe scale persevere severe adhere privilege overcome telephone pique
saute dine shine hone scope taxi cycle recycle move shape
"""
# and those that have none although a rule would add it
_ENDING_WITHOUT = """
visit edit limit exhibit deposit audit credit benefit profit commit inherit combat focus bias canvas develop gallop
gossip worship travel cancel label model tunnel channel level signal total pedal control patrol enrol murmur debut
market target format chat float gas yes
"""
_WITH_E, _WITHOUT_E = frozenset(_ENDING_IN_E.split()), frozenset(_ENDING_WITHOUT.split())
_PREFIXED = re.compile(r"(?:re|un|dis|over|out|pre|mis|under)(?=\w{3})")
_SYLLABLE = re.compile(r"[aeiou]+|(?<![aeiou])y")
_ONE_VOWEL = re.compile(r"(?:^|[^aeiouy])[aeiouy][^aeiouwxy]$")  # hir-, bak-, nam-: else it would be doubled
_TAKES_E = re.compile(
    r"(?:[cuvz]|[^aeo]at|[^aeioulr]l|[dr]g|[aei]g|[aeiou]iz|[^aeiou]ur|[^aeo]ud|[^aeo]ut|(?:[^aeiou]|qu)ir|[^aeiou]um"
    r"|[^aeiouy]ok|[^aeious][aeiou]s)$"
)
_DOUBLED = re.compile(r"([bdgmnprt])\1$")


def base(past: str) -> str:
    """The base of a verb's past tense, in lower case; "" for what is no past tense.

    >>> base("planned"), base("moved"), base("tried"), base("went")
    ('plan', 'move', 'try', 'go')
    """
    word = past.casefold()
    if word in PAST:
        return PAST[word]
    if word.startswith("re") and word[2:] in PAST:
        return f"re{PAST[word[2:]]}"
    return _regular(word) if word.endswith("ed") and len(word) > 3 else ""


def participle(word: str) -> bool:
    """Whether it may follow "have": "been", "gone", "moved"."""
    lowered = word.casefold()
    return lowered in PARTICIPLES or (lowered.endswith("ed") and len(lowered) > 3)


def _regular(word: str) -> str:
    if word.endswith("ied"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    stem = word[:-2]
    bare = _PREFIXED.sub("", stem, count=1)
    if {f"{stem}e", f"{bare}e"} & _WITH_E:
        return f"{stem}e"
    if stem.endswith("e"):
        return ""  # speed, indeed
    if {stem, bare} & _WITHOUT_E:
        return stem
    if _DOUBLED.search(stem) and stem != "add":
        return stem[:-1]
    if stem.endswith("ll") and {stem[:-1], bare[:-1]} & _WITHOUT_E:
        return stem[:-1]
    if _TAKES_E.search(stem) or (len(_SYLLABLE.findall(stem)) == 1 and _ONE_VOWEL.search(stem)):
        return f"{stem}e"
    return stem


def _table() -> tuple[dict[str, str], dict[str, str]]:
    past = {verb: verb for verb in _UNCHANGED.split()}
    participles = dict(past)
    for entry in _IRREGULAR.split():
        bare, then, *done = entry.split(":")
        past[then] = bare
        participles[done[0] if done else then] = bare
    return past, {**participles, "been": "be", "got": "get"}


PAST, PARTICIPLES = _table()  # irregular forms with their bases
BASES = frozenset(PAST.values())
