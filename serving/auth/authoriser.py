"""Decides a request: route, token, scope."""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from configs.auth_settings import Scope, is_loopback
from serving.auth import decision
from serving.auth.decision import ANONYMOUS, LOCAL, Principal, Reason, Refusal
from serving.auth.faults import NoKeysError, TokenRejectedError
from serving.auth.key_ring import KeyRing
from serving.auth.routes import Access, OtherMethods, RouteTable
from serving.auth.tokens import TokenReader

_BEARER = re.compile(rb"[ \t]*bearer +([^ \t].*?)[ \t]*", re.IGNORECASE | re.DOTALL)


class Identifier(Protocol):
    """Tells who asks by the Authorization headers of a request."""

    def identify(self, authorization: Sequence[bytes], now_s: float) -> Principal | Refusal:
        """Return who asks."""
        ...

    def refuse_address(self, host: str | None) -> Refusal | None:
        """Return why requests that arrive at this address of the machine are refused; None lets them in."""
        ...

    def problem(self) -> str | None:
        """Return what keeps every request out; None when requests can be decided."""
        ...

    async def settled(self) -> bool:
        """Wait for keys on their way; returns whether a token refused just now may be good after all."""
        ...


class ByToken:
    """Who asks is told by a bearer token.

    Parameters
    ----------
    reader : reads tokens.
    wait_s : how long a request waits for keys that are being read when its token names an unknown one.
    """

    def __init__(self, reader: TokenReader, wait_s: float) -> None:
        self.reader = reader
        self.wait_s = wait_s

    @property
    def keys(self) -> KeyRing:
        """The trusted keys."""
        return self.reader.keys

    def identify(self, authorization: Sequence[bytes], now_s: float) -> Principal | Refusal:
        """Return the principal of the one bearer token."""
        if len(authorization) > 1:
            return decision.several_tokens()
        token = _bearer(authorization[0]) if authorization else None
        if token is None:
            return decision.no_token()
        try:
            return self.reader.read(token, now_s)
        except TokenRejectedError as rejected:
            return decision.invalid_token(rejected.fault)
        except NoKeysError:
            return decision.no_keys(math.ceil(self.keys.policy.retry_s))

    def refuse_address(self, host: str | None) -> Refusal | None:  # noqa: ARG002  (of the protocol)
        """Let every address in: a token is asked for."""
        return None

    def problem(self) -> str | None:
        """Return why no token can be judged; None when there are keys."""
        self.keys.refresh_if_due()
        return None if self.keys.keys is not None else self.keys.problem or "the token issuer's keys are being read"

    async def settled(self) -> bool:
        """Wait for a read of the keys that is going on."""
        return await self.keys.settled(self.wait_s)


class Anyone:
    """Authentication is off: who asks is on this machine, and may do everything."""

    def identify(self, authorization: Sequence[bytes], now_s: float) -> Principal | Refusal:  # noqa: ARG002
        """Return the local principal."""
        return LOCAL

    def refuse_address(self, host: str | None) -> Refusal | None:
        """Let in what arrives at a loopback address only."""
        return None if host is not None and is_loopback(host) else decision.not_loopback()

    def problem(self) -> str | None:
        """Return nothing: every request can be decided."""
        return None

    async def settled(self) -> bool:
        """Return that nothing is on its way."""
        return False


class Authoriser:
    """Decides requests.

    Parameters
    ----------
    routes : what each route asks for.
    identifier : tells who asks.
    clock : Unix time in seconds.
    """

    def __init__(self, routes: RouteTable, identifier: Identifier, clock: Callable[[], float] = time.time) -> None:
        self.routes = routes
        self.identifier = identifier
        self._clock = clock

    def authorise(self, method: str, path: str, authorization: Sequence[bytes], now_s: float) -> Principal | Refusal:
        """Return who asks, or why this request is refused. Never raises, whatever the arguments hold; never blocks.

        Arguments: the method in capitals; the decoded path that the router sees; the values of all Authorization
        headers; the Unix time.
        """
        access = self.routes.find(method, path)
        if isinstance(access, Scope):
            found = self.identifier.identify(authorization, now_s)
            if isinstance(found, Principal) and access not in found.scopes:
                return decision.insufficient_scope(access)
            return found
        if access is Access.PUBLIC:
            return ANONYMOUS
        return decision.no_method(access.allowed) if isinstance(access, OtherMethods) else decision.no_route()

    async def admit(self, scope: Mapping[str, Any]) -> Principal | Refusal:
        """Return who asks by an ASGI HTTP scope, or why the request is refused.

        As `authorise`, but a token that names an unknown key waits for the keys when they are just being read, so that
        the first request signed by a new key is answered.
        """
        server = scope.get("server")
        refusal = self.identifier.refuse_address(server[0] if server else None)
        if refusal is not None:
            return refusal
        authorization = [value for name, value in scope["headers"] if name == b"authorization"]
        answer = self.authorise(scope["method"], scope["path"], authorization, self._clock())
        if (
            isinstance(answer, Refusal)
            and answer.reason in (Reason.UNKNOWN_KEY, Reason.NO_KEYS)
            and await self.identifier.settled()
        ):
            return self.authorise(scope["method"], scope["path"], authorization, self._clock())
        return answer

    def problem(self) -> str | None:
        """Return what keeps the service from deciding any request, for its readiness; None when it can."""
        return self.identifier.problem()


def _bearer(header: bytes) -> bytes | None:
    """Return the token of an Authorization header; None when its scheme is not Bearer or no token follows."""
    if header.startswith(b"Bearer ") and header[7:8] not in (b" ", b"\t", b""):
        return header[7:].rstrip(b" \t")
    found = _BEARER.fullmatch(header)
    return found.group(1) if found else None
