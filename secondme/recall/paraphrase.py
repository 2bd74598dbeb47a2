"""A question in other words: common words for common words, and fewer of them.

A question that repeats its passage word for word is found by anything, and what is learnt from such questions does not
carry over: people ask months later, in words of their own. So what can be said with another everyday word is, and what
comes last after a preposition is left out, as long as enough is left to look for. A fixed table and no model, so that a
question is the same with every embedder that is tried on it.
"""

from __future__ import annotations

import re

# word:another; words that often are another part of speech ("show", "book", "sign") are left as they are
_OTHERWISE = """
kids:children kid:child children:kids mom:mother mum:mother dad:father mother:mom father:dad fam:family
grandma:grandmother grandpa:grandfather grandmother:grandma grandfather:grandpa husband:spouse wife:spouse
friends:buddies colleague:coworker colleagues:coworkers coworker:colleague coworkers:colleagues boss:manager
doctor:physician job:position career:profession company:firm shop:store store:shop apartment:flat flat:apartment
house:home car:vehicle bike:bicycle bicycle:bike movie:film film:movie picture:photo photo:picture photos:pictures
pictures:photos painting:artwork paintings:artworks song:tune trip:journey vacation:holiday holiday:vacation
party:celebration event:occasion events:occasions class:course course:class classes:courses lesson:class
lessons:classes workshop:seminar seminar:workshop tournament:contest competition:contest contest:competition
dinner:meal lunch:meal breakfast:meal money:cash gift:present gifts:presents phone:telephone exam:test award:prize
prize:award concert:gig fest:festival beach:seaside forest:woods woods:forest city:town town:city street:road
problem:issue problems:issues issue:problem issues:problems club:society organization:association
organisation:association garden:yard yard:garden medicine:drug illness:disease disease:illness accident:crash
flight:plane luggage:bags clothes:outfits dress:gown jacket:coat coat:jacket tools:equipment gear:equipment
cake:dessert tale:story speech:talk report:statement bill:invoice invoice:bill fee:charge puppy:dog
movers:removal_men parcel:package package:parcel letter:note supper:dinner rope:cord ceiling:roof cellar:basement
basement:cellar buy:purchase purchase:buy get:receive receive:get begin:start start:begin finish:complete
complete:finish fix:repair repair:fix mend:repair attend:go_to attending:going_to build:construct
building:constructing bake:make sketch:draw draw:sketch watch:see study:learn teach:instruct drive:go_by_car
talk:speak speak:talk discuss:talk_about choose:pick pick:choose find:discover discover:find organize:arrange
organise:arrange arrange:organize organizing:arranging hold:host host:hold hosting:holding tidy:clean hike:walk
hiking:walking jog:run jogging:running practice:train practise:train training:practising enjoy:like change:alter
reserve:book cancel:call_off volunteer:help_out volunteering:helping_out replace:exchange adjust:set_right
recommend:suggest suggest:recommend contact:get_in_touch_with adopt:take_in adopting:taking_in join:become_part_of
launch:bring_out install:put_in large:big small:little little:small beautiful:pretty wonderful:great
amazing:wonderful awesome:great lovely:nice glad:happy sick:ill ill:sick expensive:costly scary:frightening
difficult:hard hard:difficult quick:fast fast:quick
"""
_TABLE = {word: other.replace("_", " ") for word, _, other in (pair.partition(":") for pair in _OTHERWISE.split())}
_WORD = re.compile(r"(?<![\w'’-])(?:(?P<article>[Aa])n? )?(?P<word>[a-zà-þ]+)(?![\w'’-])")
_PREPOSITION = r"\s(?:in|at|on|with|for|by|about|after|before|during|over|under|behind|around|through|because)\s"
_LAST = re.compile(rf"{_PREPOSITION}(?:(?!{_PREPOSITION}).)*$")


def otherwise(said: str) -> str:
    """The same in other words, where there are such; names stay.

    >>> otherwise("take the kids to the museum")
    'take the children to the museum'
    """
    return _WORD.sub(_other, said)


def _other(found: re.Match[str]) -> str:
    other = _TABLE.get(found["word"])
    if other is None or not found["article"]:
        return other or found[0]
    return f"{found['article']}{'n' if other[0] in 'aeio' else ''} {other}"


def shortened(said: str) -> str:
    """Without what comes last after a preposition; "" if nothing would be left.

    >>> shortened("the orbital sander from Jonas for the door")
    'the orbital sander from Jonas'
    """
    return _LAST.sub("", f" {said.strip()}").strip()
