"""The readers, in the order in which they are asked; the first that claims a file reads it.

The order matters where claims overlap: formats that their first bytes give away come first, plain text comes last.
Importing this loads every reader (0.3 s, most of it patterns); each imports its library when it first reads.
"""

from __future__ import annotations

from secondme.sources import later
from secondme.sources.agenda import calendars, contact_tables, contacts
from secondme.sources.archives import archive
from secondme.sources.base import Reader
from secondme.sources.chats import (
    chatgpt,
    claude,
    discord,
    discord_text,
    jsonl_chat,
    meta,
    signal_chat,
    slack,
    telegram,
    telegram_html,
    whatsapp,
)
from secondme.sources.documents import docx, pdf, text
from secondme.sources.mails import mail, mbox
from secondme.sources.notes import (
    canvas,
    dayone,
    evernote,
    exported,
    joplin,
    journal,
    keep,
    logseq,
    markdown,
    notebook,
    notion,
    org,
    roam,
    table,
    textbundle,
    tomboy,
)
from secondme.sources.pictures import image
from secondme.sources.web import bookmarks, history, html

READERS: tuple[Reader, ...] = (
    image,
    pdf,
    docx,
    history,
    calendars,
    contacts,
    contact_tables,
    bookmarks,
    archive,
    signal_chat,
    mail,
    mbox,
    later,
    whatsapp,
    telegram,
    telegram_html,
    meta,
    slack,
    discord,
    discord_text,
    chatgpt,
    claude,
    textbundle,
    keep,
    notion,
    canvas,
    evernote,
    tomboy,
    roam,
    logseq,
    joplin,
    dayone,
    journal,
    notebook,
    org,
    exported,
    jsonl_chat,
    html,
    markdown,
    table,
    text,
)
