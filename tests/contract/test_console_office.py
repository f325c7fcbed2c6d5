"""Questions, reminders, runs, lineage, accounts and settings on the console's pages."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from pipeline.assembly import copy_plan, open_ledger, open_workshop
from pipeline.assembly.doors import copy_plan_of
from pipeline.assembly.enquiries import differing_rows
from pipeline.assembly.plan import Plan
from pipeline.console.rooms.tile_map import PLACES
from pipeline.domain.people import Role, Word
from pipeline.jobs.process import process
from tests.builders.renamed_rows import LABEL, THEIRS
from tests.servers.console_world import (
    ASKED,
    BROKEN,
    DOUBTFUL,
    NOBODY,
    OURS,
    SENDER,
    Console,
    plan_in,
    serving,
)

pytest_plugins = ["tests.servers.console_fixtures"]


def test_the_register_shows_what_waits(looked_at: Console) -> None:
    browser = looked_at.browser("viewer")
    got = browser.get("/questions")
    assert "hạn gửi báo cáo là bao giờ" in got.text
    assert f'href="/messages/{ASKED}"' in got.html
    assert "Không có dòng nào" not in browser.get("/questions?show=overdue").text
    entry = browser.get("/questions/1")
    assert SENDER in entry.text
    assert "<details" not in entry.html, "a viewer decides nothing"
    assert browser.get("/questions/99").status == 404


def test_a_question_is_assigned_and_answered_in_its_thread(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = "/questions/1"
    wrong = browser.decide(page, f"{page}/assign", to="Phòng KH", topic="none")
    assert wrong.status == 409
    assigned = browser.decide(page, f"{page}/assign", to="Phòng KH", topic="funds")
    assert assigned.status == 303
    assert "Phòng KH" in browser.get(page).text
    assert browser.decide(page, f"{page}/answer", text=" ").status == 409
    text = "Hạn là 20/7/2013.\r\nTrân trọng."
    assert browser.decide(page, f"{page}/answer", text=text).status == 303
    entry = ledger.question(1)
    assert (entry.state.value, entry.settled_by) == ("answered", "planner")
    letter = ledger.letter_data(entry.letter or 0) or b""
    assert b"In-Reply-To:" in letter
    after = browser.get(page)
    assert "Hạn là 20/7/2013." in after.text
    assert "Trả lời bằng thư" not in after.text
    assert browser.decide("/letters", f"{page}/close").status == 409


def test_a_question_is_closed_without_a_letter(console: Console) -> None:
    browser = console.browser("planner")
    assert browser.decide("/questions/1", "/questions/1/close").status == 303
    assert "đã gọi điện" in browser.get("/questions/1").text
    assert "đã gọi điện" in browser.get("/audit").text


def test_reminders_are_shown_and_previewed_and_nothing_is_made(console: Console) -> None:
    browser, ledger = console.browser("viewer"), console.world.ledger
    got = browser.get("/reminders")
    for words in ("5 ngày làm việc trước thời hạn", "1 ngày làm việc sau thời hạn"):
        assert words in got.text
    assert "11/07/2013" in got.text
    before = ledger.letter_counts()
    assert browser.get("/reminders?preview=1").status == 200
    assert ledger.letter_counts() == before
    assert ledger.reminders("ke-hoach-2014") == []


def test_products_of_a_run_are_saved_never_opened(looked_at: Console) -> None:
    browser = looked_at.browser("viewer")
    names = re.findall(r'href="/runs/1/([^"]+)"', browser.get("/runs").html)
    assert {"tong-hop-ke-hoach-2014.xlsx", "totals.csv"} <= set(names)
    for name in names:
        got = browser.get(f"/runs/1/{name}")
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith("attachment;")
        assert got.body
    for name in ("..%2f..%2fdaemon.yaml", "latest", "x", "%2e%2e"):
        assert browser.get(f"/runs/1/{name}").status == 404, name
    assert browser.get("/runs/2/totals.csv").status == 404


def test_a_total_leads_to_the_cells_it_is_made_of(looked_at: Console) -> None:
    browser = looked_at.browser("viewer")
    nation = browser.get("/nation?form=PL01")
    way = re.search(r'href="(/explain\?[^"]+)"', nation.html)
    assert way is not None
    got = browser.get(way[1].replace("&amp;", "&"))
    assert f"/messages/{BROKEN}/forms/PL01" in got.html
    assert "khớp" in got.text
    assert "Chưa góp vào ( 62 )" in got.text.replace("(62)", "( 62 )")
    region = browser.get("/nation?form=PL01&level=region8").html
    found = re.search(r'href="(/explain\?[^"]+area=[^"]+)"', region)
    assert found is not None
    assert browser.get(found[1].replace("&amp;", "&")).status == 200
    assert browser.get("/explain?row=none").status == 409
    assert browser.get("/explain?form=none").status == 404


@pytest.mark.fault("T-25")
def test_settings_are_read_without_secrets(looked_at: Console) -> None:
    got = looked_at.browser("administrator").get("/settings")
    assert OURS in got.text
    assert "sqlite:" not in got.html
    assert "mailbox.password" in got.text
    for path in ("/settings", "/people"):
        assert looked_at.browser("planner").get(path).status == 403


def test_an_administrator_looks_after_accounts(console: Console) -> None:
    admin, planner = console.browser("administrator"), console.browser("planner")
    ledger = console.world.ledger

    def change(name: str, role: str) -> int:
        return admin.decide("/people", "/people/change", name=name, role=role).status

    assert (
        planner.decide("/", "/people/change", name="viewer", role="planner").status == 403
    )
    assert change("planner", "viewer") == 303
    assert planner.get("/").status == 303, "sessions end"
    assert planner.enter("planner").status == 303, "the password stays"
    assert planner.get("/audit").status == 403
    assert change("planner", "shut") == 303
    assert console.browser().enter("planner").status == 403
    event = ledger.event_page(None, None, 1)[0]
    assert (event["actor"], event["detail"]["why"]) == ("administrator", "đã gọi điện")
    for name, role in (("administrator", "viewer"), ("none", "viewer"), ("viewer", "x")):
        assert change(name, role) == 409
    kept = {account.name: account.role for account in ledger.accounts()}
    assert kept["administrator"] is Role.ADMINISTRATOR


@pytest.mark.parametrize("person", list(Role))
def test_pages_offer_each_role_what_it_may(looked_at: Console, person: Role) -> None:
    html = looked_at.browser(person).get("/").html
    assert ('href="/people"' in html) is (person is Role.ADMINISTRATOR)
    assert ('href="/audit"' in html) is person.may(Role.PLANNER)


def test_a_label_in_doubt_is_confirmed_and_taken_back(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger

    def taken() -> set[str]:
        document = ledger.document(DOUBTFUL) or {}
        return {row["indicator"] for row in document["rows"]}

    page = browser.get("/matches")
    assert LABEL in page.text
    number = re.search(r'name="finding" value="(\d+)"', page.html)
    assert number is not None
    assert THEIRS not in taken()
    act = "/matches/confirm"
    assert browser.decide("/matches", act, finding=number[1]).status == 409
    said = browser.decide("/matches", act, finding=number[1], meaning=THEIRS)
    assert said.status == 303
    assert THEIRS in taken()
    assert "Không có tên nào chờ xác nhận" in browser.get("/matches").text
    back = browser.decide("/matches", "/matches/withdraw", alias="1")
    assert back.status == 303
    assert THEIRS not in taken()


def test_a_difference_is_shown_before_a_message_is_read_again(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = f"/messages/{BROKEN}/difference"
    before = ledger.event_page(None, None, 1)[0]["number"]
    working = browser.get(page)
    assert (working.status, "Đang đọc lại thư" in working.text) == (200, True)
    again = re.search(r'data-again="([^"]*)"', working.html)
    assert again is not None
    assert again[1] == f"{page}?as={before}"
    assert console.world.errands.settled((f"difference {BROKEN}", str(before)))
    ledger.note("test", "rule", {}, console.world.clock())
    before += 1
    assert "Không có gì khác" in browser.get(again[1]).text, "news do not start it anew"
    assert browser.get(f"{page}?as=x").status == 404
    assert ledger.event_page(None, None, 1)[0]["number"] == before
    assert console.browser("viewer").get(page).status == 403
    old = {("PL01", "a", "b"): "1", ("PL01", "a", "c"): "x", ("PL01", "a", "d"): "2"}
    new = {("PL01", "a", "b"): "1", ("PL01", "a", "d"): "3", ("PL01", "a", "e"): "4"}
    assert differing_rows(old, new) == [
        ("PL01", "a", "c", "x", None),
        ("PL01", "a", "d", "2", "3"),
        ("PL01", "a", "e", None, "4"),
    ]


def test_as_many_vietnamese_letters_as_a_page_takes_arrive(console: Console) -> None:
    """Each takes 9 bytes on its way, and a browser counts an end of line as one sign."""
    browser, ledger = console.browser("planner"), console.world.ledger
    row = ledger.letter_page({"message": str(BROKEN)}, None, 1)[0]
    page = f"/letters/{row['id']}"
    words = "\r\n".join(["ế" * 99] * 200)
    assert browser.decide(page, f"{page}/edit", text=words).status == 303
    after = message_from_bytes(ledger.letter_data(row["id"]) or b"", policy=policy.default)
    plain = after.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines() == ["ế" * 99] * 200
    assert browser.decide(page, f"{page}/edit", text=words + "ếế").status == 409
    assert browser.decide(page, f"{page}/edit", text="ế" * 30_000).status == 413
    answer = "\r\n".join(["ế" * 99] * 60)
    asked = "/questions/1"
    assert browser.decide(asked, f"{asked}/answer", text=answer).status == 303


def test_a_waiting_letter_is_given_other_words_and_let_go(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    row = ledger.letter_page({"message": str(BROKEN)}, None, 1)[0]
    page = f"/letters/{row['id']}"
    before = message_from_bytes(ledger.letter_data(row["id"]) or b"", policy=policy.default)
    assert "Kính gửi" in browser.get(page).html
    assert browser.decide(page, f"{page}/edit", text=" ").status == 409
    assert browser.decide(page, f"{page}/edit", text="a\x1b[31m").status == 409
    words = "Kính gửi Sở,\r\n\r\n<b>Xin gọi 024.</b>"
    assert browser.decide(page, f"{page}/edit", text=words).status == 303
    after = message_from_bytes(ledger.letter_data(row["id"]) or b"", policy=policy.default)
    assert before.items() == after.items()
    plain, html = after.get_body(("plain",)), after.get_body(("html",))
    assert plain is not None
    assert html is not None
    lines = plain.get_content().splitlines()
    assert lines == ["Kính gửi Sở,", "", "<b>Xin gọi 024.</b>"]
    assert "&lt;b&gt;Xin gọi 024.&lt;/b&gt;" in html.get_content()
    enclosed = [
        [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
        for mail in (before, after)
    ]
    assert enclosed[0] == enclosed[1]
    assert enclosed[0], "the correction workbook is still there"
    event = ledger.event_page(None, None, 1)[0]
    assert (event["actor"], event["action"]) == ("planner", "edit-letter")
    assert "Xin gọi 024." in browser.get(page).text
    assert browser.decide(page, f"{page}/release").status == 303
    assert "/edit" not in browser.get(page).html
    assert browser.decide(page, f"{page}/edit", text="x").status == 409


def test_every_province_has_a_tile_of_its_own(looked_at: Console) -> None:
    codes = {province.code for province in looked_at.world.gazetteer.provinces}
    assert set(PLACES) == codes
    assert len(set(PLACES.values())) == len(codes)
    html = looked_at.browser("viewer").get("/").html
    assert html.count("<rect class=") >= len(codes)
    found = re.search('aria-label="(Hà Giang[^"]*)"', html)
    assert found is not None
    assert found[1] == "Hà Giang: có biểu phải sửa, 0/9"


def test_a_share_of_the_plan_is_a_column_of_its_own(looked_at: Console) -> None:
    got = looked_at.browser("viewer").get("/forms/PL01?column=attainment")
    assert "Đạt so với kế hoạch" in got.text
    assert "<small>(%)</small>" in got.html
    nation = looked_at.browser("viewer").get("/nation?form=PL01")
    assert 'class="bars"' in nation.html


def test_the_country_is_held_against_its_five_year_plan(looked_at: Console) -> None:
    browser = looked_at.browser("viewer")
    got = browser.get("/nation?form=PL01")
    assert "So với lộ trình của kế hoạch 5 năm" in got.text
    assert "1.600.000" in got.text
    assert "Nghị quyết 10/2011/QH13" in got.text
    assert "chưa đủ đơn vị để đánh giá" in got.text  # few have reported
    assert "Phú Yên" in got.text  # it sent nothing
    assert "chưa có số liệu" in got.text
    assert "23.500" in got.text
    assert "9,5" not in got.text  # units are shown of the row that is drawn
    assert "9,5" in browser.get("/nation?form=PL01&row=th.tlhn").text
    way = re.search(r'href="(/explain[?][^"]*th.viec_lam[^"]*uoc_n1[^"]*)"', got.html)
    assert way is not None
    assert browser.get(way[1].replace("&amp;", "&")).status == 200
    other = browser.get("/nation?form=PL02").text
    assert "không có mục tiêu kế hoạch 5 năm nào" in other
    assert "So với lộ trình" not in browser.get("/nation?form=PL01&level=region8").text


def test_without_targets_the_page_says_how_to_add_them(looked_at: Console) -> None:
    bare = tuple(replace(each, targets=()) for each in looked_at.world.rounds)
    world = replace(looked_at.world, rounds=bare)
    with serving(world) as port:
        got = Console(world, port).browser("viewer").get("/nation?form=PL01")
    assert "Chưa có mục tiêu kế hoạch 5 năm nào" in got.text
    assert "five_year.csv" in got.text


def test_every_phrase_has_both_languages(looked_at: Console) -> None:
    folder = looked_at.world.templates
    phrases = {
        language: json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
        for language in ("vi", "en")
    }
    assert set(phrases["vi"]) == set(phrases["en"])


def test_the_audit_trail_is_told_in_words(looked_at: Console) -> None:
    browser = looked_at.browser("planner")
    told = browser.get("/audit?before=9").text
    assert "đơn vị: 02; trạng thái: đã vào sổ; kết luận: phải sửa" in told
    assert not re.search(r"\b(state|verdict|reason|province)\b", told)


def test_a_difference_is_the_same_on_a_copy_of_everything(
    console: Console, tmp_path: Path
) -> None:
    """Of a unit's mail with a waiver, an explanation, a held rule, what was assigned."""
    ledger, desk, plan = (
        console.world.ledger,
        console.world.desk,
        plan_in(tmp_path / "round"),
    )
    word = Word("lan", "đã gọi điện", console.world.clock())
    (explained,) = ledger.document(BROKEN)["explanations"]
    desk.rule_on_explanation(explained["id"], word, accepted=True)
    faults = [
        f for f in ledger.findings_of(BROKEN) if f["rule"] and f["severity"] == "error"
    ]
    desk.waive(faults[0]["id"], word, undo=False)
    held = (faults[-1]["form_id"], faults[-1]["rule"])
    ledger.rule_on(plan.rounds[0].id, held, "held", "lan", "x", word.at)
    desk.assign(NOBODY, "02", word)
    desk.accept(BROKEN, "PL02", word, undo=False)

    def again(copied: Plan, number: int) -> Mapping[str, Any]:
        copy = open_ledger(copied)
        copy.reopen(number, word.at)
        shop = open_workshop(copied, copy)
        process(shop, lambda: word.at)
        shop.reader.close()
        document = copy.document(number)
        copy.close()
        return document or {}

    for number in (BROKEN, NOBODY):
        unit, whole = tmp_path / f"unit{number}", tmp_path / f"whole{number}"
        unit.mkdir()
        whole.mkdir()
        here = again(copy_plan_of(plan, unit, number, ["02"]), number)
        assert here == again(copy_plan(plan, whole), number), number
        assert here["province"] == "02"
