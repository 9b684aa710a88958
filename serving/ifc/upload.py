"""``POST /api/v1/models/ifc``: a form with one file is read within limits and kept; see `uploads`.

The form goes through temporary files, so an upload takes little memory however large it is. What is wrong with a form,
by mistake or on purpose, is the client's error.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from serving.errors import RequestError
from serving.ifc.uploads import FIELD, IfcReference, UploadLimits, store_upload
from serving.problem_answers import BusyError, answering, request_id
from serving.schemas import uploaded_model

MEDIA_TYPE = "multipart/form-data"
_FORM_BYTES = 100_000
"""What a form may have beside the model: boundaries, headers, fields."""
_BUSY_S = 5
_MAX_FIELDS = 8
_MAX_FIELD_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class UploadPlace:
    """Where models are kept, what clients may send, and how long and how many at a time (of one worker process).

    No client may hold every place with models that trickle in: ``at_once_per_client`` of the ``at_once`` are one's own.
    """

    root: Path
    limits: UploadLimits
    timeout_s: float
    at_once: int = 4
    at_once_per_client: int = 2


def upload_route(place: UploadPlace, client_of: Callable[[Request], str], path: str = "/models/ifc") -> Route:
    """Return the route that keeps models; ``client_of`` tells who sends a request that has been let in."""
    places = _Places(place.at_once, place.at_once_per_client)

    async def upload_ifc(request: Request) -> Response:
        client = client_of(request)
        with places.taken_by(client):
            found = await receive_upload(request, place, client)
        answer = uploaded_model.Response(
            model_ifc=found.key,
            name=found.name,
            ifc_schema=found.schema,
            sha256=found.sha256,
            size_bytes=found.size_bytes,
            request_id=request_id(),
        )
        return JSONResponse(answer.model_dump(), HTTPStatus.CREATED if found.new else HTTPStatus.OK)

    return Route(path, answering(upload_ifc), methods=["POST"])


class _Places:
    """Counts the models that are arriving, on one event loop."""

    def __init__(self, in_all: int, per_client: int) -> None:
        self._in_all = in_all
        self._per_client = per_client
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken_by(self, client: str) -> Iterator[None]:
        """Hold a place; raises `BusyError`: 429 where the client holds all of its own, 503 where none is free."""
        if self._taken[client] >= self._per_client:
            text = f"{self._per_client} models of this client are being sent; send the next one after them"
            raise BusyError(text, HTTPStatus.TOO_MANY_REQUESTS, _BUSY_S)
        if self._taken.total() >= self._in_all:
            raise BusyError("too many models are being sent; try again", HTTPStatus.SERVICE_UNAVAILABLE, _BUSY_S)
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            self._taken += Counter()  # forgets who holds none


async def receive_upload(request: Request, place: UploadPlace, client: str) -> IfcReference:
    """Read the form of a request and keep its model.

    Raises `RequestError`: 400 for a form that cannot be read, 408 for one that takes too long, 413, 415, 422; and
    `ServingError` when the disk fails.
    """
    _check_headers(request, place.limits.model_bytes)
    try:
        async with asyncio.timeout(place.timeout_s):
            form = await _form(request, place.limits.model_bytes)
    except TimeoutError as error:
        text = f"the model did not arrive within {place.timeout_s:g} s"
        raise RequestError(text, status=HTTPStatus.REQUEST_TIMEOUT) from error
    try:
        file = _model_in(form)
        return await run_in_threadpool(store_upload, file.file, file.filename or "", client, place.root, place.limits)
    finally:
        await form.close()


def _check_headers(request: Request, max_bytes: int) -> None:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != MEDIA_TYPE:
        raise RequestError(
            f"send the model as {MEDIA_TYPE}, in the field `{FIELD}`", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        )
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise RequestError("Content-Length is not a number", status=HTTPStatus.BAD_REQUEST)
    if len(declared) > 18 or int(declared) > max_bytes + _FORM_BYTES:
        raise _too_large(max_bytes)


class _FormParser(MultiPartParser):
    """Starlette's parser, which alone takes a form that is cut off for one that ends early."""

    ended = False

    def on_end(self) -> None:
        self.ended = True


async def _form(request: Request, max_bytes: int) -> FormData:
    async def bounded() -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > max_bytes + _FORM_BYTES:
                raise _too_large(max_bytes)
            yield chunk
        if not parser.ended:
            raise MultiPartException("It is cut off.")

    parser = _FormParser(
        request.headers,
        bounded(),
        max_files=1,
        max_fields=_MAX_FIELDS,
        max_part_size=_MAX_FIELD_BYTES,
    )
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise RequestError(f"the form cannot be read: {error.message}", status=HTTPStatus.BAD_REQUEST) from error


def _model_in(form: FormData) -> UploadFile:
    files = [(name, value) for name, value in form.multi_items() if isinstance(value, UploadFile)]
    if len(files) != 1 or files[0][0] != FIELD:
        raise RequestError(
            f"the form has no complete file in the field `{FIELD}`", field=FIELD, status=HTTPStatus.BAD_REQUEST
        )
    return files[0][1]


def _too_large(max_bytes: int) -> RequestError:
    return RequestError(
        f"the model is larger than {max_bytes} bytes", field=FIELD, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )
