"""What a sender wrote, what they quote and from whom, and their signature, as the mail programs write these."""

from __future__ import annotations

import pytest

from secondme.sources.mails import htmlmail, mailbody, quotes
from secondme.sources.mails.mime import parse


def told(text: str) -> list[tuple[str, str, str]]:
    found = quotes.stretches(text, list(quotes.lines(text)))
    return [(one.role, one.name, text[one.start : one.end].strip()) for one in found]


def roles(text: str) -> list[str]:
    return [role for role, _, _ in told(text)]


@pytest.mark.parametrize(
    ("announced", "name"),
    [
        ("On Mon, 4 May 2026 at 10:00, Anna Berg <anna@example.org> wrote:", "Anna Berg"),
        ("On Mon, May 4, 2026 at 10:00 AM Anna Berg <anna@example.org> wrote:", "Anna Berg"),
        ("On Mon, 4 May 2026 at 10:00, Anna Berg\n<anna@example.org> wrote:", "Anna Berg"),
        ('On 5/4/26, 10:00 AM, "Anna Berg" <anna@example.org> wrote:', "Anna Berg"),
        ("On Mon, May 04, 2026 at 10:00:00AM +0200, Anna Berg wrote:", "Anna Berg"),
        ("On 2026-05-04, Anna Berg <anna@example.org> wrote:", "Anna Berg"),
        ("On 04/05/2026 10:00, anna@example.org wrote:", "anna@example.org"),
        ("Anna Berg <anna@example.org> writes:", "Anna Berg"),
        ("Anna wrote:", "Anna"),
        ("Am 04.05.2026 um 10:00 schrieb Anna Berg:", "Anna Berg"),
        ("Am Mo., 4. Mai 2026 um 10:00 Uhr schrieb Anna Berg <anna@example.org>:", "Anna Berg"),
        ("Am Mo., 4. Mai 2026 um 10:00 Uhr schrieb Anna Berg <\nanna@example.org>:", "Anna Berg"),
        ("Le lun. 4 mai 2026 à 10:00, Anna Berg <anna@example.org> a écrit :", "Anna Berg"),
        ("Le 04/05/2026 à 10:00, Anna Berg a écrit\xa0:", "Anna Berg"),
        ("Op ma 4 mei 2026 om 10:00 schreef Anna Berg <anna@example.org>:", "Anna Berg"),
        ("El lun, 4 may 2026 a las 10:00, Anna Berg (<anna@example.org>) escribió:", "Anna Berg"),
        ("Il giorno lun 4 mag 2026 alle ore 10:00 Anna Berg <anna@example.org> ha scritto:", "Anna Berg"),
        ("Em seg., 4 de mai. de 2026 às 10:00, Anna Berg <anna@example.org> escreveu:", "Anna Berg"),
        ("Den mån 4 maj 2026 kl 10:00 skrev Anna Berg <anna@example.org>:", "Anna Berg"),
        ("ma 4. toukok. 2026 klo 10.00 Anna Berg (anna@example.org) kirjoitti:", "Anna Berg"),
        ("pon., 4 maj 2026 o 10:00 Anna Berg <anna@example.org> napisał(a):", "Anna Berg"),
        ("пн, 4 мая 2026 г. в 10:00, Anna Berg <anna@example.org>:", "Anna Berg"),
        ("Mon, 4 May 2026 10:00:00 +0400 от Anna Berg <anna@example.org>:", "Anna Berg"),
        ("Anna Berg <anna@example.org> 于2026年5月4日周一 09:00写道：", "Anna Berg"),
        ("Anna Berg <anna@example.org> ezt írta (időpont: 2026. máj. 4., H, 9:00):", "Anna Berg"),
        (
            "בתאריך יום ב׳, 4 במאי 2026 ב-9:00 מאת \u202aAnna Berg\u202c\u200f"
            " <\u202aanna@example.org\u202c\u200f>:\u202c",
            "Anna Berg",
        ),
    ],
)
def test_an_attribution_names_who_is_quoted_and_belongs_to_the_quote(announced: str, name: str) -> None:
    text = f"Fine with me.\n\n{announced}\n\n> Shall we meet at nine?\n> In front of the station."
    assert told(text) == [("own", "", "Fine with me."), ("quoted", name, text[15:])]


def test_quotes_within_quotes_are_neither_the_sender_s_nor_the_quoted_one_s() -> None:
    text = (
        "Yes.\n\nOn Mon, 4 May 2026, Anna Berg wrote:\n> I agree.\n>\n> On Sun, 3 May 2026, Bob wrote:\n"
        ">> Paint it blue?\n> Thanks, A."
    )
    assert [(role, name) for role, name, _ in told(text)] == [
        ("own", ""),
        ("quoted", "Anna Berg"),
        ("deeper", ""),
        ("quoted", "Anna Berg"),
    ]
    assert "Sun, 3 May" in told(text)[2][2]


