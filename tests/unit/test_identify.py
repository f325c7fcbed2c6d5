"""Evidence to a province: two classes agree, one is too little, two that differ hold."""

import pytest

from pipeline.domain.senders.identity import Clue, Identity, Source, Strength
from pipeline.stages.identify import identify

ME = "sldtbxhhagiang@yahoo.com"
REGISTRY = {ME: "02", "a@caobang.gov.vn": "04"}
HEAD = Clue(Source.LETTERHEAD, "HÀ GIANG", "02", "a.xls!PL1")
DOMAIN = Clue(Source.GOV_DOMAIN, "x@hagiang.gov.vn", "02", "From")
SUBJECT = Clue(Source.SUBJECT, "Hà Giang", "02", "Subject")
FILE = Clue(Source.FILE_NAME, "Ha Giang", "02", "a.xls")
SYMBOL = Clue(Source.DOCUMENT_SYMBOL, "HaGiang", "02", "Subject")
LOCAL = Clue(Source.LOCAL_PART, "hagiang@x.com", "02", "From")
FORWARD = Clue(Source.FORWARDED, "x@y.com", "02", "forwarded mail")
WEAK = Clue(Source.ABBREVIATION, "QB", "44", "Subject")
TEXT = Clue(Source.TEXT, "Hà Giang", "02", "body")
LOOK_ALIKE = Clue(Source.LOOK_ALIKE, "a@hagiang.gov.com", "02", "From")
OTHER_HEAD = Clue(Source.LETTERHEAD, "CAO BẰNG", "04", "b.xls!PL1")


def decided(
    *clues: Clue,
    sender: str | None = "new@gmail.com",
    authentication: str = "none",
    assigned: str | None = None,
) -> Identity:
    return identify(
        clues, sender, REGISTRY, authentication=authentication, assigned=assigned
    )


@pytest.mark.parametrize(
    ("clues", "strength"),
    [
        ([HEAD, SUBJECT], Strength.STRONG),
        ([HEAD, DOMAIN], Strength.STRONG),
        ([HEAD, LOCAL], Strength.STRONG),
        ([DOMAIN, FILE, TEXT], Strength.STRONG),
        ([FORWARD, HEAD], Strength.STRONG),
        ([HEAD, SUBJECT, WEAK], Strength.STRONG),
        ([SUBJECT, FILE, SYMBOL, FORWARD], Strength.WEAK),
        ([HEAD, HEAD], Strength.WEAK),
        ([DOMAIN], Strength.WEAK),
        ([WEAK], Strength.WEAK),
        ([TEXT, WEAK], Strength.WEAK),
        ([], Strength.NONE),
    ],
)
def test_an_unknown_sender_is_weighed(clues: list[Clue], strength: Strength) -> None:
    found = decided(*clues)
    assert found.strength is strength
    assert not found.verified
    if strength is Strength.STRONG:
        assert (found.province, found.reason) == ("02", None)
    else:
        assert (found.province, found.reason) == (None, f"identity-{strength.value}")


@pytest.mark.parametrize("clues", [[], [HEAD], [WEAK], [TEXT, SUBJECT], [LOOK_ALIKE]])
def test_a_registered_sender_is_believed(clues: list[Clue]) -> None:
    found = decided(*clues, sender=ME)
    assert (found.strength, found.province) == (Strength.REGISTERED, "02")
    assert found.verified
    assert found.evidence[0] == Clue(Source.REGISTERED, ME, "02", "From")


@pytest.mark.fault("F-S9-2")
@pytest.mark.parametrize(
    ("clues", "sender", "reason"),
    [
        ([OTHER_HEAD], ME, "identity-conflict"),
        ([HEAD, OTHER_HEAD], ME, "several-provinces"),
        ([HEAD, OTHER_HEAD, SUBJECT], "new@gmail.com", "several-provinces"),
        ([OTHER_HEAD, SUBJECT], "new@gmail.com", "identity-conflict"),
        ([HEAD, SUBJECT, LOOK_ALIKE], "new@gmail.com", "identity-conflict"),
        ([HEAD, SUBJECT], "sldtbxhhaglang@yahoo.com", "identity-conflict"),
    ],
)
def test_strong_clues_that_differ_hold(clues: list[Clue], sender: str, reason: str) -> None:
    found = decided(*clues, sender=sender)
    assert (found.strength, found.province) == (Strength.CONFLICT, None)
    assert found.reason == reason


@pytest.mark.fault("F-S9-3")
def test_a_forward_is_resolved_by_the_registry_and_never_verifies() -> None:
    unknown = Clue(Source.FORWARDED, ME, "", "forwarded mail")
    found = decided(unknown, HEAD)
    assert (found.strength, found.province) == (Strength.STRONG, "02")
    assert not found.verified
    nobody = Clue(Source.FORWARDED, "z@z.vn", "", "forwarded mail")
    assert decided(nobody).evidence == ()
    against = Clue(Source.FORWARDED, "a@caobang.gov.vn", "", "forwarded mail")
    assert decided(against, sender=ME).reason == "identity-conflict"


@pytest.mark.fault("T-01")
def test_a_broken_from_or_a_failed_check_holds_whatever_the_evidence() -> None:
    found = decided(HEAD, SUBJECT, sender=None)
    assert (found.province, found.reason) == (None, "from-invalid")
    found = decided(HEAD, sender=ME, authentication="fail")
    assert (found.province, found.reason) == (None, "auth-failed")
    assert not found.verified
    assert decided(sender=ME, authentication="pass").reason is None


def test_a_planner_settles_everything() -> None:
    found = decided(HEAD, OTHER_HEAD, sender=None, authentication="fail", assigned="17")
    assert (found.province, found.reason) == ("17", None)
    assert found.verified
    assert found.evidence[0].source is Source.PLANNER
