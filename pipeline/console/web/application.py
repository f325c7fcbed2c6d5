"""Requests to visits, answers to responses; who may not enter is sent to the door."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.console.doors import DOORS, Door
from pipeline.console.entry import form_token, is_form_token, who_is
from pipeline.console.web.headers import SafeHeaders
from pipeline.console.web.rendering import Renderer
from pipeline.console.web.threshold import (
    SESSION_COOKIE,
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


class Console:
    """The pages as endpoints of one application."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._renderer = Renderer(world.templates)

    def application(self) -> Starlette:
        """Everything that is served."""
        threshold = Threshold(self._world, self._renderer)
        static = StaticFiles(directory=self._world.templates / "static")
        return Starlette(
            routes=[
                Mount("/static", static),
                *threshold.routes(),
                *(self._route(door) for door in DOORS),
            ],
            middleware=[Middleware(SafeHeaders)],
            exception_handlers={404: self._missing, 405: self._missing},
        )

    def _route(self, door: Door) -> Route:
        async def serve(request: Request) -> Response:
            sent = await read_form(request) if door.changes else {}
            if sent is None:
                return await run_in_threadpool(self._refuse, request, 413, "too-long")
            return await run_in_threadpool(self._serve, request, door, sent)

        methods = ["POST"] if door.changes else ["GET"]
        return Route(door.path, serve, methods=methods)

    def _serve(self, request: Request, door: Door, sent: Mapping[str, str]) -> Response:
        session = request.cookies.get(SESSION_COOKIE, "")
        person = who_is(self._world, session)
        if person is None:
            onward = request.url.path if not door.changes else "/"
            return RedirectResponse(f"/login?next={quote(onward)}", status_code=303)
        if not person.role.may(door.role):
            return self._refuse(request, 403, "role", person)
        if door.changes and not _is_ours(request, session, sent):
            return self._refuse(request, 403, "forged", person)
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
        return self._respond(request, page, person)

    async def _missing(self, request: Request, fault: Exception) -> Response:
        status = getattr(fault, "status_code", 404)
        return await run_in_threadpool(self._refuse, request, status, "missing")


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
