"""The door of the console: login, logout, and the switch of languages."""

import asyncio
import hmac
import ipaddress
import secrets
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline.console.entry import SESSION, enter, is_form_token, leave
from pipeline.console.passwords import nobody
from pipeline.console.turnstile import Turnstile
from pipeline.console.web.rendering import LANGUAGES, Renderer
from pipeline.console.world import World

SESSION_COOKIE = "khtc_session"
LOGIN_COOKIE = "khtc_login"
LANGUAGE_COOKIE = "khtc_language"
A_YEAR = 365 * 24 * 3600
MOST_BYTES = 64 * 1024
MOST_BYTES_OF_A_LETTER = 256 * 1024
"""20,000 letters of Vietnamese take 180,000 bytes, since a form sends nine for one."""
WRONG_TRIES, FOR = 10, timedelta(minutes=5)
MOST_WAITING = 20
STEP = 0.25
"""Seconds between the strokes at which wrong tries are answered: trying a password and
noting a failure take less, so that what was done cannot be told from the time."""


class Threshold:
    """What may be asked without having entered."""

    def __init__(self, world: World, renderer: Renderer, form_seconds: float) -> None:
        self._world = world
        self._renderer = renderer
        self._form_seconds = form_seconds
        self._wrong = Turnstile(WRONG_TRIES, FOR)
        self._one_at_a_time = asyncio.Semaphore(1)
        self._waiting = 0
        nobody()  # made now, or the first unknown name would take longer

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/login", self._login, methods=["GET"]),
            Route("/login", self._enter, methods=["POST"]),
            Route("/logout", self._leave, methods=["POST"]),
            Route("/language/{language}", self._switch, methods=["GET"]),
        ]

    async def _login(self, request: Request) -> Response:
        return self._form(request, own_path(request.query_params.get("next", "")))

    async def _enter(self, request: Request) -> Response:
        sent = await read_form(request, self._form_seconds)
        onward = own_path(sent.get("next", ""))
        cookie = request.cookies.get(LOGIN_COOKIE, "")
        ours = hmac.compare_digest(cookie.encode(), sent.get("token", "").encode())
        if not cookie or not ours or not comes_from_us(request):
            return self._form(request, onward, "forged", 403)
        if self._wrong.full(address_of(request), self._world.clock()):
            return self._form(request, onward, "too-often", 429)
        if self._waiting >= MOST_WAITING:
            return self._form(request, onward, "busy", 503)
        token = await self._try(request, sent.get("name", ""), sent.get("password", ""))
        if token is None:
            return self._form(request, onward, "wrong", 403)
        answer = RedirectResponse(onward, status_code=303)
        self._set(request, answer, SESSION_COOKIE, token, int(SESSION.total_seconds()))
        answer.delete_cookie(LOGIN_COOKIE)
        return answer

    async def _try(self, request: Request, name: str, password: str) -> str | None:
        """Try a password when its turn comes; a wrong one is answered at a stroke."""
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                begun = asyncio.get_running_loop().time()
                token = await run_in_threadpool(enter, self._world, name, password)
                if token is None:
                    self._wrong.passes(address_of(request), self._world.clock())
                    taken = asyncio.get_running_loop().time() - begun
                    await asyncio.sleep(until_next_step(taken))
                return token
        finally:
            self._waiting -= 1

    async def _leave(self, request: Request) -> Response:
        sent = await read_form(request, self._form_seconds)
        session = request.cookies.get(SESSION_COOKIE, "")
        answer = RedirectResponse("/login", status_code=303)
        if comes_from_us(request) and is_form_token(session, sent.get("token", "")):
            await run_in_threadpool(leave, self._world, session)
            answer.delete_cookie(SESSION_COOKIE)
        return answer

    async def _switch(self, request: Request) -> Response:
        language = request.path_params["language"]
        onward = own_path(request.query_params.get("next", ""))
        answer = RedirectResponse(onward, status_code=303)
        if language in LANGUAGES:
            self._set(request, answer, LANGUAGE_COOKIE, language, A_YEAR)
        return answer

    def _form(
        self, request: Request, onward: str, fault: str = "", status: int = 200
    ) -> Response:
        token = secrets.token_urlsafe(24)
        language = language_of(request)
        here = f"/login?next={quote(onward)}"
        values = {
            "person": None,
            "token": token,
            "next": onward,
            "fault": fault,
            "path": "/login",
            "here": here,
            "paused": False,
        }
        html = self._renderer.render("login", language, values)
        answer = HTMLResponse(html, status_code=status)
        if status in (429, 503):
            answer.headers["Retry-After"] = str(int(FOR.total_seconds()))
        self._set(request, answer, LOGIN_COOKIE, token, 3600)
        return answer

    def _set(
        self, request: Request, answer: Response, name: str, value: str, seconds: int
    ) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )


def own_path(wanted: str) -> str:
    """A path of this console, "/" for any other address."""
    try:
        parts = urlsplit(wanted)
    except ValueError:  # "//[" is no address at all
        return "/"
    ours = wanted.startswith("/") and not parts.scheme and not parts.netloc
    strange = "\\" in wanted or any(ord(letter) < 33 for letter in wanted)
    return wanted if ours and not strange and not wanted.startswith("//") else "/"


def comes_from_us(request: Request) -> bool:
    """Whether a browser says that a form was sent from a page of this host."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        return False


def language_of(request: Request) -> str:
    """Vietnamese unless the visitor switched."""
    wanted = request.cookies.get(LANGUAGE_COOKIE, "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def address_of(request: Request) -> str:
    """Where a client is: an IPv4 address, or the network of an IPv6 one (/64)."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a proxy passed on something else
        return host[:100]
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))


def until_next_step(taken: float) -> float:
    """Seconds to the next stroke after some time of work."""
    return STEP - taken % STEP


class BadFormError(Exception):
    """A form that cannot be read: the answer's status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


async def read_form(
    request: Request, seconds: float, most: int = MOST_BYTES
) -> dict[str, str]:
    """The fields of a form; BadFormError when it is longer than ours, or does not come."""
    body = b""
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise BadFormError(413, "too-long")
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
    except TimeoutError as late:
        raise BadFormError(408, "too-slow") from late
    except ClientDisconnect as gone:
        raise BadFormError(400, "malformed") from gone
    except ValueError as crowded:
        raise BadFormError(413, "too-long") from crowded
