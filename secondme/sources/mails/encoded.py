"""Characters as mail writes them in bytes: charsets, encoded words (RFC 2047) and parameters (RFC 2231).

Mail lies about its charset more often than not, so a name is a hint: what it cannot decode is looked at by its bytes
(decoding.py). Nothing here fails; what stays unclear becomes U+FFFD.
"""

from __future__ import annotations

import binascii
import codecs
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from secondme.sources.base import HEAD_BYTES
from secondme.sources.decoding import sniff

# Who says the left one means the right one, which holds it all (Encoding standard, 4.2).
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
}
_ALIASES = {"unicode-1-1-utf-7": "utf-7", "cp-850": "cp850", "x-sjis": "cp932", "iso-8859-8-i": "iso8859-8"}
_TEXT_CODEC = re.compile(
    r"utf-|cp\d|iso8859|koi8|mac[-_]|gb|hz|big5|euc_|shift_jis|iso2022|johab|tis-620|kz1048|ptcp154"
)
_SEVEN_BIT = ("iso2022", "hz", "utf-7", "utf-16", "utf-32")  # in these, what looks like ASCII is not
_ONE_BYTE = re.compile(r"cp(?!9\d\d$)\d+|iso8859|koi8|mac|tis|kz|ptcp")
_ENCODED_WORD = re.compile(r"=\?([^?\s]*)\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*)*)\?=")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_NUMBERED = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?$")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
_SURROGATES = re.compile("[\ud800-\udfff]")


def characters(data: bytes, charset: str = "") -> str:
    """The text that `data` is, said to be in `charset`."""
    codec = _codec(charset)
    # a multi-byte charset that fits is right; one letter of it can look like UTF-8
    sure = codec.startswith(_SEVEN_BIT) or (codec and not _ONE_BYTE.match(codec) and codec != "utf-8")
    if sure and (text := _strictly(data, codec)) is not None:
        return text
    if (text := _strictly(data, "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8")) is not None:
        return text
    if codec and (text := _strictly(data, codec)) is not None:
        return text
    loose = data.decode(codec, "replace") if codec else ""
    if codec and loose.count("\ufffd") <= 2 + len(loose) // 100:
        return _SURROGATES.sub("\ufffd", loose)
    head = data[:HEAD_BYTES]
    return data.decode(sniff(head, len(head) == len(data)), "replace")


def phrase(raw: bytes | str, charset: str = "") -> str:
    """A header's value in one line: encoded words decoded, also those that break the rules."""
    text = raw if isinstance(raw, str) else characters(raw, charset)
    return _CONTROLS.sub(" ", _words(text) if "=?" in text else text).strip()


def parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=utf-8; name*0="a"; name*1="b"` as ("text/plain", {"charset": "utf-8", "name": "ab"})."""
    text = characters(raw)
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for key, value in _PARAMETER.findall(text):
        if (named := _NUMBERED.match(key.lower())) is not None:
            pieces.setdefault(named[1], []).append((int(named[2] or 0), bool(named[3]), _unquoted(value)))
    return text.partition(";")[0].strip().lower(), {key: _joined(found) for key, found in pieces.items()}


def from_base64(data: bytes) -> bytes:
    """Base64, whatever is in between, and without its end if that is broken."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        clean = clean[: len(clean) - (len(clean) % 4 == 1)]
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """Python's name for it; "" if it is none, unknown, or says nothing (ASCII)."""
    name = charset.strip("\"' \t\r\n").partition("*")[0].lower()
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError, UnicodeError):  # ValueError: a NUL in the name
        return ""
    found = _WIDER.get(found, found)
    return found if _TEXT_CODEC.match(found) else ""


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        return None
    # UTF-7 can spell half a character
    return _SURROGATES.sub("\ufffd", text) if codec == "utf-7" else text


def _words(text: str) -> str:
    """Encoded words decoded. Neighbours in one charset are joined as bytes: writers cut within a character."""
    done: list[str] = []
    held, charset, at = b"", "", 0
    for word in _ENCODED_WORD.finditer(text):
        between = text[at : word.start()]
        if between.strip() or at == 0 or word[1].lower() != charset:
            done += [characters(held, charset), "" if at and not between.strip() else between]
            held, charset = b"", word[1].lower()
        held += _word_bytes(word[2], word[3])
        at = word.end()
    return "".join([*done, characters(held, charset), text[at:]])


def _word_bytes(kind: str, text: str) -> bytes:
    if kind in "bB":
        return from_base64(text.encode("utf-8", "replace"))
    return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        # no other escapes: people's files come from C:\folders
        return value.strip('"').replace('\\"', '"').replace("\\\\", "\\")
    return value


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    pieces.sort(key=lambda piece: piece[0])
    if not any(coded for _, coded, _ in pieces):
        return phrase("".join(text for _, _, text in pieces))
    first = pieces[0][2]
    charset = first.partition("'")[0] if first.count("'") >= 2 else ""
    rest = first.split("'", 2)[2] if first.count("'") >= 2 else first
    coded = [(pieces[0][1], rest), *((flag, text) for _, flag, text in pieces[1:])]
    data = b"".join(unquote_to_bytes(text) if flag else text.encode() for flag, text in coded)
    return phrase(data, charset)
