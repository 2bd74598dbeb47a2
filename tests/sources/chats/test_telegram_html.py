"""Telegram's HTML pages: senders that go on, forwarded words, line breaks, times with their zone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from secondme import sources
from secondme.sources.chats import telegram_html
from tests.sources import fuzzing, making
from tests.sources.chats.conversations import messages

PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"/><title>Exported Data</title></head>
 <body onload="CheckLocation();">
  <div class="page_wrap">
   <div class="page_header"><div class="content"><div class="text bold">
Anna Berg
   </div></div></div>
   <div class="page_body chat_page"><div class="history">
    <div class="message service" id="message-1"><div class="body details">2 February 2022</div></div>
    <div class="message default clearfix" id="message10">
     <div class="pull_left userpic_wrap"><div class="userpic userpic2"><div class="initials">A</div></div></div>
     <div class="body">
      <div class="pull_right date details" title="02.02.2022 10:02:11 UTC+01:00">10:02</div>
      <div class="from_name">
Anna Berg
      </div>
      <div class="text">
Hello &amp; <strong>welcome</strong><br>see <a href="https://example.org/">example.org</a>
      </div>
     </div>
    </div>
    <div class="message default clearfix joined" id="message11">
     <div class="body">
      <div class="pull_right date details" title="02.02.2022 10:03:00">10:03</div>
      <div class="reply_to details">In reply to <a href="#go_to_message10">this message</a></div>
      <div class="media_wrap clearfix"><div class="media clearfix pull_left media_photo"><div class="body">
       <div class="title bold">Photo</div><div class="status details">Not included</div></div></div></div>
      <div class="text">On the roof</div>
     </div>
    </div>
    <div class="message default clearfix" id="message12">
     <div class="body">
      <div class="pull_right date details" title="02.02.2022 10:04:00 UTC+01:00">10:04</div>
      <div class="from_name">Max</div>
      <div class="forwarded body"><div class="from_name">Daily
       <span class="date details" title="01.02.2022 09:00:00"> </span></div>
       <div class="text">News of the day</div></div>
     </div>
    </div>
    <div class="message default clearfix joined" id="message13">
     <div class="body">
      <div class="pull_right date details" title="32.02.2022 10:05:00 UTC+01:00">10:05</div>
      <div class="media_wrap clearfix"><div class="media_poll"><div class="question bold">When?</div>
       <div class="details">Anonymous poll</div><div class="answer">
- At ten <span class="details">1 vote</span></div></div></div>
     </div>
    </div>
    <div class="message default clearfix joined" id="message14">
     <div class="body"><div class="media_wrap clearfix"><div class="media"><div class="body">
      <div class="title bold">Sticker</div>
     </div></div></div></div>
    </div>
   </div></div>
  </div>
 </body>
</html>
"""


def written(folder: Path, text: str, name: str = "messages.html") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_page_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path, PAGE))
    assert [(item.speaker, item.text, item.local) for item in found] == [
        ("Anna Berg", "Hello & welcome\nsee example.org", "Anna Berg/10"),
        ("Anna Berg", "On the roof", "Anna Berg/11"),
        ("Max", "News of the day", "Anna Berg/12"),
        ("Max", "When?\nAt ten", "Anna Berg/13"),
    ]
    assert (found[0].time, found[0].zoned) == (datetime(2022, 2, 2, 9, 2, 11, tzinfo=UTC), True)
    assert (found[1].time, found[1].zoned) == (datetime(2022, 2, 2, 10, 3).astimezone(), False)
    assert found[2].tags == ("forwarded",)
    assert found[3].time is None
    assert {item.thread for item in found} == {"Anna Berg"}


def test_a_later_page_keeps_ids(tmp_path: Path) -> None:
    before = [item.local for item in messages(written(tmp_path, PAGE))]
    cut = PAGE.replace('id="message10"', 'id="message9"', 1)
    assert [item.local for item in messages(written(tmp_path, cut, "messages2.html"))][1:] == before[1:]


def test_other_pages_are_left_to_others(tmp_path: Path) -> None:
    page = "<!DOCTYPE html><html><body><div class='message'>Hello</div></body></html>"
    assert telegram_html.claims(sources.open_file(written(tmp_path, page))) is None


def test_a_page_without_words_says_so(tmp_path: Path) -> None:
    assert making.reasons(written(tmp_path, PAGE.replace('class="text"', 'class="t"').replace("media_poll", "m"))) == [
        "holds no Telegram messages"
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(PAGE.encode()))
def test_nothing_broken_breaks_it(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "messages.html", data, [telegram_html])