def test_answers_between_the_lines_keep_their_order() -> None:
    text = "Anna wrote:\n> When?\n\nAt nine.\n\n> Where?\n\nAt home."
    assert [(role, words.splitlines()[-1]) for role, _, words in told(text)] == [
        ("quoted", "> When?"),
        ("own", "At nine."),
        ("quoted", "> Where?"),
        ("own", "At home."),
    ]
    assert {name for role, name, _ in told(text) if role == "quoted"} == {"Anna"}


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ("From: Anna Berg <anna@example.org>\nSent: Monday, 4 May 2026 10:00\nTo: Bob\nSubject: Boat", "Anna Berg"),
        ("From: Anna Berg [mailto:anna@example.org] \nSent: Monday\nTo: Bob\nSubject: Boat", "Anna Berg"),
        ("Von: Anna Berg\nGesendet: Montag, 4. Mai 2026 10:00\nAn: Bob\nBetreff: Boot", "Anna Berg"),
        ("De : Anna Berg <anna@example.org>\nEnvoyé : lundi 4 mai 2026 10:00\nÀ : Bob\nObjet : Bateau", "Anna Berg"),
        ("Van: Anna Berg\nVerzonden: maandag 4 mei 2026\nAan: Bob\nOnderwerp: Boot", "Anna Berg"),
        ("De: Anna Berg\nEnviado el: lunes\nPara: Bob\nAsunto: Barco", "Anna Berg"),
        ("Da: Anna Berg\nInviato: lunedì\nA: Bob\nOggetto: Barca", "Anna Berg"),
        ("*From:* Anna Berg <anna@example.org>\n*Date:* Monday\n*To:* Bob\n*Subject:* Boat", "Anna Berg"),
        ("-----Original Message-----\nFrom: Anna Berg\nSent: Monday\nTo: Bob\nSubject: Boat", "Anna Berg"),
        ("-----Ursprüngliche Nachricht-----\nVon: Anna Berg\nGesendet: Montag\nAn: Bob\nBetreff: Boot", "Anna Berg"),
        ("________________________________\nFrom: Anna Berg <anna@example.org>\nSent: Monday\nTo: Bob", "Anna Berg"),
        ("---------- Forwarded message ---------\nFrom: Anna Berg <a@b.c>\nDate: Mon\nSubject: Boat", "Anna Berg"),
        ("Date: Mon, 4 May 2026 10:00:00 +0200\nSubject: Boat\nFrom: anna@example.org\nTo: Bob", "anna@example.org"),
        ("To: Bob/Example\ncc:\nFrom: Anna Berg/Example\nDate: 04.05.2026\nSubject: Boat", "Anna Berg/Example"),
        ("---- On Mon, 04 May 2026 09:00:00 +0200 Anna Berg <a@b.c> wrote ----", "Anna Berg"),
        ("------- Original Message -------\nOn May 4th, 2026 at 9:00 AM, Anna Berg <a@b.c> wrote:", "Anna Berg"),
        ("Begin forwarded message:\n\nFrom: Anna Berg <a@b.c>\nSubject: Boat\nDate: Monday", "Anna Berg"),
    ],
)
def test_what_follows_a_block_of_fields_is_quoted_to_the_end(block: str, name: str) -> None:
    text = f"See below.\n\n{block}\n\nThe mast is broken.\n\nAnna"
    assert told(text) == [("own", "", "See below."), ("quoted", name, text[12:])]
    twice = f"{text}\n\n{block}\n\nAn older one."
    assert roles(twice) == ["own", "quoted", "deeper"]


def test_proton_s_quote_after_a_rule_and_an_attribution_is_one_quote() -> None:
    opening = "------- Original Message -------\nOn May 4th, 2026 at 9:00 AM, Anna Berg <a@b.c> wrote:"
    text = f"Yes.\n\n{opening}\n\n> At nine?\n> Or at ten?"
    assert told(text) == [("own", "", "Yes."), ("quoted", "Anna Berg", text[6:])]


def test_prose_with_a_colon_or_the_word_from_is_no_quote() -> None:
    for text in (
        "From: here to there it is far.\n\nWe walked.",
        "As I wrote:\n\nnobody came.",
        "On Monday I wrote:\n\nmany letters.",
        "You need:\n- rope\n- tar\n\nFrom: the shop",
        "> a line of poetry",
    ):
        assert roles(text) == (["quoted"] if text.startswith(">") else ["own"]), text


def test_apple_s_attribution_stands_inside_the_quote() -> None:
    text = "Good.\n\n> On 4 May 2026, at 10:00, Anna Berg <anna@example.org> wrote:\n> \n> The mast is broken."
    assert [(role, name) for role, name, _ in told(text)] == [("own", ""), ("quoted", "Anna Berg")]


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAnna Berg\n+32 470 00 00 00",
        "--\nAnna",
        "Sent from my iPhone",
        "Sent from Mail for Windows 10",
        "Get Outlook for iOS",
        "Von meinem iPhone gesendet",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Envoyé de mon iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Skickat från min iPhone",
        "_______________________________________________\nboats mailing list\nboats@lists.example.org",
        "This e-mail and any attachments are confidential and intended solely for the addressee.\nDelete it.",
        "Diese E-Mail enthält vertrauliche Informationen. Falls Sie nicht der Empfänger sind ...",
        "CONFIDENTIALITY NOTICE: what you read you must forget.",
    ],
)
def test_a_signature_is_told_from_what_was_written(signature: str) -> None:
    text = f"The boat is ready.\n\n{signature}"
    assert told(text) == [("own", "", "The boat is ready."), ("signature", "", signature)]
    answer = f"{text}\n\nOn 4 May 2026 at 10:00, Bob <bob@example.org> wrote:\n> When?"
    assert roles(answer) == ["own", "signature", "quoted"]


