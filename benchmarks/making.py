"""Sources of the size of a life, made up: a mailbox, two chats and a tree of notes. Each is written as a stream.

Of the 20,000 words the 150 most frequent are English and the others invented, each as often as Zipf's law has it, so
that passages differ from each other as real ones do and the words index has something to do. (A tokenizer made for
English takes them for two tokens each, as it does another language's words.) The same arguments write the same bytes.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

VOCABULARY = 20_000
MEDIAN_WORDS = 8  # of a chat message
BEGIN = datetime(2019, 1, 7, 7, 30, tzinfo=UTC)
FIRST = "Anna Bram Chloe Dirk Elif Farid Greta Hugo Ines Jonas Karin Lotte Mats Nadia Otto Petra Quinn Rosa Sven Tilda"
LAST = "Adler Berg"
PEOPLE = [f"{first} {last}" for first, last in itertools.product(FIRST.split(), LAST.split())]  # 40

_COMMON = """
the of and to a in that is was he for it with as his on be at by i this had not are but from or have an they which one
you were her all she there would their we him been has when who will more no if out so said what up its about into than
them can only other new some could time these two may then do first any my now such like our over man me even most made
after also did many before must through back years where much your way well down should because each just those people
how too little state good very make world still own see men work long get here between both life being under never day
same another know while last might us great old year off come since against go came right used take three
"""
_ONSETS: tuple[str, ...] = (*"bcdfghjklmnprstvw", "br", "ch", "fl", "gr", "pr", "st", "tr")
_VOWELS: tuple[str, ...] = (*"aeiouaeiou", "ea", "ou")
_ENDS: tuple[str, ...] = ("", "", "", "n", "r", "s", "t", "l", "nd")


class Prose:
    """An endless text by one seed, in a language of `size` words: `vocabulary`, the most frequent first."""

    def __init__(self, seed: int, size: int = VOCABULARY) -> None:
        self.random = random.Random(seed)
        # whatever the seed, the language is the same one: the most frequent words are real, the others are made up
        draw, found = random.Random(VOCABULARY), dict.fromkeys(_COMMON.split())
        while len(found) < size:
            syllables = 2 + (len(found) > 2_000) * draw.randrange(2)
            found["".join(_syllable(draw) for _ in range(syllables))] = None
        self.vocabulary = list(found)
        self._weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(size)))

    def words(self, count: int) -> list[str]:
        return self.random.choices(self.vocabulary, cum_weights=self._weights, k=count)

    def sentence(self, words: int) -> str:
        """That many words; one sentence in six has a number in it."""
        found = self.words(max(1, words))
        if self.random.random() < 1 / 6:
            found[-1] = str(self.random.randrange(10_000))
        return " ".join(found).capitalize() + "."

    def paragraph(self, words: int) -> str:
        """Sentences of 5 to 20 words, about `words` of them in all."""
        sentences = []
        while words > 0:
            length = min(words, self.random.randrange(5, 21))
            sentences.append(self.sentence(length))
            words -= length
        return " ".join(sentences)

    def spoken(self) -> str:
        """A chat message: a median of 8 words, now and then 60."""
        return self.sentence(min(120, round(self.random.lognormvariate(0, 0.7) * MEDIAN_WORDS)))


def _syllable(draw: random.Random) -> str:
    return draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_ENDS)


# -- notes ------------------------------------------------------------------------------------------------------------


def notes(folder: Path, count: int, seed: int = 1) -> Path:
    """Small markdown notes of 40 to 60 words, in folders by year and month."""
    prose = Prose(seed)
    for number in range(count):
        day = BEGIN + timedelta(hours=0.6 * number * (100_000 / max(count, 1)))
        place = folder / f"{day:%Y}" / f"{day:%m}"
        if number % 64 == 0 or not place.exists():
            place.mkdir(parents=True, exist_ok=True)
        title = prose.sentence(3).rstrip(".")
        text = f"# {title}\n\n{prose.paragraph(prose.random.randrange(40, 61))}\n"
        (place / f"{day:%Y-%m-%d} {number:06}.md").write_text(text, encoding="utf-8")
    return folder


# -- chats ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    number: int
    sender: int  # of PEOPLE
    time: datetime
    text: str


def messages(count: int, seed: int) -> Iterator[Message]:
    """A group of 40, some of whom write most: bursts of messages within minutes, hours of silence between."""
    prose = Prose(seed)
    draw, time = prose.random, BEGIN
    often = list(itertools.accumulate(1 / (n + 1) for n in range(len(PEOPLE))))
    for number in range(count):
        time += timedelta(seconds=draw.randrange(2, 90) if draw.random() < 0.9 else draw.randrange(600, 9_000))
        (sender,) = draw.choices(range(len(PEOPLE)), cum_weights=often)
        yield Message(number, sender, time, prose.spoken())


def telegram(folder: Path, count: int, seed: int = 2) -> Path:
    """`result.json` of one group, as Telegram Desktop writes it: a record of some twelve lines a message."""
    path = folder / "result.json"
    with path.open("w", encoding="utf-8") as out:
        out.write('{\n "name": "Allotment",\n "type": "private_supergroup",\n "id": 1700000001,\n "messages": [')
        for message in messages(count, seed):
            record = {
                "id": message.number + 1,
                "type": "message",
                "date": f"{message.time:%Y-%m-%dT%H:%M:%S}",
                "date_unixtime": str(int(message.time.timestamp())),
                "from": PEOPLE[message.sender],
                "from_id": f"user{5_000_001 + message.sender}",
                "text": message.text,
                "text_entities": [{"type": "plain", "text": message.text}],
            }
            shown = json.dumps(record, indent=1, ensure_ascii=False).replace("\n", "\n  ")
            out.write(f"{',' if message.number else ''}\n  {shown}")
        out.write("\n ]\n}")
    return path


def whatsapp(folder: Path, count: int, seed: int = 3) -> Path:
    """A group's chat in one text, as Android exports it; one message in 25 goes over two lines."""
    path = folder / "WhatsApp Chat with Allotment.txt"
    with path.open("w", encoding="utf-8") as out:
        for message in messages(count, seed):
            text = message.text.replace(" ", "\n", 1) if message.number % 25 == 24 else message.text
            out.write(f"{message.time:%d/%m/%Y, %H:%M} - {PEOPLE[message.sender]}: {text}\n")
    return path


