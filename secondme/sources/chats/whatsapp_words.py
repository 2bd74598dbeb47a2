"""What WhatsApp itself writes into a chat: notices, placeholders for media, marks of editing, in many languages.

Knows what of a message somebody wrote. On iOS what the app wrote begins with a mark (U+200E) in every language; the
phrases are for Android, and for files that lost their marks. A caption beneath a picture's name is somebody's words.
"""

from __future__ import annotations

import re

from secondme.sources.chats.chat import visible

MARK = "\u200e"
_MARKS = re.compile("[\u200e\ufeff\u2068\u2069]")


def _any(phrases: str) -> str:
    """Expressions, one a line, as alternatives; a space also stands for one that does not break."""
    return "(?:" + "|".join(line.strip().replace(" ", "[ \u00a0]") for line in phrases.strip().splitlines()) + ")"


# "<This message was edited>" at the end of a message
_EDITED = re.compile(
    rf"""<[^<>\n]*{
        _any(r'''
        edited|bearbeitet|editó|editad[oa]|modifi|bewerkt|düzenlen|edytowan|redig|muokat|szerkeszt|upraven|editat|diedit
        chỉnh sửa|измен|відредаг|編集|编辑|編輯|수정|تعديل|נערכה|संपादित|แก้ไข
        ''')
    }[^<>\n]*>\s*$""",
    re.IGNORECASE,
)
# "<attached: 00000012-PHOTO-2021-12-31-22-01-05.jpg>"
_ATTACHED = re.compile(r"<[^<>\n:]{2,40}:[ \u00a0]?[^<>\n]+\.\w{1,5}>")
# "IMG-20211231-WA0001.jpg (file attached)"
_FILE = re.compile(
    rf"""\A(?:
        (?:IMG|VID|AUD|PTT|STK|DOC|GIF)-\d{{8}}-WA\d{{4,}}\.\w{{2,5}}(?:[ \u00a0][(<][^\n]{{2,40}}[)>])?
        |[^\n]{{1,250}}\.\w{{1,5}}[ \u00a0]\({
        _any(r'''
        file attached|datei angehängt|archivo adjunto|fichier joint|arquivo anexado|ficheiro anexado|(?:file )?allegato
        bestand bijgevoegd|файл добавлен|файл прикріплено|dosya ekli|plik dołączony|załączono plik
        bifogad fil|fil bifogad
        vedhæftet fil|fil vedlagt|tiedosto liitetty|fájl csatolva|soubor přiložen|fișier atașat|file terlampir
        添付ファイル|文件附件|檔案附件|附件|파일 첨부됨?|ملف مرفق|הקובץ מצורף|फ़ाइल संलग्न
        ''')
    }\))[ \t]*(?=\r?\n|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
# "<Media omitted>"
_MEDIA = re.compile(
    rf"""\A<[^<>\n]{{0,40}}{
        _any(r'''
        omitted|ausgeschlossen|weggelassen|omitid[oa]s?|omis(?:es?)?|ocult[oa]s?|não revelad[oa]|omess[oia]|esclus[oia]
        weggelaten|dahil edilmedi|pominięt|uteläm|uteslut|udelad|utelatt|poissul|pois jätetty|kihagy|vynech|omise|exclus
        tidak disertakan|bị loại|пропущен|без меди|省略|含まれ|제외|استبعاد|تضمين|הושמט|הוסרה|לא נכלל|छोड़|ละเว้น|παραλ
        ''')
    }[^<>\n]{{0,20}}>[ \t]*(?=\r?\n|\Z)""",
    re.IGNORECASE,
)
# "image omitted", at the end of what may be a caption or a document's name
_OMITTED = re.compile(
    rf"""\A{
        _any(r'''
        image|video(?: note)?|audio|sticker|gif|document|contact card
        bild|dokument|kontaktkarte|videonotiz|imagen|vídeo
        tarjeta de contacto|documento|imagem|figurinha|cartão de contato
        immagine|scheda contatto|afbeelding|contactkaart
        vidéo|autocollant|fiche contact|carte de contact|изображение|görüntü|obraz|plik audio
        ''')
    }[ \u00a0]{
        _any(r'''
        omitted|weggelassen|ausgeschlossen|omitid[oa]|omise?|absente?|retirée?|ocultad[oa]|oculta|omess[oa]|esclus[oa]
        weggelaten|пропущено|dahil edilmedi|pominięto
        ''')
    }\.?\Z""",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"{MARK}[^\n{MARK}]{{3,40}}\Z")
_DOCUMENT = re.compile(r"\A[^\n]{1,250}\.\w{1,5}(?:[ \u00a0]*[•·][^\n]*)?\Z")

_DELETED = _any(r"""
    this message was deleted(?: by admin [^\n]{1,60})?|you deleted this message(?: as admin)?
    diese nachricht wurde gelöscht|du hast diese nachricht gelöscht
    se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje|mensaje eliminado
    ce message a été supprimé|vous avez supprimé ce message
    mensagem apagada|esta mensagem foi (?:apagada|eliminada)|você apagou esta mensagem|eliminou esta mensagem
    questo messaggio è stato eliminato|hai eliminato questo messaggio
    dit bericht is verwijderd|(?:je|u) hebt dit bericht verwijderd
    данное сообщение удалено|вы удалили (?:данное|это) сообщение|bu mesaj silindi|bu mesajı sildiniz
    ta wiadomość została usunięta|usunięto tę wiadomość
    pesan ini telah dihapus|anda telah menghapus pesan ini
    det här meddelandet har raderats|denne besked(?:en)? blev slettet
    (?:この)?メッセージは削除されました|此消息已被?删除|已刪除此訊息|삭제된 메시지입니다
    تم حذف هذه الرسالة|הודעה זו נמחקה|מחקת הודעה זו|यह मैसेज मिटाया गया
""")
_CALL = _any(r"""
    (?:missed|silenced) (?:group )?(?:voice|video) call[^\n]*
    (?:voice|video) call[.,] (?:no answer|answered on [^\n]{1,30}|(?:tap|click) to call back|focus mode|\d[^\n]{0,20})
    verpasster? (?:sprach|video)anruf[^\n]*|llamada perdida[^\n]*|(?:video)?llamada (?:de voz )?perdida[^\n]*
    appel (?:vocal|vidéo) manqué[^\n]*|chamada de (?:voz|vídeo) perdida[^\n]*|(?:video)?chiamata (?:vocale )?persa[^\n]*
    gemiste (?:spraak|video)oproep[^\n]*
""")
_OTHER = _any(r"""
    null|waiting for this message\. this may take a while|live location shared|live-standort wird geteilt
    ubicación en tiempo real compartida|localização em tempo real compartilhada|position en direct partagée
    posizione in tempo reale condivisa|you received a view once (?:photo|video|message)[^\n]*|view once [a-z\s]{4,15}
""")
_ENCRYPTED = _any(r"""
    messages (?:and calls|to this (?:group|chat|broadcast)|you send to this)[^\n]*end-to-end[^\n]*
    (?:nachrichten und anrufe|nachrichten in diese[mr])[^\n]*ende-zu-ende[^\n]*
    los mensajes[^\n]*extremo a extremo[^\n]*|les (?:messages|appels)[^\n]*bout en bout[^\n]*
    (?:as mensagens|mensagens e chamadas)[^\n]*ponta a ponta[^\n]*|i messaggi[^\n]*end-to-end[^\n]*
    berichten (?:en oproepen|in dit)[^\n]*end-to-end[^\n]*|сообщения и звонки[^\n]*сквозн[^\n]*
    mesajlar[^\n]*uçtan uca[^\n]*|wiadomości[^\n]*szyfrowan[^\n]*|pesan dan panggilan[^\n]*end-to-end[^\n]*
    メッセージと通話[^\n]*暗号化[^\n]*|消息和通话[^\n]*加密[^\n]*
    訊息和通話[^\n]*加密[^\n]*|메시지[^\n]*암호화[^\n]*|الرسائل والمكالمات[^\n]*
""")
_GENERATED = re.compile(rf"\A(?:{_DELETED}|{_CALL}|{_OTHER}|{_ENCRYPTED})\.?\Z", re.IGNORECASE)
_NOTICE = re.compile(rf"\A{_ENCRYPTED}\Z", re.IGNORECASE)
# what iOS writes in the name of the one who did it, behind that name: "Anna created this group"
_DEED = re.compile(
    _any(r"""
    (?:created|changed|added|removed|left|joined|turned on|turned off|pinned|reset|updated)\b
    (?:hat|ist|wurde|haben|creó|cambió|añadió|eliminó|salió|se unió|heeft)\b
    (?:a créé|a modifié|a ajouté|a quitté|a rejoint|a changé|criou|mudou|adicionou|removeu|saiu|entrou|alterou)\b
    ha (?:creato|cambiato|aggiunto|rimosso|abbandonato)\b
    """)
)
_POLL = re.compile(r"\A[^\W\d_]{4,12}[ \u00a0]?:[ \t]*\r?\n[^\n]+\n+[^\W\d_]{4,12}[ \u00a0]?: ")
_VOTES = re.compile(r"[ \u00a0]{0,3}\([ \u00a0]?\d{1,6}[ \u00a0]?[^()\n\d]{0,24}\)(?=[ \t]*\r?$)", re.MULTILINE)
_QUOTES = (("\u201c", "\u201d"), ("\u201e", "\u201c\u201d"), ("\u00ab", "\u00bb"), ("\u300c", "\u300d"))


def written(raw: str, sender: str) -> str:
    """What of a message's text its sender wrote; "" if the app wrote all of it. `sender` is "" on Android, which puts
    no deeds in anybody's name."""
    text = raw.strip(" \t\r\n\u00a0")
    kept = _without_media(text)
    marked = kept.startswith(MARK)
    text = _MARKS.sub("", _EDITED.sub("", kept)).strip()
    if not text or _GENERATED.match(text) or _OMITTED.match(text):
        return ""
    if _POLL.match(text):
        return _VOTES.sub("", text)  # they change from export to export, and nobody wrote them
    single = "\n" not in text
    if single and ((marked and "://" not in text) or _is_deed(text, sender)):
        return ""
    return text


def is_notice(raw: str) -> bool:
    """Whether this is the notice on encryption, which iOS writes in the name of the chat."""
    return _NOTICE.match(visible(raw).strip()) is not None


def is_system(sender: str) -> bool:
    """Whether what stands before a colon is no name but part of a notice (`Anna changed the name to "A`)."""
    torn = any(sender.count(first) > sum(map(sender.count, last)) for first, last in _QUOTES)
    return torn or sender.count('"') % 2 == 1 or len(sender) > 120 or not sender


def _without_media(text: str) -> str:
    bare = visible(text).strip()
    if (named := _FILE.match(bare) or _MEDIA.match(bare)) is not None:
        return bare[named.end() :].strip()
    if (attached := _ATTACHED.search(text)) is not None and _at_an_end(attached, text):
        return _only_caption(f"{text[: attached.start()]}{text[attached.end() :]}")
    first, newline, below = text.partition("\n")
    if newline and first.startswith(MARK) and _OMITTED.match(visible(first).strip()):
        return below.strip()
    if (tail := _TAIL.search(text)) is not None and _OMITTED.match(visible(tail[0]).strip()):
        return _only_caption(text[: tail.start()])
    return text


def _at_an_end(found: re.Match[str], text: str) -> bool:
    return found.end() == len(text) or not text[: found.start()].strip(f"{MARK} ")


def _only_caption(text: str) -> str:
    """A document's name and length, "Report.pdf • 3 pages", is no caption."""
    text = text.strip(f"{MARK} \r\n")
    return "" if _DOCUMENT.match(visible(text)) else text


def _is_deed(text: str, sender: str) -> bool:
    return bool(sender) and text.startswith(f"{sender} ") and _DEED.match(text, len(sender) + 1) is not None
