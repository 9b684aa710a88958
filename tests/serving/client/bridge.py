"""Carries the client's requests to an application in this process, over Starlette's test client."""

from typing import Any

import httpx


class Bridge(httpx.BaseTransport):
    """A transport whose other end is a started test client."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.application.request(
            request.method,
            request.url.raw_path.decode("ascii"),
            content=request.read(),
            headers=list(request.headers.multi_items()),
        )
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() != "content-encoding"]
        return httpx.Response(answer.status_code, headers=kept, content=answer.content)
