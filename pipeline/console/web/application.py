"""Requests to visits, answers to responses; who may not enter is sent to the door."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from pipeline.console.doors import DOORS, Door
from pipeline.console.entry import form_token, is_form_token, who_is
from pipeline.console.rooms.matches import doubts_of
from pipeline.console.rooms.overview import coverage_of, held_rules_of
from pipeline.console.turnstile import Turnstile
from pipeline.console.web.headers import SafeHeaders
from pipeline.console.web.patience import Patience
from pipeline.console.web.rendering import Renderer
from pipeline.console.web.threshold import (
    MOST_BYTES,
    MOST_BYTES_OF_A_LETTER,
    SESSION_COOKIE,
    BadFormError,
    Threshold,
    comes_from_us,
    language_of,
    read_form,
)
from pipeline.console.world import (
    Answer,
    Download,
    GoTo,
    MissingPageError,
    Page,
    Visit,
    World,
)
from pipeline.domain.errors import PermanentError, PipelineError
from pipeline.domain.people import Account
from pipeline.domain.plan.plan_round import PlanRound

DECISIONS, FOR = 60, timedelta(minutes=1)
BUSY = frozenset({429, 503})


class Console:
    """The pages as endpoints of one application."""

    def __init__(self, world: World, patience: Patience) -> None:
        self._world = world
        self._patience = patience
        self._renderer = Renderer(world.templates, units=not world.gazetteer.of_provinces)
        self._decisions = Turnstile(DECISIONS, FOR)

    def application(self) -> ASGIApp:
        """Everything that is served, with the headers on faults of the framework too."""
        threshold = Threshold(self._world, self._renderer, self._patience.body)
        static = StaticFiles(directory=self._world.templates / "static")
        pages = Starlette(
            routes=[
                Mount("/static", static),
                *threshold.routes(),
                *(self._route(door) for door in DOORS),
            ],
            exception_handlers={
                404: self._missing,
                405: self._missing,
                BadFormError: self._bad_form,
                PipelineError: self._away,
                Exception: self._broken,
            },
        )
        return SafeHeaders(pages)

    def warm(self) -> None:
        """Work out what the first visitor would wait for; what fails, fails again then."""
        self._renderer.warm()
        world = self._world
        for plan_round in world.rounds:
            try:
                coverage_of(world, plan_round)
                held_rules_of(world, plan_round)
                world.enquiries.reminders_due(plan_round)
                doubts_of(world, None)
            except PipelineError as fault:
                logging.getLogger("khtc.console").warning("warming: %s", fault)

    def plain_fault(self, why: str, status: int, language: str = "vi") -> str:
        """A page that says why there is none, made without asking anybody."""
        values = {"why": why, "detail": "", "status": status, "person": None}
        around = {"token": "", "path": "", "here": "/", "paused": False}
        return self._renderer.render("fault", language, {**values, **around})

    def _route(self, door: Door) -> Route:
        most = MOST_BYTES_OF_A_LETTER if door.letter else MOST_BYTES
        seconds = self._patience.body

        async def serve(request: Request) -> Response:
            person = await run_in_threadpool(self._let_in, request, door)
            if isinstance(person, Response):
                return person
            sent = await read_form(request, seconds, most) if door.changes else {}
            return await run_in_threadpool(self._serve, request, door, person, sent)

        methods = ["POST"] if door.changes else ["GET"]
        return Route(door.path, serve, methods=methods)

    def _let_in(self, request: Request, door: Door) -> Account | Response:
        """Who asks, before anything that was sent is read; an answer for who may not."""
        person = who_is(self._world, request.cookies.get(SESSION_COOKIE, ""))
        if person is None:
            onward = request.url.path if not door.changes else "/"
            return RedirectResponse(f"/login?next={quote(onward)}", status_code=303)
        if not person.role.may(door.role):
            return self._refuse(request, 403, "role", person)
        return person

    def _serve(
        self, request: Request, door: Door, person: Account, sent: Mapping[str, str]
    ) -> Response:
        session = request.cookies.get(SESSION_COOKIE, "")
        if door.changes and not _is_ours(request, session, sent):
            return self._refuse(request, 403, "forged", person)
        if door.changes and not self._decisions.passes(person.name, self._world.clock()):
            return self._refuse(request, 429, "too-often", person)
        visit = Visit(
            world=self._world,
            person=person,
            path=request.url.path,
            place=dict(request.path_params),
            asked=dict(request.query_params),
            sent=sent,
        )
        return self._answered(request, door, visit)

    def _answered(self, request: Request, door: Door, visit: Visit) -> Response:
        try:
            answer = door.show(visit)
        except MissingPageError:
            return self._refuse(request, 404, "missing", visit.person)
        except PermanentError as fault:
            return self._refuse(request, 409, "refused", visit.person, str(fault))
        except PipelineError as fault:
            return self._refuse(request, 503, "later", visit.person, str(fault))
        return self._respond(request, answer, visit.person)

    def _respond(
        self, request: Request, answer: Answer, person: Account | None
    ) -> Response:
        match answer:
            case GoTo():
                return RedirectResponse(answer.path, status_code=303)
            case Download():
                return _download(answer)
            case Page():
                session = request.cookies.get(SESSION_COOKIE, "")
                values = {
                    "person": person,
                    "token": form_token(session),
                    "path": request.url.path,
                    "here": _here(request),
                    "asked": dict(request.query_params),
                    "paused": self._world.desk.paused(),
                    "in_round": self._in_round(answer.values.get("round")),
                    **answer.values,
                }
                html = self._renderer.render(answer.template, language_of(request), values)
                return HTMLResponse(html, status_code=answer.status)

    def _in_round(self, plan_round: PlanRound | None) -> str:
        """What a link needs to stay in a round; nothing for the first one."""
        if plan_round is None or plan_round == self._world.rounds[0]:
            return ""
        return f"?round={quote(plan_round.id)}"

    def _refuse(
        self,
        request: Request,
        status: int,
        why: str,
        person: Account | None = None,
        detail: str = "",
    ) -> Response:
        page = Page("fault", {"why": why, "detail": detail, "status": status}, status)
        answer = self._respond(request, page, person)
        if status in BUSY:
            answer.headers["Retry-After"] = str(int(FOR.total_seconds()))
        return answer

    async def _missing(self, request: Request, fault: Exception) -> Response:
        status = getattr(fault, "status_code", 404)
        return await run_in_threadpool(self._refuse, request, status, "missing")

    async def _bad_form(self, request: Request, fault: Exception) -> Response:
        assert isinstance(fault, BadFormError)
        return self._plain(request, fault.why, fault.status)

    async def _away(self, request: Request, fault: Exception) -> Response:
        """A part of ours does not answer where no page stands around it."""
        logging.getLogger("khtc.console").warning("%s: %s", request.url.path, fault)
        return self._plain(request, "later", 503)

    async def _broken(self, request: Request, fault: Exception) -> Response:
        """A fault of ours; the server logs it with its traceback."""
        return self._plain(request, "broken", 500)

    def _plain(self, request: Request, why: str, status: int) -> Response:
        html = self.plain_fault(why, status, language_of(request))
        return HTMLResponse(html, status_code=status)


def _is_ours(request: Request, session: str, sent: Mapping[str, str]) -> bool:
    return comes_from_us(request) and is_form_token(session, sent.get("token", ""))


def _here(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _download(answer: Download) -> Response:
    """Bytes that a browser saves and never opens as a page of ours."""
    name = quote(answer.name, safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(answer.data, media_type=answer.media, headers=headers)
