"""The lines that say "what follows was written by somebody else", as mail programs put them before a quote.

Three kinds, in the languages that the programs speak: an attribution ("On Monday Anna wrote:"), a rule with words in
it ("----- Original Message -----"), and a block of header fields (From:, Sent:, To:, Subject:). Says where they end
and whom they name, not how far the quote goes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from secondme.sources.mails.encoded import phrase

LINE_CHARS = 1000  # no line of these is longer


class Opener(NamedTuple):
    """`end` is the number of the first line after it; `attribution` that it is a sentence with a verb."""

    end: int
    name: str
    attribution: bool


_VERBS_BEFORE = (
    "schrieb|schreef|skrev|escreveu|a écrit|napisał\\(?a?\\)?|napsal\\(?a?\\)?|напис(?:ал|ала)|geschrieben von"
)
_VERBS = (
    "wrote|writes|a écrit|escribió|ha scritto|escreveu|schrieb|schreef|skrev|kirjoitti|napisał\\(?a?\\)?|napsala?|"
    "napísala?|напис(?:ал|ала|али)|пишет|пише|írta|yazdı|έγραψε|a scris|je napisao|写道|寫道|のメール|"
    "님이 작성|wrote on .{5,60}"
)
_VERB_END = re.compile(rf"(?:{_VERBS})\s*[:\uff1a]\s*$", re.IGNORECASE)
_VERB_NAME = re.compile(rf"\b(?:{_VERBS_BEFORE})\s+(?P<name>[^:]{{2,120}}?)\s*[:\uff1a]\s*$", re.IGNORECASE)
_STARTS = re.compile(
    r"(?:On|Am|Le|El|Op|Il|Den|Dne|Dňa|Em|W dniu|Dnia|No dia|Pada|På|Vào|În data de|Στις)\s|"
    r"\d{1,4}[-./年]\s?\d|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|[A-Za-zäöå]{2,3}\.?),? \d",
)
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # Gmail's, around what is not Hebrew or Arabic
_DATED = re.compile(r"\d{4}|\d[:.]\d\d|@")

_SAID = (
    "original message|original appointment|ursprüngliche nachricht|originalnachricht|message d.origine|"
    "message original|message initial|oorspronkelijke? bericht|mensaje original|mensagem original|messaggio originale|"
    "ursprungligt meddelande|originalmeddelande|original besked|oprindelig meddelelse|opprinnelig melding|"
    "alkuperäinen viesti|oryginalna wiadomość|původní zpráva|исходное сообщение|пересылаемое сообщение|"
    "forwarded (?:message|by .{2,60})|weitergeleitete nachricht|message transféré|doorgestuurd bericht|"
    "mensaje reenviado|messaggio inoltrato|mensagem (?:encaminhada|reencaminhada)|vidarebefordrat (?:mejl|meddelande)|"
    "videresendt (?:besked|melding)|välitetty viesti|wiadomość przekazana|转发邮件信息|原始邮件|元のメッセージ"
)
_RULE = re.compile(rf"[-_*=\s]{{2,60}}(?:{_SAID})[-_*=:\s]{{0,60}}$", re.IGNORECASE)
_FORWARD = re.compile(
    r"(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:réexpédié|transféré)|"
    r"begin doorgestuurd bericht|inizio (?:del )?messaggio inoltrato|inicio del mensaje reenviado|"
    r"início da mensagem (?:encaminhada|reencaminhada)|vidarebefordrat brev|videresendt besked)\s*:\s*$",
    re.IGNORECASE,
)
_BETWEEN_RULES = re.compile(r"-{2,10} ?(?P<said>\w.{10,300}?) ?-{2,10}$")  # ---- On Monday Anna wrote ----
_LONG_RULE = re.compile(r"[_-]{20,}\s*$")

_FROM = (
    "from|von|de|da|van|från|fra|lähettäjä|od|kimden|от|expéditeur|remitente|mittente|afzender|feladó|"
    "发件人|寄件者|差出人|보낸 사람"
)
_SENT = (
    "sent|date|gesendet|datum|envoyée?|verzonden|enviado(?: el| em)?|enviada(?: em)?|fecha|data|inviato|skickat|sendt|"
    "dato|lähetetty|päivämäärä|wysłano|odesláno|отправлено|дата|送信日時|日付|发送时间|日期|보낸 날짜"
)
_TO = (
    "to|an|à|a|aan|para|per|till|til|vastaanottaja|do|komu|кому|宛先|收件人|받는 사람|reply-to|"
    "cc|kopie|kopia|копия|抄送"
)
_ABOUT = "subject|betreff|objet|onderwerp|asunto|assunto|oggetto|ämne|emne|aihe|temat|předmět|тема|件名|主题|제목"


def _field(words: str) -> re.Pattern[str]:
    return re.compile(rf"[*_]{{0,2}}(?:{words})\s?[*_]{{0,2}}[:\uff1a][*_]{{0,2}}(?:\s|$)(?P<value>.*)", re.IGNORECASE)


_FROM_FIELD, _OTHER_FIELDS = _field(_FROM), (_field(_SENT), _field(_TO), _field(_ABOUT))
_HINT = re.compile(
    rf"[:\uff1a][ \t]*$|^[ \t>]*[-_*=]{{2}}|^[^\w\n]{{0,8}}(?:{_FROM})\s?[*_]{{0,2}}[:\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)


def hinted(text: str) -> bool:
    """Whether there can be an opener in it at all."""
    return _HINT.search(text) is not None


def opener(lines: Sequence[str], at: int, deeper: bool = False) -> Opener | None:
    """The opener that begins with line `at`, if one does. `deeper` says that what follows is marked as a quote, so that
    a sentence which names a time and ends in a colon is an attribution in whatever language."""
    line = lines[at].strip()
    if not line or len(line) > LINE_CHARS:
        return None
    if _RULE.match(line) or _FORWARD.match(line):
        return _ruled(lines, at + 1)
    if (zoho := _BETWEEN_RULES.match(line)) and (found := _attribution([f"{zoho['said']}:"], 0, False)):
        return Opener(at + 1, found.name, True)
    if _LONG_RULE.match(line):
        return _block(lines, _filled(lines, at + 1))
    return _block(lines, at) or _attribution(lines, at, deeper)


def _ruled(lines: Sequence[str], at: int) -> Opener:
    """A rule, with the block of fields that may follow it, or Proton's attribution."""
    first = _filled(lines, at)
    announced = _block(lines, first, least=1)
    if announced is None and first < len(lines):
        announced = _attribution(lines, first, False)
    return announced or Opener(at, "", False)


