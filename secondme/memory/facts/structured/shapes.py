"""What values look like: telephone numbers, e-mail addresses, account numbers, codes, prices, sizes, postal addresses.

A shape alone says nothing of whose it is or what it is for; that is for those who look here. Account numbers are proven
by their check digits (ISO 7064, MOD 97-10).
"""

from __future__ import annotations

import re

PHONE = re.compile(r"(?<![\w.,/:+-])(?:\+|00)?\(?\d(?:[ ./()-]{0,2}\d){5,14}(?![\w/:]|[.,-]\d)")
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}(?![\w-])")
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
MONEY = re.compile(
    r"(?:[€$£]\s?\d[\d.,'’ ]{0,12}\d|[€$£]\s?\d|(?<![\w.,])\d[\d.,'’ ]{0,12}\d\s?(?:€|eur\b|euros?\b|dollars?\b|usd\b|"
    r"pounds?\b|gbp\b|kr\b|chf\b|dkk\b|sek\b|nok\b|zł|pln\b)|(?<![\w.,])\d\s?(?:€|euros?\b|dollars?\b|pounds?\b|kr\b))"
    r"(?![\d%])(?:\s?(?:k|mio|million|billion)\b)?",
    re.IGNORECASE,
)
# a code has a figure in it, and capitals or figures all through
CODE = (
    r"(?:[A-Z]{1,4} )?(?=[A-Z0-9./-]*\d)[A-Z0-9][A-Z0-9./-]{2,24}[A-Z0-9]"
    r"(?: (?!(?:19|20)\d\d\b)\d{2,6}\b(?![:/.,]\d)){0,4}(?: (?![AI]\b)[A-Z](?![\w’']))?"
)
STREET = (
    r"(?:\d{1,4}[a-z]?,?\s+(?:[A-ZÀ-Þ][\w'’.-]+\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Place|"
    r"Pl|Square|Sq|Close|Way|Crescent|Terrace|Boulevard|Blvd|Row|Hill|Gardens|Grove|Park)\b\.?"
    r"|(?:(?:Rue|Avenue|Boulevard|Place|Via|Viale|Piazza|Calle|Rua|Avenida|Carrer|Plaza|Praça|ul\.)\s+)"
    r"(?:[\w'’.-]+\s+){0,4}[A-ZÀ-Þ][\w'’.-]*,?\s+\d{1,4}\s?[a-z]?\b"
    r"|[A-ZÀ-Þ][\w'’.-]*(?:straat|strasse|straße|str\.|laan|weg|kaai|kade|plein|gracht|gasse|platz|allee|vej|gade|gata|"
    r"vägen|veien|gaten|dreef|steenweg|singel|dijk|ring|damm|ufer)\s+\d{1,4}\s?[a-zA-Z]?\b)"
)
ADDRESS = re.compile(
    STREET
    + r"(?:\s+(?:bus|box|apt\.?|flat|unit)\s+\w{1,5})?(?:,\s+(?:[A-Z]{1,2}-?)?\d{4,5}(?:\s?[A-Z]{2}\b)?\s+[A-ZÀ-Þ]"
    r"[\w’'-]+(?:[ -][A-ZÀ-Þ][\w’'-]+)?|,\s+[A-ZÀ-Þ][\w’'-]+(?:\s+[A-Z]{1,2}\d[\w ]{1,6}\b)?)?"
)


def phones(text: str) -> list[re.Match[str]]:
    """Telephone numbers: six digits at least, and nothing that is a date, an amount or an account number."""
    return [one for one in PHONE.finditer(text) if _telephone(one.group())]


def _telephone(shape: str) -> bool:
    digits = sum(character.isdigit() for character in shape)
    date = re.fullmatch(r"\d{4}[./-]\d{1,2}[./-]\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", shape)
    return 6 <= digits <= 15 and shape.count("(") == shape.count(")") and not date


def compact(text: str) -> str:
    """A number or code without what stands between its parts; a leading 00 is a plus, and "(0)" goes."""
    bare = re.sub(r"[^\w+]|_", "", text.replace("(0)", ""))
    return f"+{bare[2:]}" if bare.startswith("00") and bare.isdigit() and len(bare) > 8 else bare


def iban(text: str) -> str:
    """The account number without spaces if its check digits are right, else ""."""
    bare = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", bare):
        return ""
    number = "".join(str(int(character, 36)) for character in bare[4:] + bare[:4])
    return bare if int(number) % 97 == 1 else ""
