"""Formats that are known by name or by their first bytes, and whose reader is not written yet.

They are reported by name rather than read as text or passed over in silence. A reader that comes takes its line away.
"""

from __future__ import annotations

from collections.abc import Iterator

from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import looks_binary

NAME = "not read yet"

_FORMATS = {
    "Outlook messages": ".msg .oft",
    "Outlook mailboxes": ".pst .ost",
    "archives": ".zst .7z .rar .z .lz .lzma .cab",
    "programs and their parts": ".jar .war .aar .apk .ipa .xpi .crx .whl .egg .nupkg .vsix",
    "old Word documents": ".doc .dot",
    "Word templates and macro documents": ".docm .dotx .dotm",
    "spreadsheets": ".xls .xlsx .xlsm .ods .numbers",
    "slides": ".ppt .pptx .odp",
    "documents": ".odt .rtf .pages .wpd .ps .djvu .xps",
    "books": ".epub .mobi .azw3",
    "web archives": ".mht .mhtml .webarchive .warc",
    "sound files": ".mp3 .m4a .wav .ogg .opus .flac .aac .aiff .amr .wma",
    "videos": ".mp4 .m4v .mov .mkv .avi .webm .wmv .3gp .mpg .mpeg",
    "pictures": ".heic .heif .avif .svg .psd .ico .dng .cr2 .nef .arw",
    "databases": ".sqlite .sqlite3 .db .mdb",
}
_BY_SUFFIX = {suffix: words for words, suffixes in _FORMATS.items() for suffix in suffixes.split()}
_TEXT_HEADS = {
    b"{\\rtf": "documents",
}
_BINARY_HEADS = {
    b"PK\x03\x04": "documents",  # archives have their reader, which leaves packed documents alone
    b"\x1f\x8b": "packed documents",
    b"7z\xbc\xaf\x27\x1c": "archives",
    b"Rar!\x1a\x07": "archives",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old Office documents",
    b"SQLite format 3\x00": "databases",
    b"ID3": "sound files",
    b"OggS": "sound files",
    b"fLaC": "sound files",
}


def claims(file: File) -> str | None:
    words = _words(file)
    return None if words is None else f"is one of the {words}"


def read(file: File) -> Iterator[Item | Skipped]:
    suffix = f" ({file.suffix})" if file.suffix in _BY_SUFFIX else ""
    yield Skipped(file.name, f"{_words(file) or 'such files'}{suffix} are not read yet")


def _words(file: File) -> str | None:
    if (words := _BY_SUFFIX.get(file.suffix)) is not None:
        return words
    # "BZh" or "ID3" may begin a sentence
    heads = _TEXT_HEADS | _BINARY_HEADS if looks_binary(file.head) else _TEXT_HEADS
    head = file.head.removeprefix(b"\xef\xbb\xbf")
    return next((words for start, words in heads.items() if head.startswith(start)), None)
