"""How often is the answer right, and how often is it rightly refused? On a life with questions.

    python -m benchmarks.answers                                     the sample life
    python -m benchmarks.answers --life FOLDER --questions FILE      another one of the same layout
    python -m benchmarks.answers --no-llm                            quotes only

The questions file is TOML: `now`, when they are asked, and [[question]] with `text`, and for those with an answer
`answers` (one of them must occur) and `sources` (paths relative to the life). Questions whose sources no reader takes
yet are left out and counted.

Reported: of the answerable questions, the share whose source is among the hits; whose cited passages hold the expected
answer; whose quotes hold it; whose first quote does; and how many were refused. Of the unanswerable, the share refused.
Of the model's short answers that passed their check, the share that is the expected one.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from secondme.config import Config, Home, load, locate
from secondme.me import Me
from secondme.records import Cited, Done, Recalled, Struck

HERE = Path(__file__).resolve().parent.parent


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--life", type=Path, default=HERE / "assets" / "sample")
    arguments.add_argument("--questions", type=Path, default=HERE / "assets" / "questions.toml")
    arguments.add_argument("--no-llm", action="store_true")
    arguments.add_argument("--json", type=Path, help="write the results here")
    arguments.add_argument("--wrong", action="store_true", help="print every question that went wrong")
    options = arguments.parse_args()

    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as scratch:
        installed = locate()
        home = Home(Path(scratch), Path(scratch))
        (Path(scratch) / "models").symlink_to(installed.models)
        config: Config = load(installed)
        with Me(home, config) as me:
            report = me.ingest([options.life])
            asked = tomllib.loads(options.questions.read_text(encoding="utf-8"))
            rows = [_asked(me, options.life, q, asked.get("now"), not options.no_llm) for q in asked["question"]]
    unread = {Path(s.source).name for s in report.skipped}
    result = summary(
        [row for row in rows if not (row["sources"] and all(Path(s).name in unread for s in row["sources"]))]
    )
    result["left_out"] = len(rows) - result["questions"]
    for name, value in result.items():
        print(f"{name:<36} {value}")
    if options.wrong:
        for row in rows:
            if row["wrong"]:
                print(f"\n{row['id']}: {row['text']} (confidence {row['confidence']})")
                print(f"  expected {row['answers']} in {row['sources']}")
                print(f"  in hits: {row['in_hits']}; said: {row['said']}")
    if options.json:
        options.json.write_text(json.dumps({"summary": result, "questions": rows}, indent=2, ensure_ascii=False))


def _asked(me: Me, life: Path, question: dict[str, Any], now: datetime | None, write: bool) -> dict[str, Any]:
    answers = [_plain(a) for a in question.get("answers", [])]
    sources = [str((life / s).absolute()) for s in question.get("sources", [])]
    events = list(me.ask(question["text"], write=write, now=now))
    recalled = next(e for e in events if isinstance(e, Recalled))
    done = events[-1]
    assert isinstance(done, Done)
    passages = {hit.passage.id: _plain(hit.passage.text) for hit in recalled.hits}
    quotes = [_plain(c.quote) for c in done.answer.citations]
    cited = [passages[c.passage] for c in done.answer.citations]
    short = [e.text for e in events if isinstance(e, Cited) and not e.text.startswith("“")]
    right = [any(a in text for a in answers) for text in cited]
    return {
        "id": question["id"],
        "text": question["text"],
        "answers": question.get("answers", []),
        "sources": question.get("sources", []),
        "kind": question.get("why", "any"),
        "answerable": bool(answers),
        "refused": done.answer.abstained,
        "confidence": round(done.answer.confidence, 3),
        "in_hits": any(hit.source in sources for hit in recalled.hits),
        "answer_in_hits": any(a in text for a in answers for text in passages.values()),
        "cited": any(right),
        "first_cited": bool(right) and right[0],
        "quoted": any(a in q for a in answers for q in quotes),
        "first_quoted": bool(quotes) and any(a in quotes[0] for a in answers),
        "short": short,
        "cited_all": len(cited),
        "short_right": bool(short)
        and any(a in _plain(short[0]) or _plain(short[0]).split(" [")[0] in a for a in answers),
        "struck": [e.text for e in events if isinstance(e, Struck)],
        "seconds": round(done.seconds, 3),
        "said": done.answer.text,
        "wrong": (not any(right)) if answers else not done.answer.abstained,
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    answerable = [r for r in rows if r["answerable"]]
    others = [r for r in rows if not r["answerable"]]
    short = [r for r in answerable if r["short"]]

    def share(of: list[dict[str, Any]], key: str) -> str:
        return f"{sum(r[key] for r in of) / max(1, len(of)):.1%} ({sum(r[key] for r in of)}/{len(of)})"

    return {
        "questions": len(rows),
        "answerable: source among hits": share(answerable, "in_hits"),
        "answerable: answer among hits": share(answerable, "answer_in_hits"),
        "answerable: cited passage holds it": share(answerable, "cited"),
        "answerable: first cited passage": share(answerable, "first_cited"),
        "answerable: a quote holds it": share(answerable, "quoted"),
        "answerable: first quote holds it": share(answerable, "first_quoted"),
        "answerable: refused": share(answerable, "refused"),
        "unanswerable: refused": share(others, "refused"),
        **{
            f"unanswerable, {kind}: refused": share([r for r in others if r["kind"] == kind], "refused")
            for kind in sorted({r["kind"] for r in others})
        },
        "short answers shown": f"{len(short)}/{len(answerable)}",
        "short answers right": share(short, "short_right"),
        "short answers shown unasked": sum(bool(r["short"]) for r in others),
        "seconds per question, median": sorted(r["seconds"] for r in rows)[len(rows) // 2],
    }


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


if __name__ == "__main__":
    main()
