"""``/docs.json`` for programs and ``/`` for people: one page without scripts, and nothing from elsewhere."""

import json
from functools import cache
from html import escape
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from configs.auth_settings import Scope
from serving.openapi.document import TITLE, access_of, build_document
from serving.openapi.operations import OPERATIONS, Operation

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{background:#f4f4f4;padding:.7rem;overflow:auto}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}"
)


def build_pages(max_batch_items: int, *further: Route) -> Starlette:
    """Return the application of the two pages, which are made at the first request, and of ``further`` routes."""

    @cache
    def document() -> bytes:
        return json.dumps(build_document(max_batch_items)).encode()

    @cache
    def page() -> str:
        return render_page(json.loads(document()))

    async def docs(_: HttpRequest) -> Response:
        return Response(document(), media_type="application/json")

    async def index(_: HttpRequest) -> Response:
        return HTMLResponse(page(), headers={"content-security-policy": _POLICY, "x-content-type-options": "nosniff"})

    return Starlette(routes=[Route("/docs.json", docs), Route("/", index), *further])


def render_page(document: dict[str, Any]) -> str:
    """Return the page for people of a document."""
    rows = "".join(map(_row, OPERATIONS))
    samples = "".join(
        _sample(operation, document)
        for operation in OPERATIONS
        if operation.request and operation.tag in ("Questions", "Feedback")
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{TITLE}</h1><p>{escape(document['info']['description'])}</p>"
        '<p>The whole description, in OpenAPI 3.1: <a href="/docs.json">/docs.json</a>.</p>'
        "<table><thead><tr><th>Request</th><th>What it does</th><th>Scope</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><h2>Samples</h2>{samples}</body></html>"
    )


def _row(operation: Operation) -> str:
    access = access_of(operation)
    scope = f"<code>{access}</code>" if isinstance(access, Scope) else "public"
    request = f"<code>{operation.method} {escape(operation.path)}</code>"
    return f"<tr><td>{request}</td><td>{escape(operation.summary)}</td><td>{scope}</td></tr>"


def _sample(operation: Operation, document: dict[str, Any]) -> str:
    content = document["paths"][operation.path]["post"]["requestBody"]["content"]["application/json"]
    body = json.dumps(content["examples"]["sample"]["value"], indent=2)
    return f"<h3><code>POST {escape(operation.path)}</code></h3><pre>{escape(body)}</pre>"