def test_words_like_those_of_a_signature_are_the_sender_s() -> None:
    for text in ("Get the windows cleaned on Friday.", "Sent you the photos of my phone.", "A -- B\n\n--- \n\nrest"):
        assert roles(text) == ["own"]


def html(page: str) -> list[tuple[str, str, str]]:
    mail = b"Content-Type: text/html; charset=utf-8\n\n" + page.encode()
    text, segments = mailbody.body([parse(mail)[0]])
    return [(one.kind, "/".join(one.heading), text[one.start : one.end]) for one in segments]


def test_gmail_s_html() -> None:
    page = (
        '<div dir="ltr">Fine.<ul><li>rope<li>tar</ul><div class="gmail_signature">Bob, Harbour 3</div></div><br>'
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, 4 May 2026 at 10:00, Anna Berg &lt;'
        '<a href="mailto:a@b.c">a@b.c</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="border-left:1px">'
        "<div>Shall we?<blockquote>older</blockquote></div></blockquote></div>"
    )
    assert html(page) == [
        ("prose", "", "Fine."),
        ("list", "", "- rope\n- tar"),
        ("signature", "", "Bob, Harbour 3"),
        ("quoted", "quoted from Anna Berg", "On Mon, 4 May 2026 at 10:00, Anna Berg <a@b.c> wrote:\n\nShall we?"),
    ]


def test_outlook_s_html() -> None:
    page = (
        '<p class="MsoNormal">Fine.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">'
        "<b>From:</b> Anna Berg &lt;a@b.c&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Bob<br>"
        "<b>Subject:</b> Boat</p></div>"
        "<p>The mast is broken.</p>"
    )
    first, second = html(page)
    assert first == ("prose", "", "Fine.")
    assert second[:2] == ("quoted", "quoted from Anna Berg")
    assert second[2].endswith("The mast is broken.")


def test_apple_s_and_thunderbird_s_html() -> None:
    apple = (
        '<div>Good.</div><div><br><blockquote type="cite"><div>On 4 May 2026, at 10:00, Anna Berg &lt;a@b.c&gt; wrote:'
        "</div><br><div>Broken.</div></blockquote></div>"
    )
    bird = (
        '<p>Good.</p><div class="moz-cite-prefix">Am 04.05.26 um 10:00 schrieb Anna Berg:<br></div>'
        '<blockquote type="cite" style="border: none"><p>Broken.</p></blockquote>'
        '<div class="moz-signature">-- <br>B</div>'
    )
    assert [part[:2] for part in html(apple)] == [("prose", ""), ("quoted", "quoted from Anna Berg")]
    assert [part[:2] for part in html(bird)] == [
        ("prose", ""),
        ("quoted", "quoted from Anna Berg"),
        ("signature", ""),
    ]


def test_what_is_only_indented_is_the_sender_s() -> None:
    assert [part[0] for part in html('<p>a</p><blockquote style="margin:0 0 0 40px;border:none">b</blockquote>')] == [
        "prose"
    ]


def test_the_marks_leave_no_trace_and_cannot_be_forged() -> None:
    found = htmlmail.blocks("<p>\ue0f0own\ue0f1</p><blockquote><p>\ue0f1theirs</p></blockquote>")
    assert [(block.piece.text, block.depth) for block in found] == [("own", 0), ("theirs", 1)]
    deep = htmlmail.blocks("<blockquote>" * 5000 + "x")
    assert deep[-1].piece.text == "x"


def test_the_segments_never_overlap_and_cover_the_own_words() -> None:
    text = "A.\n\nB.\n\nAnna wrote:\n> c\n\nD.\n\n-- \nE"
    mail = b"Subject: x\n\n" + text.encode()
    body, segments = mailbody.body([parse(mail)[0]])
    assert body == text
    assert [(one.kind, body[one.start : one.end]) for one in segments] == [
        ("prose", "A.\n\nB."),
        ("quoted", "Anna wrote:\n> c"),
        ("prose", "D."),
        ("signature", "-- \nE"),
    ]


def test_much_text_takes_little_time() -> None:
    # each of these is the worst for one of the patterns
    for text in ("> " * 200_000, "\n" * 200_000, "wrote:\n" * 20_000, "a " * 200_000 + ":", "On 4:00 x\n" * 20_000):
        assert quotes.stretches(text, list(quotes.lines(text))) is not None
