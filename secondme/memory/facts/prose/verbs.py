"""English verbs by their forms, as far as reading who did what needs them: "went" is "go" in the past.

Bases with their irregular forms from a table, the regular ones made by the spelling rules of -s, -ed and -ing (Quirk
et al., A Comprehensive Grammar of the English Language, 3.5-3.7). A word outside the table is no verb here, but what
stands behind "I" is one whatever it is: `guessed` reads its form from its ending alone.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Form = Literal["base", "third", "past", "done", "ing"]


class Verb(NamedTuple):
    """A form read: what is done, and how the word stands."""

    base: str
    form: Form


# base:past[:participle], the participle where it differs
_IRREGULAR = """
become:became:become begin:began:begun bite:bit:bitten break:broke:broken bring:brought build:built buy:bought
catch:caught choose:chose:chosen come:came:come cut:cut do:did:done draw:drew:drawn drink:drank:drunk
drive:drove:driven eat:ate:eaten fall:fell:fallen feed:fed feel:felt fight:fought find:found fly:flew:flown
forget:forgot:forgotten freeze:froze:frozen get:got:gotten give:gave:given go:went:gone grow:grew:grown hang:hung
hear:heard hide:hid:hidden hit:hit hold:held hurt:hurt keep:kept know:knew:known lead:led learn:learnt leave:left
lend:lent let:let lose:lost make:made mean:meant meet:met pay:paid put:put quit:quit read:read ride:rode:ridden
ring:rang:rung rise:rose:risen run:ran:run say:said see:saw:seen sell:sold send:sent set:set shoot:shot
show:showed:shown shut:shut sing:sang:sung sit:sat sleep:slept speak:spoke:spoken spend:spent split:split
stand:stood steal:stole:stolen swim:swam:swum take:took:taken teach:taught tell:told think:thought
throw:threw:thrown understand:understood wake:woke:woken wear:wore:worn win:won write:wrote:written have:had
cost:cost shrink:shrank:shrunk rebuild:rebuilt rewrite:rewrote:rewritten spread:spread withdraw:withdrew:withdrawn
bet:bet blow:blew:blown dig:dug dream:dreamt lie:lay:lain
"""
_REGULAR = """
diagnose fire trust bond realise realize cancel resign accept chat achieve add admit adopt adore afford agree aim
allow announce answer apply approve argue arrange arrive ask attend avoid bake base beat believe belong benchmark
book borrow call camp cancel care carry change charge check clean climb close coach code collaborate collect combine
commute compare complete compose configure connect consider contain continue contribute convert cook cover crash
create crochet cross cycle dance deal debug decide decline decrease delay deliver depend deploy design detect
develop die diet discover discuss dislike divorce donate double download draft drop earn edit elect enjoy enrol
enroll enter escape exceed excite exercise expand expect experiment explain explore export fail fill film finish fit
fix focus follow garden generate graduate guess handle happen hate head help hike hire hope host hunt identify
implement import improve include increase inherit install integrate intend interview introduce invest invite involve
iterate jog join journal jump kayak kill knit land last launch lease like listen live load log look love manage
march marry measure mentor merge migrate miss mix model monitor move name need notice observe offer open operate
order organise organize own pack paint parse pass perform photograph pick pilot pivot place plan plant play please
point postpone practice practise prefer prepare present process produce program promise promote propose protect
publish pull push raise reach receive recommend record recover reduce refactor refer refuse register relax release
relocate rely remember remind remove rename renew renovate rent repair replace reply report represent request
require reschedule research resolve rest retire return review revise sail save scale schedule score scrape search
seem serve settle sew share shift ship shop sign skate skip slow smoke solve sound specialise specialize sponsor
start state stay stop store stream struggle study submit subscribe suffer suggest supervise supply support suppose
surf switch talk target taste test text thank tour trade train transfer transition translate travel treat trust try
turn tutor type update upgrade use visit volunteer wait walk want warn wash waste watch weigh welcome wish wonder
work worry yell
"""
_ALSO_PAST = {"dreamed": "dream", "learned": "learn", "focussed": "focus", "put": "put", "traveled": "travel"}
_DOUBLED_WORDS = """
admit begin chat commit cut drop enrol fit get hit jog knit let log nap permit pet plan prefer program put quit
refer rub run set ship shop shut sit skip split stop submit swim transfer win dig bet debug travel cancel
"""
_DOUBLED = frozenset(_DOUBLED_WORDS.split())
_VOWELS = "aeiou"


def third(base: str) -> str:
    """The form for "she": "goes", "studies", "likes"."""
    if base in ("be", "have", "do", "go"):
        return {"be": "is", "have": "has", "do": "does", "go": "goes"}[base]
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return f"{base[:-1]}ies"
    return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh")) else "s")


def _past(base: str) -> str:
    if base.endswith("e"):
        return f"{base}d"
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return f"{base[:-1]}ied"
    return f"{base}{base[-1]}ed" if base in _DOUBLED else f"{base}ed"


def _ing(base: str) -> str:
    if base.endswith("ie"):
        return f"{base[:-2]}ying"
    if base.endswith("e") and not base.endswith("ee") and base != "be":
        return f"{base[:-1]}ing"
    return f"{base}{base[-1]}ing" if base in _DOUBLED else f"{base}ing"


def _table() -> dict[str, Verb]:
    forms: dict[str, Verb] = {}
    for entry in _IRREGULAR.split():
        base, past, *done = entry.split(":")
        for word, form in ((done[0] if done else past, "done"), (past, "past")):
            forms[word] = Verb(base, form)  # type: ignore[arg-type]
    for base in [entry.partition(":")[0] for entry in _IRREGULAR.split()] + _REGULAR.split():
        forms.setdefault(_past(base), Verb(base, "past"))
        forms[third(base)] = Verb(base, "third")
        forms[_ing(base)] = Verb(base, "ing")
    for entry in (*_IRREGULAR.split(), *_REGULAR.split()):
        base = entry.partition(":")[0]
        forms.setdefault(base, Verb(base, "base"))
    forms |= {past: Verb(base, "past") for past, base in _ALSO_PAST.items()} | {"traveling": Verb("travel", "ing")}
    return forms


FORMS = _table()


def read(word: str) -> Verb | None:
    """The verb that a word is a form of, or can be."""
    return FORMS.get(word.casefold())


def guessed(word: str) -> Verb:
    """The same for a word that stands where only a verb can."""
    lowered = word.casefold()
    if known := FORMS.get(lowered):
        return known
    if lowered.endswith("ing") and len(lowered) > 4:
        return Verb(lowered[:-3], "ing")
    if lowered.endswith("ed") and len(lowered) > 3:
        return Verb(lowered[:-2], "past")
    return Verb(lowered, "base")
