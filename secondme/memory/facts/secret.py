"""What must never be kept as a plain fact: passwords, PINs, door codes, card numbers, API keys.

Such a value stays where the owner wrote it, in the passage, and nowhere else. Knows how they are called and what they
look like; an account number (IBAN) or a booking code is a reference, not a secret, and passes.
"""

from __future__ import annotations

import re

_CALLED = re.compile(
    r"\b(?:pass(?:word|wort|phrase|code)s?|pwd|passwd|pass ?key|(?-i:PINs?|PUK|CV[VC]2?|OTP|2FA|SSN|TAN)"
    r"|(?:pin|puk|cv[vc]|tan)(?: ?(?:codes?|number)|\s*(?:is|:|=)\s*\d+)|secrets?(?! (?:in|of|to|ingredient|santa)\b)"
    r"|api[ _-]?keys?|access[ _-]?(?:key|token|code)s?|auth(?:entication)? (?:code|token)|private key|secret key"
    r"|licen[cs]e key|product key|seed (?:phrase|words)|recovery (?:code|key|phrase)s?|back-?up codes?"
    r"|security (?:code|answer|question)|(?:door|key|gate|entry|entrance|alarm|lock|safe|garage|building|unlock) ?"
    r"(?:pad )?codes?|combination lock|lock combination|card (?:number|no\.?)|bearer token|social security(?: number)?"
    r"|wi-?fi (?:key|pass)|mot de passe|kennwort|wachtwoord|contraseña)\b",
    re.IGNORECASE,
)
_SHAPED = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_\w{20,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}|\bglpat-[\w-]{15,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.|-----BEGIN [A-Z ]*PRIVATE KEY|\bhf_[A-Za-z0-9]{25,}"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}\b")
_CARD = re.compile(r"(?<![\w+-])[2-6](?:[ -]?\d){12,18}(?![\w-])")
_RANDOM = re.compile(r"(?<![\w/+.-])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*\d)[\w+/=-]{24,}(?![\w.])")


def secret(text: str) -> bool:
    """Whether the text speaks of a secret or holds what looks like one."""
    bare = _IBAN.sub(" ", text)
    return bool(_CALLED.search(text) or _SHAPED.search(text) or _RANDOM.search(bare) or _card(bare))


def _card(text: str) -> bool:
    """A payment card's number: 13 to 19 digits whose check digit is right (ISO/IEC 7812-1, the Luhn algorithm)."""
    return any(_luhn(re.sub(r"\D", "", match.group())) for match in _CARD.finditer(text))


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return len(set(digits)) > 1 and sum(number - 9 * (number > 9) for number in doubled) % 10 == 0
