"""What is decided of a request: who asks, or why it is refused, as data that an HTTP edge turns into an answer."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from configs.auth_settings import Scope
from serving.auth.faults import Fault

REALM = "structural-design"


class Reason(StrEnum):
    """Why a request is refused; a label for metrics and logs."""

    NO_ROUTE = "no_route"
    NO_METHOD = "no_method"
    NO_TOKEN = "no_token"  # noqa: S105  (the name of a reason)
    SEVERAL_TOKENS = "several_tokens"
    INVALID_TOKEN = "invalid_token"  # noqa: S105  (the name of a reason)
    UNKNOWN_KEY = "unknown_key"
    NO_KEYS = "no_keys"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    NOT_LOOPBACK = "not_loopback"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the client (``sub``), what it may do, the roles it came with, and when that ends (Unix time)."""

    client: str
    scopes: frozenset[Scope]
    roles: tuple[str, ...] = ()
    expires_at_s: float | None = None

    def may(self, scope: Scope) -> bool:
        """Return whether this scope was granted."""
        return scope in self.scopes


ANONYMOUS = Principal("anonymous", frozenset())
"""Who asks a public route: whatever token comes along is not read there."""
LOCAL = Principal("local", frozenset(Scope))
"""Who asks a service without authentication, which only its own machine can reach."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: HTTP status, a sentence for the client, the headers of the answer. Holds nothing of the token."""

    reason: Reason
    status: HTTPStatus
    detail: str
    headers: tuple[tuple[str, str], ...] = ()
    retry_after_s: int | None = None


def no_route() -> Refusal:
    """Return the refusal of a path that no route was declared for."""
    return Refusal(Reason.NO_ROUTE, HTTPStatus.NOT_FOUND, "There is nothing at this path; GET /docs.json lists all.")


def no_method(allowed: tuple[str, ...]) -> Refusal:
    """Return the refusal of a method that a path was not declared for; ``allowed`` are those that it was."""
    names = ", ".join(allowed)
    detail = f"This path answers {names} only."
    return Refusal(Reason.NO_METHOD, HTTPStatus.METHOD_NOT_ALLOWED, detail, (("allow", names),))


def no_token() -> Refusal:
    """Return the refusal of a request without a bearer token (RFC 6750 section 3.1: no error code)."""
    detail = "Send a token in the header `Authorization: Bearer …`."
    return Refusal(Reason.NO_TOKEN, HTTPStatus.UNAUTHORIZED, detail, _challenge())


def several_tokens() -> Refusal:
    """Return the refusal of a request with more than one Authorization header."""
    detail = "Send one Authorization header."
    headers = _challenge(error="invalid_request", error_description="more than one Authorization header")
    return Refusal(Reason.SEVERAL_TOKENS, HTTPStatus.BAD_REQUEST, detail, headers)


def invalid_token(fault: Fault) -> Refusal:
    """Return the refusal of a token with this fault."""
    reason = Reason.UNKNOWN_KEY if fault is Fault.UNKNOWN_KEY else Reason.INVALID_TOKEN
    headers = _challenge(error="invalid_token", error_description=fault.value)
    return Refusal(reason, HTTPStatus.UNAUTHORIZED, f"{fault.value[0].upper()}{fault.value[1:]}.", headers)


def no_keys(retry_after_s: int) -> Refusal:
    """Return the refusal of a token that cannot be judged, because the issuer's keys were never read.

    A 401 would make clients throw good tokens away.
    """
    detail = "The keys of the token issuer cannot be read yet; try again."
    return Refusal(Reason.NO_KEYS, HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=retry_after_s)


def insufficient_scope(scope: Scope) -> Refusal:
    """Return the refusal of a good token that lacks the scope of the route."""
    headers = _challenge(error="insufficient_scope", error_description=f"the scope {scope} is needed", scope=scope)
    return Refusal(Reason.INSUFFICIENT_SCOPE, HTTPStatus.FORBIDDEN, f"The token lacks the scope {scope}.", headers)


def not_loopback() -> Refusal:
    """Return the refusal of a request that reached a service without authentication from elsewhere."""
    detail = "Authentication is off, so the service answers on the loopback address of its own machine only."
    return Refusal(Reason.NOT_LOOPBACK, HTTPStatus.FORBIDDEN, detail)


def _challenge(**parameters: str) -> tuple[tuple[str, str], ...]:
    """Return the WWW-Authenticate header (RFC 6750 section 3). Values are texts of this package, never a client's."""
    said = ", ".join(f'{name}="{value}"' for name, value in {"realm": REALM, **parameters}.items())
    return (("www-authenticate", f"Bearer {said}"),)
