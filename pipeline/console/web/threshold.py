"""The door of the console: login, logout, and the switch of languages."""

import hmac
import secrets
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline.console.entry import SESSION, enter, is_form_token, leave
from pipeline.console.web.rendering import LANGUAGES, Renderer
from pipeline.console.world import World

SESSION_COOKIE = "khtc_session"
LOGIN_COOKIE = "khtc_login"
LANGUAGE_COOKIE = "khtc_language"
A_YEAR = 365 * 24 * 3600
MOST_BYTES = 64 * 1024


class Threshold:
    """What may be asked without having entered."""

    def __init__(self, world: World, renderer: Renderer) -> None:
        self._world = world
        self._renderer = renderer

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
        sent = await read_form(request) or {}
        onward = own_path(sent.get("next", ""))
        cookie = request.cookies.get(LOGIN_COOKIE, "")
        ours = hmac.compare_digest(cookie.encode(), sent.get("token", "").encode())
        if not cookie or not ours or not comes_from_us(request):
            return self._form(request, onward, "forged", 403)
        name, password = sent.get("name", ""), sent.get("password", "")
        token = await run_in_threadpool(enter, self._world, name, password)
        if token is None:
            return self._form(request, onward, "wrong", 403)
        answer = RedirectResponse(onward, status_code=303)
        self._set(request, answer, SESSION_COOKIE, token, int(SESSION.total_seconds()))
        answer.delete_cookie(LOGIN_COOKIE)
        return answer

    async def _leave(self, request: Request) -> Response:
        sent = await read_form(request) or {}
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


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None when it is longer than any of ours, or has more."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
    except ValueError:
        return None
