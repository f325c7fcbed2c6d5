"""What the console's pages show, and what its decisions do to the ledger."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pipeline.console.doors import DOORS
from pipeline.console.rooms.ingest_log import _cell
from tests.contract.test_console_entry import addresses
from tests.servers.console_world import (
    BROKEN,
    MAILS,
    NOBODY,
    STRANGE,
    Console,
)
from tests.servers.pages import Browser, serving

pytest_plugins = ["tests.servers.console_fixtures"]
VOID = frozenset({"meta", "link", "input", "br", "img"})


class Nesting(HTMLParser):
    """Notes tags that are not closed in order, scripts, styles and handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        named = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "style" or (tag == "script" and "src" not in named):
            self.faults.append(f"inline {tag}")
        self.faults += [n for n in named if n.startswith("on") or n == "style"]
        self.ids += [named["id"]] if "id" in named else []

    def handle_endtag(self, tag) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def test_every_page_is_well_formed_without_inline_code(looked_at: Console) -> None:
    browser = looked_at.browser("administrator")
    for path in addresses(changes=False):
        got = browser.get(path)
        if "html" in got.headers["content-type"] and path != "/pulse":
            seen = Nesting()
            seen.feed(got.html)
            assert (got.status, seen.faults, seen.open) == (200, [], []), path
            assert len(seen.ids) == len(set(seen.ids)), path
            assert len(got.body) < 200_000


def test_every_phrase_is_there_in_both_languages(looked_at: Console) -> None:
    browser = looked_at.browser("administrator")
    for language in ("vi", "en"):
        browser.get(f"/language/{language}")
        for path in (*addresses(changes=False), f"/messages/{NOBODY}"):
            got = browser.get(path)
            if "html" in got.headers["content-type"]:
                for fallback in ("nav.", "column.", "decide.", "message.", "overview."):
                    assert f" {fallback}" not in got.text, path


def test_the_overview_shows_the_round_and_what_waits(looked_at: Console) -> None:
    got = looked_at.browser("viewer").get("/")
    assert got.html.count('<td class="cell') == 63 * 9
    assert "1 · " not in got.text.partition("63 tỉnh")[0]
    assert f'href="/messages/{NOBODY}"' in got.html
    assert "/letters?state=waiting" in got.html
    assert 'href="/provinces/02#PL02" title="phải sửa' in got.html


def test_hostile_text_is_shown_inert(looked_at: Console) -> None:
    browser = looked_at.browser("planner")
    for path in ("/", "/log", f"/messages/{STRANGE}", "/audit"):
        html = browser.get(path).html
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert "\x1b" not in html
        assert 'onload="x' not in html
    assert "&lt;script&gt;alert(1)" in browser.get("/log").html


def test_the_log_is_filtered_and_paged(looked_at: Console) -> None:
    browser = looked_at.browser("viewer")
    assert [row["id"] for row in looked_at.world.ledger.log_page({}, None, 2)] == [5, 4]
    assert [row["id"] for row in looked_at.world.ledger.log_page({}, 2, 9)] == [1]
    assert "/messages/1" in browser.get("/log?before=2").html
    assert "/messages/3" not in browser.get("/log?before=2").html
    assert "/messages/2" in browser.get("/log?state=held").html
    assert "/messages/1" not in browser.get("/log?state=held").html
    assert "/messages/1" in browser.get("/log?search=HA+GIANG").html
    assert "Không có dòng nào" in browser.get("/log?search=%25&province=04").text
    assert browser.get("/log?since=yesterday").status == 409


def test_a_message_is_told_whole(looked_at: Console) -> None:
    got = looked_at.browser("planner").get(f"/messages/{BROKEN}")
    for told in ("sldtbxh.demo@hagiang.gov.vn", "total-mismatch", "PL02", "Hà Giang"):
        assert told in got.text
    assert "Tổng số lao động được tạo việc làm trong năm Kế hoạch năm 2014" in got.text
    assert "100 %" in got.text
    assert "1.0" not in got.text.partition("Các biểu")[2].partition("Phát hiện")[0]
    grid = looked_at.browser("viewer").get(f"/messages/{BROKEN}/forms/PL02")
    assert "Tổng số lao động được tạo việc làm trong năm (Kế hoạch năm 2014)" in grid.text
    assert 'class="figure error"' in grid.html
    assert "✕" in grid.text


def test_a_viewer_is_offered_no_decision(looked_at: Console) -> None:
    browser = looked_at.browser("viewer")
    for path in ("/", f"/messages/{BROKEN}", "/provinces/02", "/letters"):
        assert "<details" not in browser.get(path).html
    assert browser.get("/audit").status == 403
    assert browser.get(f"/messages/{BROKEN}/raw").status == 403


