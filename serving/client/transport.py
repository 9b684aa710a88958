"""One exchange with the service: token, idempotency key, tries, and problems made errors."""

import ipaddress
import json
import random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from serving.client.errors import ClientError, NoAnswerError, ProblemError
from serving.client.retries import RetryPolicy, asked_pause_s, may_ask_again

Token = str | Callable[[], str] | None
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_CUT_OFF = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked. ``body`` makes the arguments of httpx for the body anew for each try; None: it has none."""

    method: str
    path: str
    body: Callable[[], dict[str, Any]] | None = None
    query: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where time and chance come from; tests give their own."""

    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic


class Exchanges:
    """Asks the service. Thread-safe as httpx's client is.

    Every POST carries an ``Idempotency-Key``, the same on each try, so a try whose answer was lost does nothing twice.
    """

    def __init__(self, http: httpx.Client, token: Token, policy: RetryPolicy, waiting: Waiting) -> None:
        _check_url(http.base_url, token)
        self._http = http
        self._token = token
        self._policy = policy
        self._waiting = waiting

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, call: Call) -> httpx.Response:
        """Return a good answer (2xx). Raises `ProblemError` for another one, `NoAnswerError` for none."""
        key = uuid.uuid4().hex
        attempt, refreshed = 0, False
        while True:
            attempt += 1
            try:
                response = self._send(call, key)
            except (*_NOT_SENT, *_CUT_OFF) as error:
                self._rest(attempt, None, _no_answer(call, error))
                continue
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise _no_answer(call, error) from error
            if response.is_success:
                return response
            problem = problem_in(response)
            if response.status_code == HTTPStatus.UNAUTHORIZED and callable(self._token) and not refreshed:
                refreshed, attempt = True, attempt - 1  # it may have run out on the way: one more, with a new one
            elif may_ask_again(response.status_code, attempt, problem.retry_after_s):
                self._rest(attempt, problem.retry_after_s, problem)
            else:
                raise problem

    def _send(self, call: Call, key: str) -> httpx.Response:
        token = self._token() if callable(self._token) else self._token
        headers = {"idempotency-key": key} if call.method == "POST" else {}
        body = call.body() if call.body else {}
        if "content" in body:
            headers["content-type"] = "application/json"
        if token is not None:
            headers["authorization"] = f"Bearer {_checked(token)}"
        try:
            return self._http.request(call.method, call.path, headers=headers, params=dict(call.query) or None, **body)
        finally:
            for part in body.get("files", {}).values():
                if hasattr(part[1], "close"):
                    part[1].close()

    def _rest(self, attempt: int, asked_s: float | None, error: ClientError) -> None:
        """Wait before the next try, or raise when there is none."""
        pause_s = self._policy.pause_s(attempt, asked_s, self._waiting.draw())
        if pause_s is None:
            raise error
        self._waiting.sleep(pause_s)


def json_body(content: Any) -> Callable[[], dict[str, Any]]:
    """Return the maker of a JSON body; raises `ClientError` for what JSON cannot say."""
    try:
        text = json.dumps(content, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ClientError(f"the request cannot be written as JSON: {error}") from error
    return lambda: {"content": text}


def problem_in(response: httpx.Response) -> ProblemError:
    """Return the problem that an answer is; one that is no problem+json, of a proxy say, as well as it can be told."""
    try:
        members = response.json()
    except ValueError:
        members = None
    if not isinstance(members, dict):
        members = {"detail": response.text[:_SHOWN_CHARACTERS].strip()}
    members.setdefault("title", response.reason_phrase)
    members.setdefault("request_id", response.headers.get("x-request-id", ""))
    return ProblemError(response.status_code, members, asked_pause_s(response.headers))


def _checked(token: str) -> str:
    """Return a token that a header can carry; what httpx says of another one would show it."""
    if not (token.isascii() and token.isprintable() and token.strip() == token != ""):
        raise ClientError("the token is empty or has characters that no token has, a line end for example")
    return token


def _no_answer(call: Call, error: Exception) -> NoAnswerError:
    if isinstance(error, httpx.TimeoutException):
        why = "it took too long"
    elif isinstance(error, httpx.ConnectError):
        why = f"the service cannot be reached ({error}); is it running there?"
    else:
        why = str(error) or type(error).__name__
    raised = NoAnswerError(f"{call.method} {call.path} got no answer: {why}")
    raised.__cause__ = error
    return raised


def _check_url(url: httpx.URL, token: Token) -> None:
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise ClientError("the address of the service is http(s)://host[:port], without user and password")
    if token is not None and url.scheme == "http" and not is_loopback(url.host):
        raise ClientError(f"a token is not sent to {url.host} without TLS, where others can read it; use https://")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
