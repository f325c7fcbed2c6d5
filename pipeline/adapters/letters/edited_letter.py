"""The words of a frozen letter changed by a planner; its headers stay as they are."""

from email import message_from_bytes, policy
from html import escape

from pipeline.domain.errors import PermanentError

_POLICY = policy.SMTP.clone(refold_source="none")


def with_words(data: bytes, text: str) -> bytes:
    """The letter with other words, in its plain and its HTML part; enclosures stay.

    PermanentError for a letter without a plain part: none of ours.
    """
    mail = message_from_bytes(data, policy=_POLICY)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    if plain is None:
        raise PermanentError("this letter has no plain words to change")
    plain.set_content(text + "\n", charset="utf-8", cte="base64")
    if html is not None and html is not plain:
        lines = "<br>\n".join(escape(line) for line in text.split("\n"))
        page = f'<!doctype html>\n<html lang="vi"><body><p>{lines}</p></body></html>\n'
        html.set_content(page, subtype="html", charset="utf-8", cte="base64")
    return mail.as_bytes()
