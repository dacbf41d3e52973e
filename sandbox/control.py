"""The sandbox's own page and control interface, over all stand-ins."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any, Self

from sandbox.http import (
    RefusedError,
    Request,
    Response,
    Route,
    Server,
    html_response,
    json_response,
)
from sandbox.standin import StandIn

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #ccc; } dt { font-weight: 600; } dd { margin: 0 0 .5rem 1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
"""


class Control:
    """The server of the status page and of `POST /{standin}/faults` and its siblings.

    Args:
        standins: by the name they have in paths.
        port: 0 takes a free one.
    """

    def __init__(self, standins: Mapping[str, StandIn], *, port: int = 0) -> None:
        self._standins = standins
        self._server = Server(
            [
                Route("GET", "/", self._page),
                Route("GET", "/{standin}/status", self._status),
                Route("GET", "/{standin}/calls", self._calls),
                Route("GET", "/smtp/messages", self._messages),
                Route("POST", "/{standin}/faults", self._inject),
                Route("POST", "/{standin}/reset", self._reset),
            ],
            port=port,
        )
        self.url = self._server.url

    def start(self) -> Self:
        """Serve."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()

    def _standin(self, request: Request) -> StandIn:
        name = request.parameters["standin"]
        if name not in self._standins:
            raise RefusedError(404, f"There is no {name}, but {', '.join(self._standins)}.")
        return self._standins[name]

    def _status(self, request: Request) -> Response:
        return json_response(self._standin(request).status())

    def _calls(self, request: Request) -> Response:
        return json_response(self._standin(request).calls())

    def _messages(self, _: Request) -> Response:
        return json_response(self._standins["smtp"].calls())

    def _inject(self, request: Request) -> Response:
        standin = self._standin(request)
        given = request.json()
        faults = given if isinstance(given, list) else [given]
        for position, fault in enumerate(faults, 1):
            if not isinstance(fault, dict):
                raise RefusedError(400, f"Fault {position} is not an object.")
        for position, fault in enumerate(faults, 1):
            try:
                standin.inject(fault)
            except ValueError as error:
                before = "; the ones before it are set" if position > 1 else ""
                raise RefusedError(400, f"Fault {position}: {error}{before}.") from error
        return json_response({"injected": len(faults)})

    def _reset(self, request: Request) -> Response:
        self._standin(request).reset()
        return json_response({})

    def _page(self, _: Request) -> Response:
        sections = [_section(name, standin) for name, standin in self._standins.items()]
        return html_response(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox</title>'
            f"<style>{STYLE}</style></head><body><h1>Sandbox</h1>{''.join(sections)}</body></html>"
        )


def _section(name: str, standin: StandIn) -> str:
    rows = [
        f"<dt>{html.escape(key)}</dt><dd>{_value(value)}</dd>"
        for key, value in (standin.environment() | standin.status()).items()
    ]
    return f"<section><h2>{html.escape(name)}</h2><dl>{''.join(rows)}</dl></section>"


def _value(value: Any) -> str:
    """Return a value as HTML, with every web address in it as a link."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    escaped = html.escape(text, quote=False)
    return f"<pre>{re.sub(r'https?://[^\s"<>]+', r'<a href="\g<0>">\g<0></a>', escaped)}</pre>"
