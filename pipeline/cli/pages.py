"""A message as a person reads it in the terminal."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.cli.main import Call
from pipeline.cli.talk import Talk

SHOWN_FINDINGS = 60
SHOWN_MATCHES = 40
WORDED = ("role", "severity", "state")
LONGEST_LABEL = 60
MATCH_COLUMNS = ("place", "label", "meaning", "how", "score", "sure", "rivals")


def tell_message(call: Call, number: int, document: Mapping[str, Any]) -> None:
    """The outcome of a message: who, what, where it stands, what is wrong, the letter."""
    talk = call.talk
    talk.tell("show.head", number=number, digest=(document["digest"] or "-")[:16])
    state, reason = talk.text(f"state.{document['state']}"), document["reason"]
    talk.tell(
        "show.outcome",
        kind=talk.text(f"kind.{document['kind'] or 'none'}"),
        state=f"{state}: {talk.coded('reason', reason)}" if reason else state,
        verdict=talk.text(f"verdict.{document['verdict']}"),
    )
    _tell_identity(call, document)
    _tell_table(talk, "attachments", document["attachments"], ("path", "type", "role"))
    columns = ("form", "path", "sheet", "state", "rows", "confidence")
    _tell_table(talk, "forms", document["forms"], columns)
    _tell_matching(talk, document.get("matching", ()))
    if document["forms_missing"]:
        talk.tell("show.missing", forms=", ".join(document["forms_missing"]))
    _tell_findings(talk, document["findings"])
    for item in document.get("explanations", ()):
        about = item["rule"] or item["indicator"]
        talk.tell("show.explained", about=about, text=item["text"], **_standing(talk, item))
    _tell_reply(talk, document["reply"])


def in_words(talk: Talk, row: Mapping[str, Any]) -> dict[str, str]:
    """What a row of the log says in codes, as a person reads it."""
    reason, reply = row["reason"], row["reply_state"]
    return {
        "state": talk.text(f"state.{row['state']}"),
        "reason": talk.coded("reason", reason) if reason else "",
        "verdict": talk.text(f"verdict.{row['verdict'] or 'none'}"),
        "reply_state": talk.word("letter", reply) if reply else "",
    }


def _tell_identity(call: Call, document: Mapping[str, Any]) -> None:
    """Whose message it is, and each thing that tells so with the first place of it."""
    talk, identity = call.talk, document["identity"]
    talk.tell(
        "show.province",
        province=_named(call, document["province"]),
        strength=talk.text(f"strength.{identity['strength']}"),
        received=document["received_at"] or "-",
        late=talk.text("show.late") if document["late"] else "",
    )
    places: dict[tuple[str, str, str | None], list[str]] = {}
    for clue in identity["evidence"]:
        key = (clue["source"], clue["value"], clue["province"])
        places.setdefault(key, []).append(talk.word("where", clue["where"]))
    for (source, value, province), (where, *more) in places.items():
        several = {"where": where, "more": len(more)}
        talk.tell(
            "show.clue",
            source=talk.word("source", source),
            value=value,
            province=_named(call, province),
            where=talk.text("show.places", **several) if more else where,
        )


def _named(call: Call, code: str | None) -> str:
    """A unit by code and name, where the round knows it."""
    names = {each.code: each.name for each in call.plan.gazetteer.provinces}
    return f"{code} {names[code]}" if code in names else code or "-"


def _standing(talk: Talk, item: Mapping[str, Any]) -> Mapping[str, str]:
    """Where an explanation stands, and its number in `explanations list`."""
    state = item.get("state") or "unmatched"
    number = item.get("id")
    return {
        "state": talk.text(f"explanation.{state}"),
        "number": "" if number is None else f" {number}",
    }


def _tell_table(
    talk: Talk, name: str, items: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> None:
    if items:
        talk.tell(f"show.{name}")
        talk.table(columns, [_cells(talk, item, columns) for item in items])


def _tell_matching(talk: Talk, forms: Sequence[Mapping[str, Any]]) -> None:
    """For each form what its rows and columns were told by, and all but the plain ones."""
    for form in forms:
        told = Counter(row["how"] for row in (*form["rows"], *form["columns"]))
        ways = ", ".join(f"{talk.text(f'how.{how}')} {n}" for how, n in told.items())
        own = len(form["own_rows"])
        talk.tell("show.matched", form=form["form"], ways=ways or "-", own=own)
        lines = [*_odd_lines(talk, form)][:SHOWN_MATCHES]
        if lines:
            talk.table(MATCH_COLUMNS, lines)


def _odd_lines(talk: Talk, form: Mapping[str, Any]) -> Iterator[list[str]]:
    for match in (*form["rows"], *form["columns"]):
        if match["how"] != "words" or not match["sure"]:
            how = talk.text(f"how.{match['how']}")
            sure = "" if match["sure"] else talk.text("show.unsure")
            margin = match.get("margin")
            weight = f"{match['score']:.2f}"
            weight += "" if margin is None else f" (+{margin:.2f})"
            named = str(match.get("indicator") or match.get("column"))
            rivals = "; ".join(_rival(rival) for rival in match["rivals"])
            yield [*_place(match), named, how, weight, sure, rivals]
    for row in form["own_rows"]:
        rivals = "; ".join(_rival(rival) for rival in row["rivals"])
        yield [*_place(row), "-", talk.text("how.own"), "", "", rivals]


def _place(match: Mapping[str, Any]) -> tuple[str, str]:
    """Row number or column letters, and the text there."""
    text = str(match.get("label") or match.get("header") or "")
    return str(match.get("row") or match.get("at")), text[:LONGEST_LABEL]


def _rival(rival: Mapping[str, Any]) -> str:
    place, text = _place(rival)
    key = rival.get("indicator") or rival.get("column")
    return f"{key} {place} «{text}» {rival['score']:.2f}"


def _tell_findings(talk: Talk, findings: Sequence[Mapping[str, Any]]) -> None:
    if not findings:
        return
    talk.tell("show.findings", count=len(findings))
    columns = (
        *("id", "severity", "state", "code", "form", "cell"),
        *("found", "expected", "suspect", "rule"),
    )
    shown = [{"id": None, **finding} for finding in findings[:SHOWN_FINDINGS]]
    talk.table(columns, [_cells(talk, finding, columns) for finding in shown])
    if len(findings) > SHOWN_FINDINGS:
        talk.tell("show.more", count=len(findings) - SHOWN_FINDINGS)


def _cells(talk: Talk, item: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    return [_cell(talk, column, item[column]) for column in columns]


def _cell(talk: Talk, column: str, value: Any) -> str:
    """A value as a person reads it: a code of ours by its word."""
    if isinstance(value, list):
        return ", ".join(value)
    if column in WORDED and value:
        return talk.text(f"value.{value}")
    if column == "code":
        return talk.coded("finding", value)
    return "" if value is None else str(value)


def _tell_reply(talk: Talk, reply: Mapping[str, Any]) -> None:
    if reply["template"] == "none":
        talk.tell("show.no_letter")
    else:
        talk.tell(
            "show.letter",
            template=talk.word("template", reply["template"]),
            to=", ".join(_recipients(reply)),
            subject=reply["subject"] or "-",
        )
    if reply["suppressed"]:
        talk.tell("show.suppressed", why=talk.coded("suppressed", reply["suppressed"]))


def _recipients(reply: Mapping[str, Any]) -> Iterator[str]:
    yield reply["to"] or "-"
    yield from reply["also"]


def tell_rows(talk: Talk, rows: Sequence[Mapping[str, Any]]) -> None:
    """Every figure that was read, with its cell."""
    columns = ("form", "indicator", "column", "value", "missing", "unit", "raw", "cell")
    talk.table(columns, [_cells(talk, row, columns) for row in rows])
