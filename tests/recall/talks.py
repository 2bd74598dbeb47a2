"""A conversation of two people that questions can be made of: what Ana and Ben did, and much that they did not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

ANA = """
I planted tulips behind the shed last week.
I joined a pottery class in Ghent on 3 March.
I bought a cross necklace at the flea market.
My sister's wedding was on 12 June.
I moved to Lisbon in January.
I paid €40 for the climbing rope.
I painted seven portraits for the town hall.
I went to the dentist with Cleo on Friday.
I started learning the harp because my grandmother left me hers.
I repaired the garden gate yesterday.
I adopted a greyhound from the shelter in Bruges.
I visited the planetarium with my cousins last month.
I read a biography of Marie Curie in August.
I cooked a fennel risotto for the neighbours.
I ran the harbour marathon in October.
I sold the caravan for €2,300 in May.
I was invited to a chess tournament in Antwerp.
"""
BEN = """
I built a kayak in the garage last summer.
I collected forty stamps from Iceland.
I took the sleeper train to Vienna on 9 April.
I broke my wrist at the skating rink.
I brewed a smoked porter with Emil.
I lost the house keys near the canal on Monday.
I wrote a letter to the mayor about the crossing.
I learned welding at the evening school.
I sang the bass solo in the cathedral.
I ordered a telescope from Jena.
I photographed the comet with my brother last night.
I taught a first aid course at the library.
I mended the accordion in February.
I fed the hedgehogs in the allotment.
I spent €95 on the vintage lamp.
I hiked the coastal path with Dora in July.
I baked rye bread on Sunday.
"""
CHAT = """
That sounds lovely! | Really? How was it? | I'm so happy for you. | Ha, typical! | Good luck with it. | No way!
"""


def talk(folder: Path) -> Path:
    """Both say what they did, each followed by a reply: 68 messages, one a day."""
    replies = [one.strip() for one in CHAT.split("|")]
    said = [pair for both in zip(ANA.split("\n")[1:-1], BEN.split("\n")[1:-1], strict=True) for pair in _told(both)]
    begin = datetime(2024, 3, 4, 10, 0)
    path = folder / "talk.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, (who, answering, text) in enumerate(said):
            when = begin + timedelta(days=number)
            for at, (speaker, words) in enumerate(((who, text), (answering, replies[number % len(replies)]))):
                record = {"speaker": speaker, "time": (when + at * timedelta(minutes=1)).isoformat(), "text": words}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def _told(both: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [("Ana", "Ben", both[0]), ("Ben", "Ana", both[1])]
