"""Mail as real programs write it, made in code: single messages, mailboxes, and as many different ones as wanted."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

_TEXT = (
    "the train leaves at nine and we meet in front of the station near the old bridge where Anna keeps the boat for"
    " repairs until the insurance has paid for the broken mast please bring the keys the contract and two copies of the"
    " invoice because the office closes early on Friday Grüße aus Zürich naïve café résumé"
)
WORDS = _TEXT.split()
PEOPLE = (
    ("Anna Berg", "anna.berg@example.org"),
    ("Tomás Núñez", "tomas@example.com"),
    ("Mina Okafor", "mina.okafor@mail.example"),
    ("Pieter de Vries", "p.devries@example.nl"),
    ("Owner", "me@example.net"),
)


def message(body: str | bytes = "Hello", **fields: str) -> bytes:
    """One mail. Fields are given as `Subject="Hi"`, `Message_ID="<1@x>"`; `From`, `To` and `Date` are there anyway."""
    head = {
        "From": "Anna Berg <anna.berg@example.org>",
        "To": "me@example.net",
        "Date": "Mon, 4 May 2026 10:00:00 +0200",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    lines = "".join(f"{name}: {value}\n" for name, value in head.items() if value)
    return lines.encode() + b"\n" + (body.encode() if isinstance(body, str) else body)


def part(kind: str, body: str | bytes, *, name: str = "", disposition: str = "", **fields: str) -> bytes:
    """One part of a multipart message; bytes go as base64."""
    head = [f"Content-Type: {kind}"]
    if name:
        disposition = f'{disposition or "attachment"}; filename="{name}"'
    if disposition:
        head.append(f"Content-Disposition: {disposition}")
    head += [f"{key.replace('_', '-')}: {value}" for key, value in fields.items()]
    if isinstance(body, bytes):
        head.append("Content-Transfer-Encoding: base64")
        body = base64.encodebytes(body).decode()
    return ("\n".join(head) + "\n\n" + body).encode()


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = "=_b") -> bytes:
    """Content-Type field and body, to follow the other fields."""
    mark = f"--{boundary}".encode()
    inner = b"".join(mark + b"\n" + one + b"\n" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + inner + mark + b"--\n"


def composed(content: bytes, **fields: str) -> bytes:
    """A mail whose content begins with its own Content-Type field (see `multipart`)."""
    return message("", MIME_Version="1.0", **fields)[:-1] + content


def mbox(messages: Iterable[bytes]) -> bytes:
    """A mailbox in the mboxrd manner."""
    return b"".join(_boxed(one) for one in messages)


def _boxed(one: bytes) -> bytes:
    lines = one.split(b"\n")
    escaped = b"\n".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines)
    return b"From - Mon May  4 10:00:00 2026\n" + escaped + (b"\n" if escaped.endswith(b"\n") else b"\n\n")


def write_mailbox(path: Path, megabytes: int, seed: int = 1) -> int:
    """A mailbox of about that size; how many mails it holds."""
    count, size = 0, 0
    with path.open("wb") as stream:
        for one in letters(seed):
            size += stream.write(_boxed(one))
            count += 1
            if size >= megabytes << 20:
                return count
    return count


def letters(seed: int = 1) -> Iterator[bytes]:
    """Different mails without end: threads of replies, newsletters, attachments, in the shares of a private mailbox."""
    chance = random.Random(seed)
    moment = datetime(2015, 1, 1, 8, tzinfo=UTC)
    number, roots = 0, [("Start", "<0@example.org>")]
    while True:
        number += 1
        moment += timedelta(minutes=chance.randint(5, 400))
        identity = f"<{number}.{chance.getrandbits(48):x}@example.org>"
        name, address = chance.choice(PEOPLE)
        subject, root = f"About {prose(chance, 4)} {number}", ""
        if chance.random() < 0.6:
            subject, root = chance.choice(roots[-50:])
            subject = f"Re: {subject}"
        else:
            roots.append((subject, identity))
        fields = {
            "Delivered_To": "me@example.net",
            "Received": f"from mx{number % 7}.example.org ([192.0.2.7])\n\tby mail.example.net with ESMTPS"
            f"\n\tfor <me@example.net>; {moment:%a, %d %b %Y %H:%M:%S} +0000",
            "DKIM_Signature": "v=1; a=rsa-sha256; c=relaxed/relaxed;\n\tb=" + f"{chance.getrandbits(2048):x}"[:300],
            "From": f"=?UTF-8?Q?{quopri.encodestring(name.encode(), header=True).decode()}?= <{address}>",
            "Date": f"{moment:%a, %d %b %Y %H:%M:%S} +0000",
            "Subject": f"=?utf-8?B?{base64.b64encode(subject.encode()).decode()}?=",
            "Message_ID": identity,
            "References": root,
        }
        yield _letter(chance, fields, root)


def prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


def _letter(chance: random.Random, fields: dict[str, str], root: str) -> bytes:
    own = "\n\n".join(_wrapped(prose(chance, chance.randint(20, 120))) for _ in range(chance.randint(1, 4)))
    text = f"Hi,\n\n{own}\n\n-- \nAnna Berg\n+32 470 00 00 00\n"
    if root:
        quoted = "\n".join("> " + line for line in _wrapped(prose(chance, 200)).split("\n"))
        text += f"\nOn Mon, 4 May 2026 at 10:00, Tomás Núñez <tomas@example.com> wrote:\n\n{quoted}\n"
    kind = chance.random()
    if kind < 0.45:
        encoded = quopri.encodestring(text.encode()).decode()
        return message(
            encoded, Content_Type="text/plain; charset=UTF-8", Content_Transfer_Encoding="quoted-printable", **fields
        )
    html = _page(chance, text, 0 if kind < 0.75 else chance.randint(5, 60)) if kind < 0.9 else ""
    utf8 = {"Content_Transfer_Encoding": "quoted-printable"}
    parts = [part("text/plain; charset=UTF-8", quopri.encodestring(text.encode()).decode(), **utf8)]
    if html:
        parts.append(part("text/html; charset=UTF-8", quopri.encodestring(html.encode()).decode(), **utf8))
    if kind < 0.75:
        return composed(multipart(*parts, kind="alternative"), **fields)
    if kind < 0.9:  # a newsletter without a plain text
        return composed(multipart(parts[1], kind="alternative"), **fields)
    notes = part("text/plain; charset=utf-8", _wrapped(prose(chance, 800)).encode(), name="notes.txt")
    sound = part("audio/mpeg", chance.randbytes(chance.randint(20_000, 400_000)), name="voice.mp3")
    return composed(multipart(parts[0], notes, sound), **fields)


def _page(chance: random.Random, text: str, rows: int) -> str:
    style = "<style>" + "".join(f".c{n}{{font-size:{n}px;color:#777}}" for n in range(120)) + "</style>"
    table = "".join(
        f'<tr><td class="c{n}" style="padding:8px;font-family:Arial,sans-serif"><p>{prose(chance, 25)}</p></td></tr>'
        for n in range(rows)
    )
    body = text.replace("\n\n", "</p><p>").replace("\n", "<br>")
    table = f"<table width=600>{table}</table>" if rows else ""
    return f"<html><head>{style}</head><body><p>{body}</p>{table}</body></html>"


def _wrapped(text: str, width: int = 72) -> str:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line += f"{word} "
    return "\n".join([*(line.rstrip() for line in lines), line.rstrip()])
