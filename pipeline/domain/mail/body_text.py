"""The text that people wrote in a mail: out of HTML, without what they quote."""

import html
import re

MAX_HTML = 400_000
MAX_LINKS = 50
_UNSEEN = re.compile(r"<(style|script|head|title|!--)", re.IGNORECASE)
_ANCHOR = re.compile(
    r"<a\b[^<>]*?\bhref\s*=\s*[\"']?(https?://[^\"'<>\s]{4,2000})", re.IGNORECASE
)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|hr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,5000}>")
_URL = re.compile(r"https?://[^\s<>\"']{4,2000}", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n\s*\n+")
# Hosts that keep files for people who should have attached them.
_CLOUD = re.compile(
    r"https?://(?:[a-z0-9-]+\.)*(?:drive\.google\.com|docs\.google\.com|onedrive\.live\.com"
    r"|1drv\.ms|sharepoint\.com|dropbox\.com|db\.tt|fshare\.vn|mediafire\.com|mega\.nz"
    r"|mega\.co\.nz|wetransfer\.com|we\.tl|box\.com|4shared\.com|up\.4share\.vn|icloud\.com"
    r"|zaloapp\.com|zalo\.me|zdn\.vn|tenlua\.vn|upfile\.vn|skydrive\.live\.com)"
    r"(?::\d+)?/\S",
    re.IGNORECASE,
)
_QUOTE_BEGINS = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|forwarded message|thư gốc|tin nhắn gốc|thư đã "
    r"chuyển tiếp|thư trả lời|thư được chuyển tiếp)|_{10,}|on .{4,200} wrote:\s*$"
    r"|(?:vào|ngày|lúc) .{4,200}(?:đã viết|viết):\s*$|(?:from|từ|người gửi)\s*:.*@)",
    re.IGNORECASE,
)


def text_of_html(markup: str) -> str:
    """Readable text of an HTML body; the address of a link stands beside it."""
    seen = _without_unseen(markup[:MAX_HTML])
    linked = _ANCHOR.sub(lambda anchor: f" {anchor[1]} {anchor[0]}", seen)
    plain = _TAG.sub(" ", _BREAK.sub("\n", re.sub(r"\s+", " ", linked)))
    lines = (" ".join(line.split()) for line in html.unescape(plain).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _without_unseen(markup: str) -> str:
    """Markup without styles, scripts, heads and comments; linear on any input."""
    kept, at = [], 0
    while (begin := _UNSEEN.search(markup, at)) is not None:
        closing = "-->" if begin[1] == "!--" else rf"</{begin[1]}[^<>]*>"
        end = re.compile(closing, re.IGNORECASE).search(markup, begin.end())
        if end is None:
            break
        kept.append(markup[at : begin.start()])
        at = end.end()
    return " ".join([*kept, markup[at:]])


def cloud_links(text: str) -> tuple[str, ...]:
    """Links to files on a cloud drive, in order, without repeats."""
    found = (url.rstrip(").,;]") for url in _URL.findall(text[:MAX_HTML]))
    return tuple(dict.fromkeys(url for url in found if _CLOUD.match(url)))[:MAX_LINKS]


def own_words(text: str) -> str:
    """What the sender wrote: without quoted lines and without the mail answered to."""
    kept = []
    for line in text.split("\n"):
        if _QUOTE_BEGINS.match(line[:400]):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()