def _filled(lines: Sequence[str], at: int) -> int:
    """The next line that is not empty, at most two lines on."""
    return next((number for number in range(at, min(at + 3, len(lines))) if lines[number].strip()), at)


def _block(lines: Sequence[str], at: int, least: int = 2) -> Opener | None:
    """From:, and close by at least `least` of date, recipient and subject."""
    seen: set[int] = set()
    while len(seen) < 3 and at < len(lines) and (kinds := _kinds(lines[at])):  # Hotmail: Date, Subject, From, To
        seen.update(kinds)
        at += 1
    found = _FROM_FIELD.match(lines[at].strip()[:LINE_CHARS]) if at < len(lines) else None
    if found is None:
        return None
    end, name = at + 1, found["value"]
    if not name.strip() and end < len(lines):
        name = lines[end]
    for number in range(at + 1, min(at + 12, len(lines))):
        line = lines[number].strip()
        if kinds := _kinds(line):
            seen.update(kinds)
            end = number + 1
        elif number > end + 1 or (not line and len(seen) == len(_OTHER_FIELDS)):
            break
    return Opener(end, _sender(name), False) if len(seen) >= least else None


def _kinds(line: str) -> list[int]:
    """Which of date, recipient and subject a line is."""
    line = line.strip()[:LINE_CHARS]
    if ":" not in line[:40] and "\uff1a" not in line[:40]:
        return []
    return [kind for kind, pattern in enumerate(_OTHER_FIELDS) if pattern.match(line)]


