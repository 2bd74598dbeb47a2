"""What people call the things that they note about somebody, and the slots that these are kept in.

`known("Tel. (work)")` is the slot "work phone". Words that label a line and say nothing of the world ("Subject",
"Note", "PS") are noise. Keys that are in neither table are the owner's own words, and may be slots as they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from secondme.knowledge import Kind
from secondme.memory.facts.same import listed
from secondme.timewords.words import MONTHS, WEEKDAYS

Form = Literal["text", "date", "phone", "mail", "iban", "size", "name"]


@dataclass(frozen=True, slots=True)
class Slot:
    """`form` is what the value looks like; `personal`: only people and animals have it."""

    name: str
    kind: Kind
    single: bool = True
    form: Form = "text"
    personal: bool = False


_PERSONAL = {
    "birthday": Slot("birthday", "identity", form="date", personal=True),
    "anniversary": Slot("anniversary", "event", form="date", personal=True),
    "died": Slot("died", "event", form="date", personal=True),
    "born in": Slot("born in", "identity", personal=True),
    "nickname": Slot("nickname", "identity", single=False, personal=True),
    "maiden name": Slot("maiden name", "identity", personal=True),
    "middle name": Slot("middle name", "identity", personal=True),
    "full name": Slot("full name", "identity", personal=True),
    "nationality": Slot("nationality", "identity", single=False, personal=True),
    "pronouns": Slot("pronouns", "identity", personal=True),
    "spouse": Slot("spouse", "relation", personal=True),
    "shoe size": Slot("shoe size", "possession", form="size", personal=True),
    "clothing size": Slot("clothing size", "possession", form="size", personal=True),
    "ring size": Slot("ring size", "possession", form="size", personal=True),
    "blood type": Slot("blood type", "health", personal=True),
    "allergies": Slot("allergies", "health", single=False, personal=True),
    "diet": Slot("diet", "health", personal=True),
    "medication": Slot("medication", "health", single=False, personal=True),
    "works as": Slot("works as", "work", personal=True),
    "role": Slot("role", "work", single=False),
    "works at": Slot("works at", "work", personal=True),
    "favourite food": Slot("favourite food", "preference", personal=True),
    "hobby": Slot("hobby", "preference", single=False, personal=True),
    "mobile phone": Slot("mobile phone", "identity", single=False, form="phone"),
    "work phone": Slot("work phone", "identity", single=False, form="phone"),
    "home phone": Slot("home phone", "identity", single=False, form="phone"),
    "phone": Slot("phone", "identity", single=False, form="phone"),
    "fax": Slot("fax", "identity", single=False, form="phone"),
    "email": Slot("email", "identity", single=False, form="mail"),
    "address": Slot("address", "place"),
    "work address": Slot("work address", "place"),
    "website": Slot("website", "identity", single=False),
    "iban": Slot("iban", "credential", single=False, form="iban"),
    "licence plate": Slot("licence plate", "credential", single=False, form="size"),
    "passport number": Slot("passport number", "credential", form="size"),
    "customer number": Slot("customer number", "credential", single=False, form="size"),
}
_CALLED = {
    "birthday": "bday|b-day|birthdate|birth date|date of birth|dob|born|born on|geburtstag|anniversaire|verjaardag",
    "anniversary": "wedding day|wedding anniversary",
    "died": "died on|date of death|death",
    "born in": "place of birth|birthplace|hometown|home town",
    "nickname": "nick|also called|aka|a k a|alias|aliases|goes by",
    "maiden name": "née|nee|birth name",
    "full name": "real name|legal name",
    "nationality": "citizenship",
    "spouse": "wife|husband|partner|married to",
    "shoe size": "shoes size|shoe|eu shoe size|shoe size eu|size shoes|schuhgröße|pointure|schoenmaat",
    "clothing size": "clothes size|shirt size|t-shirt size|tshirt size|dress size|jacket size|trouser size",
    "ring size": "ring",
    "blood type": "blood group|bloodtype|bloodgroup|blutgruppe",
    "allergies": "allergy|allergic to|allergic",
    "medication": "medications|medicine|meds|takes",
    "diet": "dietary|dietary requirements|eats",
    "works as": "job title|position|job|occupation|profession|beruf",
    "works at": "company|employer|organization|organisation|firm|works for|workplace",
    "favourite food": "favorite food|fav food",
    "hobby": "hobbies|interest|interests",
    "mobile phone": "mobile|cell|cellphone|cell phone|mobile number|cell number|mobil|handy|gsm|mob|phone (mobile)"
    "|phone (cell)|phone (iphone)|whatsapp",
    "work phone": "phone (work)|office|office phone|direct|direct line|business phone|tel (work)",
    "home phone": "phone (home)|landline|tel (home)",
    "phone": "tel|telephone|phone number|telephone number|call|telefon|téléphone|telefoon|ph|phone no|tel no",
    "fax": "phone (fax)|phone (work, fax)|phone (home, fax)|fax number",
    "email": "e-mail|mail|email address|e-mail address|mail address|courriel|email (work)|email (home)",
    "address": "home address|adresse|adres|addr|lives at|postal address|street address|address (home)|mailing address",
    "work address": "address (work)|office address|business address",
    "website": "web|homepage|home page|site|url",
    "iban": "bank account|account|account number|konto|kontonummer|iban number|account (iban)|bank|rekeningnummer",
    "licence plate": "license plate|number plate|plate|registration|reg no|kennzeichen|nummerplaat",
    "passport number": "passport no|passport|passport nr",
    "customer number": "customer no|customer nr|kundennummer|klantnummer|customer id|client number",
}
_RELATIVES = listed(
    "mother father mum mom dad sister brother son daughter child children kids grandmother grandfather aunt uncle "
    "cousin niece nephew boyfriend girlfriend fiancé fiancée friend boss manager assistant colleague neighbour "
    "neighbor landlord doctor dentist vet gp teacher tutor coach therapist physio physiotherapist lawyer "
    "accountant plumber electrician hairdresser babysitter godmother godfather roommate flatmate housemate pet "
    "pets dog cat architect client supervisor"
)
_NOISE = listed(
    """subject re fwd fw aw wg date from to cc bcc sent received reply-to reply message-id in-reply-to references mime-
    version content-type x-mailer attachment attachments time when where who what why how note nb ps pps tip warning
    caution important attention todo to-do done fixme q a question answer example examples eg ie update edit edited
    tags tag title type id uid uuid guid source sources created modified updated changed author lang language
    keywords layout permalink draft publish cssclass cssclasses template parent up prev next related see also link
    links http https ftp file mailto total subtotal sum result results idea ideas summary conclusion plan today
    tomorrow yesterday morning afternoon evening night before after then now later so but and or yes no ok well
    still reason problem solution context background fun fact quote moral lesson takeaway pro con pros cons input
    output step steps usage syntax return returns param params args raises deps version license copyright people
    mood weather rating location with present excused absent attendees repeats organizer profile messages hint
    category subcategory categories content contents body text notebook folder slug excerpt contact contacts
    activity here there one two three first second third finally bonus rule day week month year due tldr"""
)
_NOISE_OF_SEVERAL = frozenset(
    (
        *("see also", "fun fact", "short version", "long story short", "to do", "what works", "what does not work"),
        *("best line", "rating scale", "in short", "state of mind", "motion activity", "still to buy", "not on"),
        *("tl;dr", "good to know", "n b", "p s", "p p s", "e g", "i e"),
    )
)
_CALENDAR = re.compile(
    rf"(?:the\s)?(?:{'|'.join(f'{name}|{name[:3]}' for name in (*WEEKDAYS, *MONTHS) if name != 'may')})s?\b"
)
_SLOTS = {key: _PERSONAL[name] for name, called in _CALLED.items() for key in (name, *called.split("|"))} | {
    name: slot for name, slot in _PERSONAL.items() if name not in _CALLED
}
_SLOTS |= {name: Slot(name, "relation", single=False, form="name") for name in _RELATIVES}


@lru_cache(maxsize=1024)
def known(key: str) -> Slot | None:
    """The slot that a key means, whatever its case and marks; None for the owner's own words."""
    bare = tidy(key)
    return _SLOTS.get(bare) or _SLOTS.get(re.sub(r"\s*\(.*\)$", "", bare)) or _SLOTS.get(bare.removeprefix("my "))


def noise(key: str) -> bool:
    """Whether a key only labels a line: of mail headers, notes about the note, rhetoric."""
    bare = tidy(key)
    if bare in _NOISE or bare in _NOISE_OF_SEVERAL or _CALENDAR.match(bare):
        return True
    return not any(character.isalpha() for character in bare)


def tidy(key: str) -> str:
    """A key in lower case, without marks and doubled spaces: "Tel.:" is "tel"."""
    return " ".join(re.sub(r"[.:*_`#/]+", " ", key.casefold().replace("_", " ")).split()).strip(" -–—")
