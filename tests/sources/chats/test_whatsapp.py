"""WhatsApp: forms of date and time, whose words they are, what is nobody's words, and ids that stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.records import Handle, Item
from secondme.sources.chats import whatsapp
from secondme.sources.chats.whatsapp_stamps import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, Dates, moment, stamp
from tests.sources import fuzzing, making
from tests.sources.chats.conversations import expected, messages, real

ANDROID = """\
31/12/2021, 21:58 - Messages and calls are end-to-end encrypted. Tap to learn more.
31/12/2021, 21:59 - Anna Berg created group "Trip: Rome"
31/12/2021, 22:01 - Anna Berg: Happy new year!
Second line: with a colon

and a blank one
31/12/2021, 22:01 - Bob 🌻: <Media omitted>
31/12/2021, 22:02 - Bob 🌻: IMG-20211231-WA0001.jpg (file attached)
Fireworks from the roof
31/12/2021, 22:03 - +49 170 1234567: ok
31/12/2021, 22:03 - +49 170 1234567: ok
01/01/2022, 09:00 - Bob 🌻: This message was deleted
01/01/2022, 09:01 - Anna Berg: See you at ten <This message was edited>
01/01/2022, 09:02 - Anna Berg changed the subject from "Trip: Rome" to "Trip: Oslo"
01/01/2022, 09:03 - Bob 🌻: null
"""
IOS = (
    "\u200e[31.12.21, 22:00:00] Trip: \u200eNachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.\r\n"
    "[31.12.21, 22:00:01] Anna Berg: \u200eAnna Berg hat diese Gruppe erstellt\r\n"
    "[31.12.21, 22:01:05] Anna Berg: Guten Rutsch @\u2068Bob\u2069!\nBis gleich\r\n"
    "\u200e[31.12.21, 22:01:09] Bob: \u200eBild weggelassen\r\n"
    "\u200e[31.12.21, 22:02:00] Bob: Vom Dach \u200e<Anhang: 00000003-PHOTO-2021-12-31-22-02-00.jpg>\r\n"
    "\u200e[31.12.21, 22:02:30] Bob: Plan.pdf • \u200e2 Seiten \u200eDokument weggelassen\r\n"
    "[31.12.21, 22:03:00] ~\u202fCarla: Kommt ihr? \u200e<Diese Nachricht wurde bearbeitet.>\r\n"
    "[31.12.21, 22:04:00] Bob: \u200eUMFRAGE:\r\nWann?\r\n"
    "\u200eOPTION: Um zehn (\u200e2 Stimmen)\r\n\u200eOPTION: Um elf (\u200e0 Stimmen)\r\n"
    "[31.12.21, 22:05:00] Bob: \u200eStandort: https://maps.google.com/?q=41.9,12.5\r\n"
)


def written(folder: Path, text: str, name: str = "WhatsApp Chat with Trip.txt") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_an_android_export_gives_what_people_wrote(tmp_path: Path) -> None:
    path = written(tmp_path, ANDROID)
    found = messages(path)
    assert [(item.time and item.time.strftime("%d %H:%M"), item.speaker, item.text) for item in found] == [
        ("31 22:01", "Anna Berg", "Happy new year!\nSecond line: with a colon\n\nand a blank one"),
        ("31 22:02", "Bob 🌻", "Fireworks from the roof"),
        ("31 22:03", "+49 170 1234567", "ok"),
        ("31 22:03", "+49 170 1234567", "ok"),
        ("01 09:01", "Anna Berg", "See you at ten"),
    ]
    assert found[2].people[0] == Handle("+49 170 1234567", "tel:+491701234567")
    assert {(item.thread, item.title, item.kind, item.trust, item.zoned) for item in found} == {
        ("Trip", "Trip", "message", "other", False)
    }
    assert len({item.local for item in found}) == 5
    for item in found:
        assert ANDROID.startswith(item.text, item.base)
        assert item.line == ANDROID.count("\n", 0, ANDROID.rfind("/202", 0, item.base)) + 1


def test_an_ios_export_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path, IOS, "_chat.txt"))
    assert [(item.speaker, item.text) for item in found] == [
        ("Anna Berg", "Guten Rutsch @Bob!\nBis gleich"),
        ("Bob", "Vom Dach"),
        ("Carla", "Kommt ihr?"),
        ("Bob", "UMFRAGE:\r\nWann?\r\nOPTION: Um zehn\r\nOPTION: Um elf"),
        ("Bob", "Standort: https://maps.google.com/?q=41.9,12.5"),
    ]
    assert found[0].time == datetime(2021, 12, 31, 22, 1, 5).astimezone()
    assert {item.thread for item in found} == {"Trip"}


@pytest.mark.parametrize(
    "line",
    [
        "12/31/21, 22:01 - Name: text",
        "31/12/21 22:01 - Name: text",
        "12/31/21, 10:01 PM - Name: text",
        "12/31/21, 10:01\u202fPM - Name: text",
        "31/12/21, 10:01 pm - Name: text",
        "31/12/21 10:01 p. m. - Name: text",
        "31/12/2021, 10:01\u00a0p.\u00a0m. - Name: text",
        "31.12.21, 22:01 - Name: text",
        "31.12.21, 22:01 Uhr - Name: text",
        "31.12.21 um 22:01 - Name: text",
        "31.12.2021 22.01 - Name: text",
        "31.12.2021 kl. 22.01 - Name: text",
        "31.12.2021 klo 22.01 - Name: text",
        "31/12/2021 à 22:01 - Name: text",
        "31-12-2021 22:01 - Name: text",
        "31-12-21 om 22:01 - Name: text",
        "2021-12-31 22:01 - Name: text",
        "2021년 12월 31일 오후 10:01 - Name: text",
        "2021-12-31, 10:01 p.m. - Name: text",
        "2021/12/31 22:01 - Name: text",
        "2021/12/31 下午10:01 - Name: text",
        "2021/12/31 午後10:01 - Name: text",
        "2021. 12. 31. 오후 10:01 - Name: text",
        "2021. 12. 31. 22:01 - Name: text",
        "2021年12月31日 22:01 - Name: text",
        "31 12 2021 22:01 - Name: text",
        "31.12.21 г., 22:01 ч. - Name: text",
        "31.12.2021 ÖS 10:01 - Name: text",
        "31/12/21, 10:01 μ.μ. - Name: text",
        "31/12/2564 22:01 - Name: text",
        "٣١\u200f/١٢\u200f/٢٠٢١، ١٠:٠١ م - Name: text",
        "[31.12.21, 22:01:05] Name: text",
        "\u200e[31.12.21, 22:01:05] Name: text",
        "[12/31/21, 10:01:05\u202fPM] Name: text",
        "[31/12/2021 22:01:05] Name: text",
        "[2021. 12. 31. 오후 10:01:05] Name: text",
        "[2021-12-31, 10:01:05 p.m.] Name: text",
        "[٣١\u200f/١٢\u200f/٢٠٢١، ١٠:٠١:٠٥ م] Name: text",
        "12/31/14, 10:01:05 PM: Name: text",
        "31/12/2012 22:01:05: Name: text",
    ],
)
def test_every_region_s_date_and_time_is_read(line: str) -> None:
    found = stamp(line)
    assert found is not None
    assert line[found.end :] == "Name: text"
    dates = Dates()
    dates.see(found)
    time = moment(found, dates.order())
    assert time is not None
    assert (time.month, time.day, time.hour, time.minute) == (12, 31, 22, 1)


@pytest.mark.parametrize(
    ("clock", "hour"),
    [
        ("12:05 AM", 0),
        ("12:05 PM", 12),
        ("1:05 PM", 13),
        ("午後0:05", 12),
        ("中午12:05", 12),
        ("오전 12:05", 0),
        ("00:05 a. m.", 0),
        ("24:05", 0),
    ],
)
def test_noon_and_midnight(clock: str, hour: int) -> None:
    found = stamp(f"1/2/2021, {clock} - Name: text")
    assert found is not None
    assert found.hour == hour


@pytest.mark.parametrize(
    "line",
    [
        "12/12/21, 10:00 meeting - Bob: ok",
        "31/12/21 - Bob: ok",
        "[31/12/21, 22:01 Bob: ok",
        "31/12/21, 25:01 - B: x",
        "1.5: a",
    ],
)
def test_other_lines_are_no_stamps(line: str) -> None:
    assert stamp(line) is None


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (["1/13/21"], MONTH_FIRST),
        (["13/1/21"], DAY_FIRST),
        (["21/12/31"], YEAR_FIRST),
        (["2/1/21", "3/1/21", "1/2/21"], DAY_FIRST),
        (["1/2/21", "1/3/21", "2/1/21"], MONTH_FIRST),
        (["5/4/21"], DAY_FIRST),
        (["21/2/1", "21/2/2", "21/2/3", "21/2/4"], YEAR_FIRST),
        (["3/1/21", "3/2/21", "3/3/21", "3/4/21", "3/5/21"], MONTH_FIRST),
    ],
)
def test_the_order_of_dates_is_what_is_possible_and_goes_forward(days: list[str], order: object) -> None:
    dates = Dates()
    for day in days:
        found = stamp(f"{day}, 10:00 - A: b")
        assert found is not None
        dates.see(found)
    assert dates.order() == order


def test_an_american_clock_decides_where_dates_do_not() -> None:
    dates = Dates()
    found = stamp("5/4/21, 10:00 AM - A: b")
    assert found is not None
    dates.see(found)
    assert dates.order() == MONTH_FIRST


def test_the_zone_of_the_owner_is_that_of_the_times(tmp_path: Path) -> None:
    file = replace(sources.open_file(written(tmp_path, ANDROID)), zone=UTC)
    first = next(record for record in whatsapp.read(file) if isinstance(record, Item))
    assert first.time == datetime(2021, 12, 31, 22, 1, tzinfo=UTC)


def test_next_month_s_export_has_the_same_ids_under_any_name_and_from_anywhere(tmp_path: Path) -> None:
    before = [(item.origin, item.local) for item in messages(written(tmp_path, ANDROID))]
    later = ANDROID + "05/02/2022, 10:00 - Bob 🌻: Back home\n"
    after = [(item.origin, item.local) for item in messages(written(tmp_path, later, "chat export.txt"))]
    assert after[:-1] == before
    part = "".join(ANDROID.splitlines(keepends=True)[7:])
    assert [(item.origin, item.local) for item in messages(written(tmp_path, part, "part.txt"))] == before[1:]


def test_a_phone_of_the_other_kind_gives_the_same_ids(tmp_path: Path) -> None:
    android = "31/12/2021, 22:01 - Anna: Hello you\n31/12/2021, 22:05 - Bob: Hi\n"
    ios = "[31.12.21, 22:01:05] Anna: Hello you\r\n[31.12.21, 22:05:59] Bob: Hi\r\n"
    ids = [[item.local for item in messages(written(tmp_path, text, "a.txt"))] for text in (android, ios)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("name", "thread"),
    [
        ("WhatsApp Chat with Anna Berg.txt", "Anna Berg"),
        ("WhatsApp Chat with Anna Berg (1).txt", "Anna Berg"),
        ("WhatsApp-Chat mit Anna Berg.txt", "Anna Berg"),
        ("Chat de WhatsApp con Anna Berg.txt", "Anna Berg"),
        ("Conversa do WhatsApp com Anna Berg.txt", "Anna Berg"),
        ("Discussion WhatsApp avec Anna Berg.txt", "Anna Berg"),
        ("Chat WhatsApp con Anna Berg.txt", "Anna Berg"),
        ("WhatsApp-chat met Anna Berg.txt", "Anna Berg"),
        ("Anna Berg ile WhatsApp Sohbeti.txt", "Anna Berg"),
        ("צ'אט WhatsApp עם Anna Berg.txt", "Anna Berg"),
        ("WhatsApp_Chat_with_Anna_Berg.txt", "Anna Berg"),
        ("WhatsApp Chat - Anna Berg/_chat.txt", "Anna Berg"),
        ("export.txt", "Anna, Bob"),
    ],
)
def test_the_chat_s_name_is_the_file_s_or_that_of_its_people(tmp_path: Path, name: str, thread: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("31/12/21, 22:01 - Anna: Hello\n31/12/21, 22:02 - Bob: Hi\n")
    assert {item.thread for item in messages(path)} == {thread}


def test_the_chat_s_name_is_the_archive_s_as_ios_exports_it(tmp_path: Path) -> None:
    outer = sources.open_file(written(tmp_path, "x", "WhatsApp Chat - Anna Berg.zip"))
    inner = replace(sources.open_file(written(tmp_path, IOS, "inner")), name="_chat.txt", outer=outer)
    assert {record.thread for record in whatsapp.read(inner) if isinstance(record, Item)} == {"Anna Berg"}


def test_in_a_chat_of_two_a_message_goes_to_the_other(tmp_path: Path) -> None:
    first, second = messages(written(tmp_path, "31/12/21, 22:01 - Anna: Hello\n31/12/21, 22:02 - Bob: Hi\n"))
    assert first.people == (Handle("Anna"), Handle("Bob", role="to"))
    assert second.people == (Handle("Bob"), Handle("Anna", role="to"))


def test_a_name_with_a_colon_is_one_name(tmp_path: Path) -> None:
    text = "".join(f"31/12/21, 22:0{n} - Work: Bob: number {n}\n31/12/21, 22:0{n} - Anna: yes: {n}\n" for n in range(4))
    assert {item.speaker for item in messages(written(tmp_path, text))} == {"Work: Bob", "Anna"}


@pytest.mark.parametrize(
    "text",
    [
        "<Media omitted>",
        "<Medien ausgeschlossen>",
        "<Multimedia omitido>",
        "<Médias omis>",
        "<Mídia oculta>",
        "<Media omessi>",
        "<Media weggelaten>",
        "<Без медиафайлов>",
        "<Medya dahil edilmedi>",
        "<省略多媒体文件>",
        "PTT-20250328-WA0014.opus (archivo adjunto)",
        "Anna Berg.vcf (Datei angehängt)",
        "\u200eimage omitted",
        "sticker omitted",
        "Bild weggelassen",
        "image absente",
        "imagen omitida",
        "\u200eDiese Nachricht wurde gelöscht.",
        "You deleted this message",
        "Eliminaste este mensaje.",
        "Missed voice call",
        "Voice call, No answer",
        "Silenced voice call, Focus mode",
        "Video call, 6 min",
        "View once photo",
        "<המדיה לא נכללה>",
        "מחקת הודעה זו",
        "\u200e<attached: 00000012-PHOTO-2021-12-31-22-01-05.jpg>",
        "Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.",
    ],
)
def test_what_the_app_wrote_is_nobody_s_message(tmp_path: Path, text: str) -> None:
    lines = f"31/12/21, 22:01 - Anna: Hello\n31/12/21, 22:02 - Anna: {text}\n31/12/21, 22:03 - Anna: Bye\n"
    assert [item.text for item in messages(written(tmp_path, lines))] == ["Hello", "Bye"]


@pytest.mark.parametrize(
    "text",
    [
        "<3",
        "I <b>love</b> it",
        "Anna: yes",
        "Is that end-to-end encrypted?",
        "a (b)",
        "x.txt",
        "<html>",
        "nullpointer",
        "Bob added sugar to the tea",
        "Video call, tonight?",
    ],
)
def test_what_looks_alike_stays(tmp_path: Path, text: str) -> None:
    lines = f"31/12/21, 22:01 - Bob: Hello\n31/12/21, 22:02 - Bob: {text}\n31/12/21, 22:03 - Bob: Bye\n"
    assert [item.text for item in messages(written(tmp_path, lines))] == ["Hello", text, "Bye"]


def test_a_pasted_chat_stays_in_the_message_that_it_was_pasted_into(tmp_path: Path) -> None:
    pasted = "[31.12., 22:00] Eve: a\n[30.12.21, 21:00:00] Eve: b\n"
    lines = f"31/12/21, 22:01 - Bob: Look:\n{pasted}31/12/21, 22:02 - Anna: Oh\n"
    assert [item.speaker for item in messages(written(tmp_path, lines))] == ["Bob", "Anna"]


def test_lines_that_look_like_other_exports_or_appointments_stay_in_their_message(tmp_path: Path) -> None:
    inside = "2022-02-13 10:00 - 11:00 meeting\n1/12/22, 9:05 PM - Eve: pasted"
    lines = f"31/12/21, 22:01 - Bob: Look:\n{inside}\n" + "31/12/21, 22:02 - Anna: Oh\n31/12/21, 22:03 - Bob: Yes\n" * 2
    found = messages(written(tmp_path, lines))
    assert [item.text for item in found][:2] == [f"Look:\n{inside}", "Oh"]


def test_ios_ends_only_messages_with_a_carriage_return(tmp_path: Path) -> None:
    lines = "[31.12.21, 22:01:05] Bob: Look:\n[30.12.21, 21:00:00] Eve: a\r\n[31.12.21, 22:02:00] Anna: Oh\r\n" * 2
    assert [item.speaker for item in messages(written(tmp_path, lines, "_chat.txt"))] == ["Bob", "Anna"] * 2


def test_two_exports_of_two_phones_in_one_file_are_both_read(tmp_path: Path) -> None:
    ios = "[1/13/22, 10:01:05 PM] Anna: a\n[1/14/22, 10:01:05 PM] Bob: b\n"
    found = messages(written(tmp_path, "31/12/21, 22:01 - Anna: x\n31/12/21, 22:02 - Bob: y\n" + ios))
    assert [(item.time and item.time.strftime("%d.%m. %H"), item.text) for item in found] == [
        ("31.12. 22", "x"),
        ("31.12. 22", "y"),
        ("13.01. 22", "a"),
        ("14.01. 22", "b"),
    ]


def test_an_export_that_begins_in_the_middle_of_a_message_is_one(tmp_path: Path) -> None:
    lines = "half a line\n31/12/21, 22:01 - Bob: Hi\n31/12/21, 22:02 - Anna: Oh\n31/12/21, 22:03 - Bob: Yes\n"
    for name in ("part.txt", "_chat.txt"):
        file = sources.open_file(written(tmp_path, lines + lines[12:], name))
        assert whatsapp.claims(file), name


def test_a_caption_below_a_picture_left_out_is_read(tmp_path: Path) -> None:
    lines = "[31.12.21, 22:01:05] Bob: \u200eimage omitted\nFrom the roof\r\n[31.12.21, 22:02:00] Anna: Oh\r\n"
    assert [item.text for item in messages(written(tmp_path, lines, "_chat.txt"))] == ["From the roof", "Oh"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Shopping\n12/31/21, 22:01 - Name: text\n",
        "2021-12-31 22:01 - Called the bank\nlong entry\n2022-01-01 10:00 - Paid rent\n",
        "2021-12-31 22:01:00 - INFO: started\n2021-12-31 22:01:01 - ERROR: broken\n2021-12-31 22:01:02 - INFO: over\n",
        "[2021-12-31 22:01:00] ERROR: broken\n[2021-12-31 22:01:00] ERROR: broken\n",
        "2021-12-31 22:01:00 - app - WARNING - disk: full\n2021-12-31 22:01:01 - app - INFO - disk: ok\n",
        "[2021-12-31 22:01:00] production.ERROR: a\n[2021-12-31 22:01:00] production.INFO: b\n",
        "[2021-12-31 22:01:00] server: start\n[2021-12-31 22:01:00] worker: job: done\n",
        "31.12.21, 21:00 - Today was a nice day. I saw Bob: well.\n31.12.21, 22:00 - In bed by ten, I told him: no\n",
        '{"a": 1}\n',
        "date,time,name\n31/12/21,22:01,Anna\n",
    ],
)
def test_other_texts_are_left_to_others(tmp_path: Path, text: str) -> None:
    assert whatsapp.claims(sources.open_file(written(tmp_path, text, "notes.txt"))) is None


def test_lines_before_the_first_message_are_reported_once(tmp_path: Path) -> None:
    file = sources.open_file(written(tmp_path, "half a line\nand more\n" + ANDROID))
    assert [record.reason for record in whatsapp.read(file) if not isinstance(record, Item)] == [
        "line 1 was left out: it comes before the first message, so that nobody knows who wrote it and when"
    ]


def test_a_day_that_is_not_in_the_calendar_costs_the_time_alone(tmp_path: Path) -> None:
    found = messages(written(tmp_path, ANDROID + "45/45/2022, 10:00 - Anna Berg: When was that\n"))
    assert (found[-1].text, found[-1].time) == ("When was that", None)


def test_a_file_without_messages_says_so(tmp_path: Path) -> None:
    file = sources.open_file(written(tmp_path, ANDROID.splitlines(keepends=True)[0]))
    assert [getattr(record, "reason", "") for record in whatsapp.read(file)] == ["holds no WhatsApp messages"]


def test_wrong_encodings_are_read_and_counted(tmp_path: Path) -> None:
    utf16 = tmp_path / "WhatsApp Chat with A.txt"
    utf16.write_bytes(ANDROID.encode("utf-16"))
    assert [item.text for item in messages(utf16)][-1] == "See you at ten"
    utf16.write_bytes(ANDROID.replace("Happy", "H\ufffdppy").encode().replace("\ufffd".encode(), b"\xff"))
    assert "was not valid UTF-8" in making.reasons(utf16)[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(fuzzing.broken(ANDROID.encode()), fuzzing.broken(IOS.encode())))
def test_nothing_broken_breaks_it(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "WhatsApp Chat with A.txt", data, [whatsapp])


@real
@pytest.mark.parametrize("name", ["[mmddyy]_24hrs", "ddmmyy_24hrs", "mmddyy_24hrs", "mmddyyyy_12hrs", "yyyymmdd_24hrs"])
def test_real_exports_come_out_right(name: str) -> None:
    found, wanted = expected(f"whatsapp/test_{name}.txt", "whatsapp/target.json")
    assert found == wanted