# -- mail -------------------------------------------------------------------------------------------------------------


def mailbox(folder: Path, size: int, seed: int = 4) -> Path:
    """A mailbox of `size` bytes: 25 KB a mail on average, nine tenths of it in the attachments of every eleventh.

    Half of the mails are replies that quote the mail before, one in five has an HTML part as well. The attachments are
    PDF documents with a page of text, noise that begins like a photograph (and is one to no program: what recognising
    text in pictures costs is another question), and plain text.
    """
    path = folder / "All mail.mbox"
    prose = Prose(seed)
    before, written, number = "", 0, 0
    with path.open("wb") as out:
        while written < size:
            before, mail = _mail(prose, number, before)
            written += out.write(mail)
            number += 1
    return path


def _mail(prose: Prose, number: int, before: str) -> tuple[str, bytes]:
    """What is written in the mail, and all of its bytes."""
    draw = prose.random
    sender, to = draw.sample(range(len(PEOPLE)), 2)
    time = BEGIN + timedelta(minutes=41 * number)
    text = "\n\n".join(prose.paragraph(draw.randrange(40, 130)) for _ in range(draw.randrange(2, 5)))
    answers = bool(before) and draw.random() < 0.5
    whole = text + (_quoted(time, PEOPLE[to], before) if answers else "") + f"\n\n-- \n{PEOPLE[sender]}\n"
    parts = [_part("text/plain; charset=utf-8", "8bit", whole.encode())]
    if draw.random() < 0.2:
        page = "".join(f"<p>{paragraph}</p>\n" for paragraph in whole.split("\n\n"))
        html = f"<html><body><div style='font-family: sans-serif'>{page}</div></body></html>\n"
        both = [*parts, _part("text/html; charset=utf-8", "8bit", html.encode())]
        parts = [_multipart("alternative", f"alt-{number}", both)]
    if draw.random() < 0.09:
        parts.append(_attachment(prose))
    subject = f"{'Re: ' if answers else ''}{prose.sentence(draw.randrange(2, 7)).rstrip('.')}"
    head = (
        f"From {_address(sender)} {time:%a %b %d %H:%M:%S %Y}\n"
        f"Received: from mail.example.org by mx.example.net with ESMTPS id {number:08x};"
        f"\n {time:%a, %d %b %Y %H:%M:%S} +0000\n"
        f"Message-ID: <{number:08x}.{draw.getrandbits(48):012x}@example.org>\n"
        f"Date: {time:%a, %d %b %Y %H:%M:%S} +0000\nFrom: {PEOPLE[sender]} <{_address(sender)}>\n"
        f"To: {PEOPLE[to]} <{_address(to)}>\nSubject: {subject}\nMIME-Version: 1.0\n"
    )
    body = parts[0] if len(parts) == 1 else _multipart("mixed", f"mixed-{number}", parts)
    return text, head.encode() + body.replace(b"\nFrom ", b"\n>From ") + b"\n"


def _address(person: int) -> str:
    return PEOPLE[person].lower().replace(" ", ".") + "@example.org"


def _quoted(time: datetime, who: str, text: str) -> str:
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    return f"\n\nOn {time:%a, %d %b %Y at %H:%M}, {who} wrote:\n\n{quoted}"


def _part(kind: str, encoding: str, content: bytes, more: str = "") -> bytes:
    return f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n{more}\n".encode() + content


def _multipart(kind: str, border: str, parts: list[bytes]) -> bytes:
    inner = b"".join(f"--{border}\n".encode() + part + b"\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{border}"\n\n'.encode() + inner + f"--{border}--\n".encode()


def _attachment(prose: Prose) -> bytes:
    draw = prose.random
    size = round(50_000 * 10 ** draw.random())  # 50 to 500 KB
    name = "-".join(prose.words(2))
    kind, ending = draw.choices(
        [("application/pdf", "pdf"), ("image/jpeg", "jpg"), ("text/plain; charset=utf-8", "txt")], [45, 45, 10]
    )[0]
    content = _document(prose, size) if ending == "pdf" else b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + draw.randbytes(size)
    if ending == "txt":
        content = "\n\n".join(prose.paragraph(80) for _ in range(size // 500)).encode()
    shown = f'Content-Disposition: attachment; filename="{name}.{ending}"\n'
    return _part(kind, "base64", base64.encodebytes(content), shown)


def _document(prose: Prose, size: int) -> bytes:
    """A PDF (ISO 32000-1) of one page of text, and a stream of noise in the place of a scanned picture."""
    shown = "\n".join(f"({' '.join(prose.words(11))}) Tj T*" for _ in range(30))
    text = f"BT /F1 10 Tf 14 TL 50 780 Td\n{shown}\nET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(s), s) for s in (text, prose.random.randbytes(size))),
    ]
    whole, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    entries = len(objects) + 1
    return whole + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (entries, table, entries, len(whole))
    )