def test_a_raw_mail_is_saved_never_opened_and_noted(looked_at: Console) -> None:
    got = looked_at.browser("planner").get(f"/messages/{STRANGE}/raw")
    assert got.body == MAILS[STRANGE - 1]
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment;")
    event = looked_at.world.ledger.event_page(None, None, 1)[0]
    assert (event["actor"], event["action"]) == ("planner", "download-raw")


def test_an_assigned_mail_turns_green_and_its_letter_may_go(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = f"/messages/{NOBODY}"
    got = browser.decide(page, f"{page}/assign", province="04")
    assert (got.status, got.headers["location"]) == (303, f"{page}?done=assigned")
    after = browser.get(f"{page}?done=assigned")
    assert "Đã gán tỉnh" in after.text
    assert "Cao Bằng" in after.text
    cells = {r["form_id"]: r["state"] for r in ledger.coverage("ke-hoach-2014")
             if r["province_code"] == "04"}  # fmt: skip
    assert cells["PL01"] == "accepted"
    event = next(e for e in ledger.event_page(NOBODY, None, 9) if e["action"] == "assign")
    assert (event["actor"], event["detail"]["why"]) == ("planner", "đã gọi điện")
    assert "đã gọi điện" in browser.get("/audit").text
    letter = ledger.letter_page({"message": str(NOBODY)}, None, 1)[0]
    assert letter["state"] == "waiting"
    assert "Kính gửi" in browser.get(f"/letters/{letter['id']}").text
    released = browser.decide(
        f"/letters/{letter['id']}", f"/letters/{letter['id']}/release"
    )
    assert released.status == 303
    assert ledger.letter_page({"message": str(NOBODY)}, None, 1)[0]["state"] == "queued"
    again = browser.decide("/", f"/letters/{letter['id']}/release")
    assert again.status == 409
    assert "đang ở trạng thái chờ gửi (queued)" in again.text


def test_a_finding_is_waived_and_counts_again(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = f"/messages/{BROKEN}"

    def mismatch() -> tuple[str, str]:
        (row,) = [f for f in ledger.findings_of(BROKEN) if f["code"] == "total-mismatch"]
        return str(row["id"]), row["state"]

    assert browser.decide(page, f"{page}/waive", finding=mismatch()[0]).status == 303
    number, state = mismatch()
    assert state == "waived"
    undone = browser.decide(page, f"{page}/waive", finding=number, undo="1")
    assert undone.status == 303
    assert mismatch()[1] == "fail"
    other = f"/messages/{NOBODY}/waive"
    assert browser.decide(page, other, finding=mismatch()[0]).status == 409


def test_what_a_province_explains_is_accepted_and_refused(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = f"/messages/{BROKEN}"
    (item,) = ledger.document(BROKEN)["explanations"]
    assert item["text"] in browser.get(page).text

    def rule(number: object, **more: str) -> int:
        fields = {"explanation": str(number), **more}
        return browser.decide(page, f"{page}/explained", **fields).status

    def state() -> str:
        return ledger.document(BROKEN)["explanations"][0]["state"]

    assert rule(item["id"], accepted="1") == 303
    assert state() == "accepted"
    assert rule(item["id"]) == 303
    assert state() == "refused"
    assert rule("x") == rule(item["id"] + 99) == 409


def test_a_form_is_accepted_with_its_faults_and_withdrawn(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = f"/messages/{BROKEN}"

    def state() -> str:
        document = ledger.document(BROKEN) or {}
        return {f["form"]: f["state"] for f in document["forms"]}["PL02"]

    assert state() == "deficient"
    assert browser.decide(page, f"{page}/accept", form="PL02").status == 303
    assert state() == "accepted"
    assert browser.decide(page, f"{page}/accept", form="PL02", undo="1").status == 303
    assert state() == "deficient"
    assert browser.decide(page, f"{page}/accept", form="PL09").status == 409


def test_a_mail_is_held_and_released_and_read_again(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = f"/messages/{BROKEN}"
    for act, state in (("hold", "held"), ("release", "filed"), ("reprocess", "filed")):
        assert browser.decide(page, f"{page}/{act}").status == 303
        record = ledger.record(str(BROKEN))
        assert record is not None
        assert record.state == state


def test_a_deadline_is_extended_and_given_back(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    page = "/provinces/02"
    assert browser.decide(page, f"{page}/extend", date="2013-08-01").status == 303
    due = ledger.due("ke-hoach-2014", "02")
    assert due is not None
    assert due.isoformat() == "2013-08-01T16:59:59+00:00"
    assert "01/08/2013 23:59" in browser.get(page).text
    assert browser.decide(page, f"{page}/extend", date="").status == 303
    assert ledger.due("ke-hoach-2014", "02") is None
    assert browser.decide(page, f"{page}/extend", date="1/8/2013").status == 409


def test_letters_are_paused_and_resumed(console: Console) -> None:
    browser = console.browser("planner")
    assert browser.decide("/letters", "/letters/pause").status == 303
    assert console.world.desk.paused()
    assert "Đang tạm dừng" in browser.get("/").html
    assert browser.decide("/letters", "/letters/resume").status == 303
    assert not console.world.desk.paused()


def test_an_address_is_confirmed_with_what_it_sent_and_retired(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    fields = {"address": "X@example.com", "province": "04"}
    assert browser.decide("/senders", "/senders/confirm", **fields).status == 303
    record = ledger.record(str(NOBODY))
    assert record is not None
    assert record.state == "filed"
    assert "x@example.com" in browser.get("/senders").text
    again = browser.decide("/senders", "/senders/confirm", **{**fields, "province": "02"})
    assert again.status == 409
    retired = browser.decide("/senders", "/senders/retire", address="x@example.com")
    assert retired.status == 303
    assert ledger.senders() == ()
    nobody = browser.decide("/senders", "/senders/retire", address="z@example.com")
    assert nobody.status == 409


def test_a_rule_is_held_back_and_kept(console: Console) -> None:
    browser, ledger = console.browser("planner"), console.world.ledger
    (rule,) = {
        f["rule"] for f in ledger.findings_of(BROKEN) if f["code"] == "total-mismatch"
    }
    told = browser.get("/rules").text
    assert "Số tổng khác kết quả cộng các thành phần Tổng số lao động được tạo" in told
    assert rule in told
    for state in ("held", "kept"):
        fields = {"form": "PL02", "rule": rule, "state": state}
        assert browser.decide("/rules", "/rules/rule", **fields).status == 303
        (one,) = [s for s in ledger.rule_standings("ke-hoach-2014") if s.name[1] == rule]
        assert (one.held, one.word) == (state == "held", state)
    wrong = {"form": "PL02", "rule": "none", "state": "held"}
    assert browser.decide("/rules", "/rules/rule", **wrong).status == 409


@pytest.mark.fault("T-16")
def test_the_log_is_exported_without_a_live_formula(looked_at: Console) -> None:
    got = looked_at.browser("planner").get("/log.csv")
    assert got.headers["content-disposition"].startswith("attachment;")
    header, *lines = got.body.decode("utf-8-sig").splitlines()
    assert header.startswith("id,received_at,sender,subject")
    assert len(lines) == len(MAILS)
    assert "\u202e" not in got.html


@pytest.mark.parametrize(("value", "cell"), [("=1+1", "'=1+1"), ("@a", "'@a"), (3, "3")])
def test_a_cell_of_the_export_is_never_a_formula(value, cell) -> None:
    assert _cell(value) == cell


def test_provinces_are_sorted_by_a_figure(looked_at: Console) -> None:
    got = looked_at.browser("viewer").get("/forms/PL01?sort=th.viec_lam")
    assert got.text.index("Hà Giang") < got.text.index("Hà Nội")
    assert 'aria-sort="descending"' in got.html


@pytest.mark.parametrize("why", ["", "   ", "x" * 501])
def test_a_decision_without_a_reason_is_refused(looked_at: Console, why) -> None:
    browser = looked_at.browser("planner")
    token = browser.get("/letters").token
    got = browser.post("/letters/pause", {"token": token, "why": why})
    assert got.status == 409
    assert not looked_at.world.desk.paused()


def test_a_page_of_changes_is_marked_by_the_newest_event(console: Console) -> None:
    browser = console.browser("planner")
    before = browser.get("/pulse").text
    browser.decide("/letters", "/letters/pause")
    assert browser.get("/pulse").text != before


def test_decisions_are_posted_and_pages_are_got() -> None:
    acting = {door.path for door in DOORS if door.changes}
    assert acting.isdisjoint({door.path for door in DOORS if not door.changes})


def test_links_stay_in_their_round(looked_at: Console) -> None:
    first = looked_at.world.rounds[0]
    world = replace(looked_at.world, rounds=(first, replace(first, id="ke-hoach-2015")))
    with serving(world) as port:
        browser = Browser(port)
        assert browser.enter("administrator").status == 303
        later = browser.get("/?round=ke-hoach-2015").html
        assert 'href="/provinces/02?round=ke-hoach-2015#PL01"' in later
        assert 'href="/provinces/02#PL01"' in browser.get("/").html
        form = browser.get("/forms/PL01?round=ke-hoach-2015").html
        assert "/nation?form=PL01&amp;round=ke-hoach-2015" in form
