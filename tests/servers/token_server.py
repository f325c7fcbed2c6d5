"""A token endpoint over HTTPS on loopback: rotates refresh tokens, or answers as told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from tests.servers.certificates import Certificates


@dataclass
class TokenEndpoint:
    """What it hands out and what it was asked; `answers` come before the usual one."""

    port: int
    refresh: str = "refresh-1"
    rotates: bool = False
    life: int = 3600
    made: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/token"

    def answer(self, form: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(form)
        if self.answers:
            return self.answers.pop(0)
        if form.get("refresh_token") != self.refresh:
            told = {"error": "invalid_grant", "error_description": str(form)}
            return 400, json.dumps(told).encode()
        self.made.append(f"access-{len(self.made) + 1}")
        told = {"access_token": self.made[-1], "expires_in": self.life}
        if self.rotates:
            self.refresh = f"refresh-{len(self.made) + 1}"
            told["refresh_token"] = self.refresh
        return 200, json.dumps(told).encode()


@contextmanager
def running_token_endpoint(certificates: Certificates) -> Iterator[TokenEndpoint]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(size).decode())
            code, body = endpoint.answer({name: v[0] for name, v in form.items()})
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing."""

    class Server(HTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A caller that does not trust us is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    context = certificates.server_context()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    endpoint = TokenEndpoint(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
