"""Access tokens by OAuth 2 (RFC 6749, section 6), for XOAUTH2 at both mail servers."""

import json
import re
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from pipeline.adapters.disk.durable_files import blamed_on, write_durably
from pipeline.adapters.mail.tls_context import verified_context
from pipeline.domain.errors import (
    RefusedLoginError,
    ThrottledError,
    TransientError,
    UnreachableError,
)
from pipeline.ports.access import TokenAccess

LONGEST_ANSWER = 1 << 16
USUAL_LIFE = 300.0
"""Seconds, where the server does not say how long a token lives."""
MARGIN = 60.0
_ERROR = re.compile(r"[a-z_]{1,40}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")


class TokenSource:
    """Fetches an access token when one is wanted, and keeps it while it lives.

    A new refresh token is stored in the place of the old one before the access token is
    used: where providers rotate them, the old one may be dead already.
    """

    def __init__(
        self, access: TokenAccess, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._access = access
        self._seconds = seconds
        self._token: str | None = None
        self._until = 0.0

    @property
    def secret(self) -> str:
        """The token in use, to be kept out of messages."""
        return self._token or ""

    @property
    def fresh(self) -> bool:
        """Whether the next `token` comes from the server, not from memory."""
        return self._token is None or self._seconds() >= self._until

    def forget(self) -> None:
        """Take no more from memory: a mail server refused the token before its time."""
        self._token = None

    def token(self) -> str:
        """An access token that lives.

        RefusedLoginError when the refresh token is refused (revoked, expired, another
        client's): a person has to consent anew. UnreachableError when the server is
        away or answers nonsense.
        """
        if self.fresh or self._token is None:
            self._token = self._refreshed()
        return self._token

    def _refreshed(self) -> str:
        code, answer = self._asked()
        if code != 200:
            raise self._refused(code, answer)
        token, life = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise UnreachableError(f"{self._where}: the answer has no access token")
        renewed = answer.get("refresh_token")
        if isinstance(renewed, str) and _TOKEN.fullmatch(renewed):
            self._store(renewed)
        seconds = float(life) if isinstance(life, int | float) else USUAL_LIFE
        self._until = self._seconds() + max(seconds - MARGIN, 0.0)
        return token

    def _asked(self) -> tuple[int, dict[str, Any]]:
        access = self._access
        form = {
            "grant_type": "refresh_token",
            "client_id": access.client_id,
            "refresh_token": self._refresh_token(),
        }
        if access.client_secret:
            form["client_secret"] = access.client_secret
        if access.scope:
            form["scope"] = access.scope
        url = urlsplit(access.token_url)
        line = self._line(url.hostname or "", url.port)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        try:
            path = url.path + (f"?{url.query}" if url.query else "")
            line.request("POST", path or "/", urlencode(form), headers)
            answer = line.getresponse()
            return answer.status, _document(answer.read(LONGEST_ANSWER))
        except ssl.SSLCertVerificationError as fault:
            raise UnreachableError(
                f"{self._where}: {fault.verify_message}; the certificate is not trusted, "
                "nothing was sent (oauth2.ca_file)"
            ) from None
        except (OSError, HTTPException) as fault:
            raise UnreachableError(f"{self._where}: {type(fault).__name__}") from None
        finally:
            line.close()

    def _line(self, host: str, port: int | None) -> HTTPConnection:
        access = self._access
        if access.token_url.startswith("http://"):  # loopback only, as TokenAccess checks
            return HTTPConnection(host, port, timeout=access.timeout_seconds)
        context = verified_context("oauth2", "tls", access.ca_file)
        return HTTPSConnection(host, port, timeout=access.timeout_seconds, context=context)

    def _refused(self, code: int, answer: dict[str, Any]) -> TransientError:
        """Our word for an error; of theirs only its code, for texts may hold anything."""
        error = answer.get("error")
        named = error if isinstance(error, str) and _ERROR.fullmatch(error) else ""
        told = f"{self._where}: {code} {named}".rstrip()
        if code == 429:
            return ThrottledError(told)
        if not 400 <= code < 500:
            return UnreachableError(told)
        return RefusedLoginError(
            f"{told}; the refresh token or the client is refused: consent anew and put the "
            f"new refresh token into {self._access.refresh_token_file}"
        )

    def _refresh_token(self) -> str:
        path = Path(self._access.refresh_token_file)
        with blamed_on(path):
            return path.read_text(encoding="ascii", errors="replace").strip()

    def _store(self, token: str) -> None:
        path = Path(self._access.refresh_token_file)
        if token != self._refresh_token():
            with blamed_on(path):
                write_durably(path, f"{token}\n".encode("ascii"), path.parent)

    @property
    def _where(self) -> str:
        url = urlsplit(self._access.token_url)
        return f"OAuth2 {url.hostname}: refreshing the access token"


def xoauth2(username: str, token: str) -> str:
    """What is said to a mail server by the mechanism XOAUTH2."""
    return f"user={username}\1auth=Bearer {token}\1\1"


def _document(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
