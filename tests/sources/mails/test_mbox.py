"""Mailboxes: where one mail ends and the next begins, and that a mailbox of any size passes."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme import sources
from secondme.records import Item, Skipped
from secondme.sources.mails import mail, mbox
from secondme.sources.mails import message as reading
from tests.sources import fuzzing, making
from tests.sources.mails.making_mail import composed, message, multipart, part, write_mailbox
from tests.sources.mails.making_mail import mbox as boxed

FROM = b"From anna@example.org Mon May  4 10:00:00 2026\n"


def write(folder: Path, data: bytes, name: str = "a.mbox") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def items(folder: Path, data: bytes, name: str = "a.mbox") -> list[Item]:
    return [record for record in making.read(write(folder, data, name)) if isinstance(record, Item)]


def test_each_mail_is_an_item_with_its_line(tmp_path: Path) -> None:
    data = boxed([message("One.\n", Message_ID="<1@x>"), message("Two.\n", Message_ID="<2@x>")])
    found = items(tmp_path, data)
    assert [(record.local, record.text) for record in found] == [("1@x", "One."), ("2@x", "Two.")]
    lines = data.decode().split("\n")
    assert [lines[record.line - 1][:7] for record in found] == ["From - ", "From - "]
    assert [record.base for record in found] == [0, 0]


@pytest.mark.parametrize(
    "opening",
    [
        b"From anna@example.org Mon May  4 10:00:00 2026",
        b"From - Mon May 04 10:00:00 2026",
        b"From - ",
        b"From ",
        b"From 1712345678901234567@xxx Mon May 04 10:00:00 +0000 2026",
        b"From MAILER-DAEMON Mon May  4 10:00:00 2026",
        b"From ???@??? Mon May 04 10:00:00 2026",
        b"From anna at example.org  Mon May  4 10:00:00 2026",
        b'From "Anna Berg"@x Mon, 4 May 2026 10:00:00 +0200',
        b"From anna@example.org 2026-05-04T10:00:00",
        b"From anna@example.org Mon May  4 10:00 CEST 2026",
    ],
)
def test_the_lines_that_begin_a_mail(tmp_path: Path, opening: bytes) -> None:
    for newline in (b"\n", b"\r\n"):
        both = b"".join(opening + b"\n" + message(text, Subject=text) + b"\n\n" for text in ("One", "Two"))
        assert [record.text for record in items(tmp_path, both.replace(b"\n", newline), "Inbox")] == ["One", "Two"]


def test_sentences_that_begin_with_from_stay_in_their_mail(tmp_path: Path) -> None:
    body = "Hello.\n\nFrom here to there.\n\nFrom Monday to Friday: closed.\n\nFrom Anna Mon May 4 we meet\nagain."
    unescaped = FROM + message(body, Subject="A") + b"\n\n" + FROM + message("Two", Subject="B") + b"\n"
    assert [record.text for record in items(tmp_path, unescaped)] == [body, "Two"]
    assert items(tmp_path, boxed([message(body, Subject="A")]))[0].text == body
    quoted = "Look:\n\n>From me\n>>From you"
    assert items(tmp_path, boxed([message(quoted, Subject="A")]))[0].text == quoted


def test_a_mail_in_a_mail_is_told_by_the_content_length(tmp_path: Path) -> None:
    body = "See:\n\n" + (FROM + message("Inner", Subject="I")).decode()
    whole = FROM + message(body, Subject="A", Content_Length=str(len(body.encode()))) + b"\n"
    second = FROM + message("Two", Subject="B") + b"\n"
    assert [record.title for record in items(tmp_path, whole + second)] == ["A", "B"]
    wrong = whole.replace(b"Content-Length: ", b"Content-Length: 9")
    assert [record.title for record in items(tmp_path, wrong + second)] == ["A", "I", "B"]


def test_mailboxes_without_blank_lines_between_the_mails(tmp_path: Path) -> None:
    data = b"".join(FROM + message(text, Subject=text).rstrip() + b"\n" for text in ("One", "Two", "Three"))
    assert [record.text for record in items(tmp_path, data)] == ["One", "Two", "Three"]


def test_next_month_s_export_gives_the_old_mails_the_same_ids(tmp_path: Path) -> None:
    old = [message(f"Text {n}", Subject=f"S {n}", Message_ID=f"<{n}@x>" if n % 2 else "") for n in range(10)]
    new = [message(f"New {n}", Message_ID=f"<n{n}@x>") for n in range(3)]
    before = {(record.origin, record.local) for record in items(tmp_path, boxed(old))}
    after = {(record.origin, record.local) for record in items(tmp_path, boxed(new[:1] + old + new[1:]), "b.mbox")}
    assert len(before) == 10
    assert before < after
    assert len(after) == 13


def test_one_id_with_two_contents_is_two_mails_and_twice_the_same_is_one(tmp_path: Path) -> None:
    sent = message("Hi", Subject="A", Message_ID="<1@x>")
    came = message("Hi\n____________________________\nmailing list", Subject="A", Message_ID="<1@x>")
    found = [record.local for record in items(tmp_path, boxed([sent, came, sent, came]))]
    assert found[0] == "1@x"
    assert len(found) == 2
    assert found[1].startswith("1@x#")
    assert found == [record.local for record in items(tmp_path, boxed([sent, message("x"), came]))][::2]


def test_a_mail_without_a_date_came_when_the_mailbox_says(tmp_path: Path) -> None:
    (found,) = items(tmp_path, FROM + message("Hi", Date=""))
    assert (found.time, found.zoned) == (datetime(2026, 5, 4, 10, tzinfo=UTC), True)


def test_gmail_s_labels_are_tags_also_those_of_spam_and_chats(tmp_path: Path) -> None:
    data = boxed([message("Hi", X_Gmail_Labels="=?UTF-8?Q?Spam,Gel=C3=B6scht?="), message("Ho", X_Gmail_Labels="Chat")])
    assert [record.tags for record in items(tmp_path, data)] == [("Spam", "Gelöscht"), ("Chat",)]


def test_mails_that_thunderbird_has_deleted_and_internal_ones_are_left_out(tmp_path: Path) -> None:
    kept, gone = message("Kept", X_Mozilla_Status="0001"), message("Gone", X_Mozilla_Status="0009")
    internal = message("x", Subject="DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA")
    assert [record.text for record in items(tmp_path, boxed([internal, gone, kept]))] == ["Kept"]


def test_what_is_lost_is_summed_up(tmp_path: Path) -> None:
    sound = composed(multipart(part("text/plain", "Hi"), part("audio/mpeg", b"ID3\0\0", name="a.mp3")))
    broken = b"X-Nothing: known\n\nwords"
    good = message("Good")
    found = making.read(write(tmp_path, boxed([sound, broken, broken, sound.replace(b"Hi", b"Ho"), good])))
    assert sum(isinstance(record, Item) for record in found) == 3
    assert [record.reason for record in found if isinstance(record, Skipped)] == [
        "the message at line 21 has no mail header (1 more like it)",
        "2 attachments are in formats that cannot be read (2 .mp3)",
    ]


def test_a_mail_that_breaks_the_reader_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = boxed([message("One", Subject="A"), message("Two", Subject="boom"), message("Three", Subject="C")])
    whole = reading.read

    def fail(box: reading.Mailbox, data: bytes, *rest: Any) -> Iterator[Item]:
        if b"boom" in data:
            raise ZeroDivisionError
        return whole(box, data, *rest)

    monkeypatch.setattr(reading, "read", fail)
    found = making.read(write(tmp_path, data))
    assert [record.text for record in found if isinstance(record, Item)] == ["One", "Three"]
    assert [record.reason for record in found if isinstance(record, Skipped)] == [
        "the message at line 9 could not be read (ZeroDivisionError)"
    ]


def test_a_mail_that_is_too_large_is_cut_and_the_next_one_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "MESSAGE_BYTES", 3 << 20)
    data = boxed([message("words\n" * 1_000_000, Subject="A"), message("Two", Subject="B")])
    found = making.read(write(tmp_path, data))
    assert [record.title for record in found if isinstance(record, Item)] == ["A", "B"]
    (last,) = [record for record in found if isinstance(record, Item) and record.title == "B"]
    assert data.decode().split("\n")[last.line - 1].startswith("From ")
    assert any("is cut after" in record.reason for record in found if isinstance(record, Skipped))


def test_mails_are_found_whole_wherever_a_block_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    data = boxed([message("x" * n + "\n\nFrom me", Subject=f"{n}") for n in range(0, 400, 7)])
    whole = [raw.data for raw in mbox.split(io.BytesIO(data))]
    assert len(whole) == 58
    for size in (1, 100, 997):
        monkeypatch.setattr(mbox, "_BLOCK", size)
        assert [raw.data for raw in mbox.split(io.BytesIO(data))] == whole


def test_one_mail_called_a_mailbox_and_other_texts(tmp_path: Path) -> None:
    notes = write(tmp_path, b"From Anna I have a boat.\n\nFrom Bob a rope.", "notes")
    assert mbox.claims(sources.open_file(notes)) is None
    (entry,) = fuzzing.survives(tmp_path / "a.mbox", b"just words", [mbox])
    assert isinstance(entry, Skipped)
    assert "not a mailbox" in entry.reason
    assert making.reasons(write(tmp_path, b"\n\n")) == ["holds no messages"]
    assert mail.claims(sources.open_file(write(tmp_path, boxed([message()]), "Inbox"))) is None


SAMPLE = boxed([message(f"Text {n}\n\nFrom me\n> q", Subject="S", Message_ID="<1@x>") for n in range(4)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=fuzzing.broken(
        boxed([message(f"Text {n}\n\nFrom me\n> q", Subject="S", Message_ID="<1@x>") for n in range(4)])
    )
)
def test_whatever_a_mailbox_holds_it_is_read_or_skipped(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "a.mbox", data, [mbox])


def test_a_mailbox_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.mbox"
    count = write_mailbox(path, 12)
    code = (
        "import sys, resource; from pathlib import Path; from secondme import sources;"
        "file = sources.open_file(Path(sys.argv[1])); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "n = sum(getattr(r, 'kind', '') == 'mail' for r in sources.reader_for(file)[0].read(file));"
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    mails, grown = map(int, done.stdout.split())
    assert mails == count
    assert grown * (1 if sys.platform == "darwin" else 1024) < 60 << 20
