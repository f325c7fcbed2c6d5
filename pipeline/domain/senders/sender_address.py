"""What an address says of a province, and whether it imitates another one."""

import re
from collections.abc import Iterable

from pipeline.domain.senders.place_names import PlaceNames
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.writing.text import match_key

# Parts of addresses that mean the department; longest first, so that they come off whole.
_OFFICE = sorted(
    {
        match_key(part)
        for part in (
            "sldtbxh", "soldtbxh", "sldtbvxh", "soldtbvxh", "ldtbxh", "ldtbvxh", "sldtb",
            "ldtb", "sld", "sold", "solaodong", "laodong", "laodongtbxh", "solaodongtbxh",
            "tbxh", "ldxh", "sldxh", "khtc", "phongkhtc", "pkhtc", "khtcsldtbxh",
            "kehoachtaichinh", "kehoach", "phongkehoach", "khtcldtbxh", "vanphong",
            "vpsldtbxh", "vp", "so", "tinh", "bantongdieuphoi", "soldtb", "sldtbxhtinh",
            "ldtbxhtinh", "khtcso", "tp", "kh", "tc", "phong", "thongke", "tonghop", "mail",
        )
    },
    key=len,
    reverse=True,
)  # fmt: skip
_OFFICE_WORDS = frozenset(_OFFICE)
_GLUED_OFFICE = [part for part in _OFFICE if len(part) >= 3]
_DRAWN_ALIKE = str.maketrans("01345", "oleas")
_FREE_MAIL = frozenset(
    (
        "gmail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "msn.com",
        "outlook.com",
        "outlook.com.vn",
        "rocketmail.com",
        "vnn.vn",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.com.vn",
        "ymail.com",
    )
)


def province_of_domain(address: str, gazetteer: Gazetteer) -> str | None:
    """The province whose gov.vn domain an address is under, exactly."""
    domain = address.rpartition("@")[2]
    for province in gazetteer.provinces:
        if any(domain == one or domain.endswith("." + one) for one in province.domains):
            return province.code
    return None


def province_of_local_part(address: str, names: PlaceNames) -> tuple[str, bool] | None:
    """(province, whether for certain) that a local part names in full.

    "sldtbxhhagiang" and "hagiang.khtc" are certain; in "thaibinh.nguyen" a person may
    bear the name. Abbreviations ("ldtbxh_qb") are no name.
    """
    local = address.partition("@")[0]
    words = [word for word in re.split(r"[._\-+=]|\d+", local) if word]
    for first in range(len(words)):
        for last in range(first + 1, min(first + 4, len(words)) + 1):
            code, bare = _named("".join(words[first:last]), names)
            if code is not None:
                rest = [*words[:first], *words[last:]]
                office = any(match_key(word) in _OFFICE_WORDS for word in rest)
                # "hagiang@" is an office; "thaibinh86@" and "thaibinh.nguyen@" are people.
                alone = not rest and re.search(r"\d\d$", local) is None
                return code, office or not bare or alone
    return None


def _named(word: str, names: PlaceNames) -> tuple[str | None, bool]:
    """The province of a word, and whether the word is nothing but the name."""
    code = names.joined(word)
    if code is not None:
        return code, True
    key = match_key(word).replace(" ", "")
    for office in _GLUED_OFFICE:
        for rest in (key.removeprefix(office), key.removesuffix(office)):
            code = names.joined(rest) if rest != key else None
            if code is not None:
                return code, False
    return None, False


def glued_name(word: str, names: PlaceNames) -> str | None:
    """The province in a word like "SLDTBXHHaGiang", None without the department."""
    code, bare = _named(word, names)
    return None if bare else code


def abbreviation_of(address: str) -> tuple[str, ...]:
    """The words of a local part that stand beside the department's: "qb"."""
    local = address.partition("@")[0]
    words = [word for word in re.split(r"[._\-+=]|\d+", local) if word]
    if not any(match_key(word) in _OFFICE_WORDS for word in words):
        return ()
    return tuple(word.upper() for word in words if 2 <= len(word) <= 4)


def imitated_province(address: str, gazetteer: Gazetteer) -> str | None:
    """The province whose gov.vn domain an address only looks like."""
    domain = address.rpartition("@")[2]
    if province_of_domain(address, gazetteer) is not None:
        return None
    drawn = _drawn(_readable(domain))
    for province in gazetteer.provinces:
        if any(_imitates(domain, drawn, one) for one in province.domains):
            return province.code
    return None


def _imitates(domain: str, drawn: str, real: str) -> bool:
    label = real.partition(".")[0]
    parts = domain.split(".")
    if parts[-2:] != ["gov", "vn"]:
        # Two v side by side are drawn like a w, and are "gov" and "vn" run together.
        shown = (drawn, drawn.replace("w", "vv"))
        wanted = _drawn(label).replace("-", "") + "gov"
        return any(wanted in re.sub(r"[.-]", "", one) for one in shown)
    # Under gov.vn itself: a slip or a forgery of one letter.
    return len(parts) > 2 and len(label) >= 5 and _one_edit(parts[-3], label)


def imitates_any(address: str, registered: Iterable[str]) -> str | None:
    """The registered address that this one is drawn like, without being it."""
    local, _, domain = address.partition("@")
    drawn = _drawn(address)
    for known in registered:
        its_local, _, its_domain = known.partition("@")
        same_local = local == its_local and _borrows(domain, its_domain)
        longer = domain.startswith(its_domain + ".") and domain not in _FREE_MAIL
        if known != address and (_drawn(known) == drawn or same_local or longer):
            return known
    return None


def _borrows(domain: str, real: str) -> bool:
    """Whether a domain is a slip of the real one, or has its name within another's."""
    label = real.partition(".")[0]
    if domain in _FREE_MAIL or domain == real or domain.endswith("." + real):
        return False
    return _one_edit(domain, real) or (len(label) >= 5 and label in domain)


def _readable(domain: str) -> str:
    """A domain as mail programs show it: foreign letters drawn, folded to ours."""
    labels = []
    for label in domain.split("."):
        try:
            shown = label[4:].encode("ascii").decode("punycode")
        except UnicodeError:
            shown = label
        foreign = label.startswith("xn--")
        labels.append(match_key(shown).replace(" ", "") if foreign else label)
    return ".".join(labels)


def _drawn(text: str) -> str:
    """Text as the eye takes it: 0 for o, 1 and i for l, rn for m."""
    lowered = text.lower().translate(_DRAWN_ALIKE)
    return lowered.replace("i", "l").replace("rn", "m").replace("vv", "w")


def _one_edit(one: str, other: str) -> bool:
    """Whether two words differ by exactly one letter, or two neighbours swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b or a == b[1:]