def _attribution(lines: Sequence[str], at: int, deeper: bool) -> Opener | None:
    """One sentence over at most three lines, ending in a colon."""
    sentence = ""
    starts = _STARTS.match(lines[at].strip()) is not None
    for number in range(at, min(at + 3 if starts or deeper else at + 1, len(lines))):
        line = _DIRECTION.sub("", lines[number]).strip()
        if not line or len(sentence) + len(line) > LINE_CHARS:
            return None
        sentence = f"{sentence} {line}".strip()
        if sentence[-1] not in ":\uff1a":
            continue
        said = _VERB_END.search(sentence) or _VERB_NAME.search(sentence)
        if said is None and not deeper:
            return None
        if not starts and not deeper and "@" not in sentence and len(sentence) > 80:
            return None
        dated = _DATED.search(sentence) is not None
        if dated or (said is not None and deeper):
            return Opener(number + 1, _named(sentence), True)
        return None
    return None


_ADDRESSED = re.compile(
    r"\s*[<(\[]*\s*(?:mailto:)?[\w.+'-]+@[\w.-]+\s*[>)\]]*(?:\s*[<(\[]mailto:[^>)\]]*[>)\]])?", re.IGNORECASE
)
_WHEN = re.compile(
    r".*(?:\d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?:\s?[AaPp]\.?[Mm]\.?|\s?Uhr|\s?h|\s?Z)?|\d{4}|\d+\.?)"
    r"(?:\s*(?:[+-]\d\d:?\d\d|\(?(?:GMT|UTC|[A-Z]{2,3}T)\)?(?:[+-]\d{1,2}(?::?\d\d)?)?|\([^()]*\)))*",
    re.DOTALL,
)


_LINKING = re.compile(r"^(?:[\s,.;:|(]|uhr\b|at\b|um\b|via\b|by\b|[ap]m\b|от\b|מאת\b)+", re.IGNORECASE)


def _named(sentence: str) -> str:
    """Whom an attribution names: between the date and the verb, or after the verb; else the address."""
    address = re.search(r"[\w.+'-]+@[\w.-]+\w", sentence)
    if (after := _VERB_NAME.search(sentence)) is not None:
        rest = after["name"]
    else:
        rest = _VERB_END.sub("", sentence.rstrip()).rstrip(":\uff1a").strip()
    rest = re.sub(r"\s+$", "", _ADDRESSED.sub(" ", rest)).rstrip(",( ")
    if (when := _WHEN.match(rest)) is not None and when[0] != rest:
        rest = rest[when.end() :]
    elif when is None:
        rest = re.sub(r"^(?:On|Am|Le|El|Op|Il)\s+[^\W\d]+(?:day|tag|dag)?,?\s+", "", rest)
    rest = _LINKING.sub("", rest).strip(" \t,;:*\"'")
    if _is_name(rest):
        return rest
    # "Anna <anna@example.org> 于2026年5月4日写道："
    before = sentence[: address.start()].strip(" \t<([,\"'") if address else ""
    return before if _is_name(before) else address[0] if address else ""


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 80 and not re.search(r"\d", text) and re.search(r"[^\W_]", text) is not None


def _sender(value: str) -> str:
    """The name in the value of a From: field as it is printed in a text."""
    text = phrase(value).replace("*", "").strip()
    name = re.split(r"[<\[]|\s\(?mailto:|\son behalf of\s|\sim Auftrag von\s", text)[0].strip(" \t\"',;")
    return (name or text.strip("<>[] "))[:80]
