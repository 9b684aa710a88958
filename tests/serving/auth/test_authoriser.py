"""The decision of a request: every route for every role, the exact refusals, and header bytes of any kind."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.auth_settings import AuthMode, AuthSettings, Scope
from serving.auth import Authoriser, Principal, Reason, Refusal, build_authoriser
from serving.auth.authoriser import ByToken
from serving.auth.decision import ANONYMOUS
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.auth.key_ring import run_in_thread
from serving.auth.routes import ROUTES, RouteTable
from tests.serving.auth.issuer import NOW_S, Clock, ListedSource, jwk, key_set, reader_of, ring_of, token

RISK = "/api/v1/analyze/risk"

# Written by hand, not taken from the tables under test. Columns: data scientist, platform engineer, API user.
MATRIX = """
POST   /api/v1/design/connection         yes yes yes
POST   /api/v1/design/connection/batch   yes yes yes
POST   /api/v1/design/section            yes yes yes
POST   /api/v1/design/section/batch      yes yes yes
POST   /api/v1/detect/clashes            yes yes yes
POST   /api/v1/detect/clashes/batch      yes yes yes
POST   /api/v1/verify/compliance         yes yes yes
POST   /api/v1/verify/compliance/batch   yes yes yes
POST   /api/v1/analyze/risk              yes yes yes
POST   /api/v1/analyze/risk/batch        yes yes yes
POST   /api/v1/feedback                  yes no  yes
POST   /api/v1/models/ifc                yes no  yes
POST   /api/v1/jobs/clashes              yes yes yes
GET    /api/v1/jobs/clashes              yes yes yes
GET    /api/v1/jobs/clashes/{id}         yes yes yes
DELETE /api/v1/jobs/clashes/{id}         yes yes yes
GET    /api/v1/jobs/clashes/{id}/bcf     yes yes yes
GET    /metrics                          yes yes no
GET    /api/v1/health                    all all all
GET    /livez                            all all all
GET    /readyz                           all all all
GET    /healthz                          all all all
GET    /docs.json                        all all all
GET    /schema.json                      all all all
GET    /                                 all all all
GET    /static_content/{file}            all all all
"""
ROLES = ("data_scientist", "platform_engineer", "api_user")
ROWS = [line.split() for line in MATRIX.strip().splitlines()]
ALONE = {
    "/api/v1/design/connection": "design:read",
    "/api/v1/design/connection/batch": "design:read",
    "/api/v1/design/section": "design:read",
    "/api/v1/design/section/batch": "design:read",
    "/api/v1/detect/clashes": "clash:read",
    "/api/v1/detect/clashes/batch": "clash:read",
    "/api/v1/verify/compliance": "compliance:read",
    "/api/v1/verify/compliance/batch": "compliance:read",
    "/api/v1/analyze/risk": "risk:read",
    "/api/v1/analyze/risk/batch": "risk:read",
    "/api/v1/feedback": "feedback:write",
    "/api/v1/models/ifc": "design:write",
    "/api/v1/jobs/clashes": "jobs:write",
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentKeys:
    return DevelopmentKeys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def authoriser(keys: DevelopmentKeys) -> Authoriser:
    return build_authoriser(AuthSettings(), keys.folder, clock=lambda: NOW_S)


def bearer(keys: DevelopmentKeys, *roles: str, scopes: Sequence[Scope] = ()) -> list[bytes]:
    return [b"Bearer " + keys.mint(TokenOrder("client-7", roles, tuple(scopes), 3_600), NOW_S).encode()]


def simple(*answers: bytes | Exception, **options: Any) -> Authoriser:
    """Return an authoriser over the issuer of the tests."""
    reader = reader_of(ring_of(ListedSource(*(answers or (key_set(jwk("key-1")),))), **options))
    return Authoriser(RouteTable(ROUTES), ByToken(reader, 5), lambda: NOW_S)


def refused(answer: Principal | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


def test_the_matrix_has_a_row_for_every_declared_route() -> None:
    assert sorted((method, path) for method, path, *_ in ROWS) == sorted((item.method, item.path) for item in ROUTES)


@pytest.mark.parametrize("column", range(3), ids=ROLES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_every_route_for_every_role(authoriser: Authoriser, keys: DevelopmentKeys, row: list[str], column: int) -> None:
    method, pattern, expected = row[0], row[1], row[2 + column]
    path = pattern.replace("{id}", "7f3a").replace("{file}", "swagger-ui.css")
    answer = authoriser.authorise(method, path, bearer(keys, ROLES[column]), NOW_S)
    if expected == "no":
        assert refused(answer).status == 403
    elif expected == "yes":
        assert isinstance(answer, Principal)
        assert (answer.client, answer.roles) == ("client-7", (ROLES[column],))
    without = authoriser.authorise(method, path, [], NOW_S)
    assert without == ANONYMOUS if expected == "all" else refused(without).status == 401


@pytest.mark.parametrize(("path", "scope"), ALONE.items(), ids=str)
def test_the_one_scope_of_a_route_opens_it_and_all_others_do_not(
    authoriser: Authoriser, keys: DevelopmentKeys, path: str, scope: str
) -> None:
    alone = bearer(keys, scopes=[Scope(scope)])
    others = bearer(keys, scopes=[item for item in Scope if item != scope])
    assert isinstance(authoriser.authorise("POST", path, alone, NOW_S), Principal)
    refusal = refused(authoriser.authorise("POST", path, others, NOW_S))
    assert (refusal.status, refusal.reason) == (403, Reason.INSUFFICIENT_SCOPE)
    assert dict(refusal.headers)["www-authenticate"] == (
        f'Bearer realm="structural-design", error="insufficient_scope", '
        f'error_description="the scope {scope} is needed", scope="{scope}"'
    )


def test_only_a_platform_engineer_may_force_an_arm(authoriser: Authoriser, keys: DevelopmentKeys) -> None:
    may = {}
    for role in ROLES:
        answer = authoriser.authorise("POST", RISK, bearer(keys, role), NOW_S)
        assert isinstance(answer, Principal)
        may[role] = answer.may(Scope.ROLLOUT_OVERRIDE)
    assert may == {"data_scientist": False, "platform_engineer": True, "api_user": False}


@pytest.mark.parametrize(
    ("headers", "status", "challenge"),
    [
        ([], 401, 'Bearer realm="structural-design"'),
        ([b""], 401, 'Bearer realm="structural-design"'),
        ([b"Bearer"], 401, 'Bearer realm="structural-design"'),
        ([b"Bearer "], 401, 'Bearer realm="structural-design"'),
        ([b"Basic dXNlcjpzZWNyZXQ="], 401, 'Bearer realm="structural-design"'),
        ([b"Bearerx.y.z"], 401, 'Bearer realm="structural-design"'),
        (
            [b"Bearer x"],
            401,
            'Bearer realm="structural-design", error="invalid_token", '
            'error_description="the token is not a well-formed JWT"',
        ),
        (
            [b"Bearer a.b.c, Bearer a.b.c"],
            401,
            'Bearer realm="structural-design", error="invalid_token", '
            'error_description="the token is not a well-formed JWT"',
        ),
        (
            [b"Bearer a.b.c", b"Bearer a.b.c"],
            400,
            'Bearer realm="structural-design", error="invalid_request", '
            'error_description="more than one Authorization header"',
        ),
    ],
)
def test_the_exact_challenges(headers: list[bytes], status: int, challenge: str) -> None:
    refusal = refused(simple().authorise("POST", RISK, headers, NOW_S))
    assert refusal.status == status
    assert refusal.headers == (("www-authenticate", challenge),)


def test_two_good_tokens_are_refused_too() -> None:
    assert refused(simple().authorise("POST", RISK, [b"Bearer " + token()] * 2, NOW_S)).status == 400


def test_the_name_of_the_scheme_is_of_any_case_with_any_space() -> None:
    for start, end in ((b"Bearer ", b""), (b"bearer ", b""), (b"BEARER   ", b" "), (b" Bearer ", b"\t")):
        answer = simple().authorise("POST", "/api/v1/design/section", [start + token() + end], NOW_S)
        assert isinstance(answer, Principal), start


def test_an_expired_token_says_so_and_nothing_of_itself() -> None:
    given_token = token(sub="client-of-secrets", exp=int(NOW_S) - 100)
    refusal = refused(simple().authorise("POST", RISK, [b"Bearer " + given_token], NOW_S))
    assert refusal.detail == "The token has expired."
    assert 'error_description="the token has expired"' in refusal.headers[0][1]
    said = repr(refusal)
    assert "client-of-secrets" not in said
    assert not any(part.decode() in said for part in given_token.split(b"."))


def test_the_detail_of_a_fault_keeps_its_capitals() -> None:
    refusal = refused(simple().authorise("POST", RISK, [b"Bearer x"], NOW_S))
    assert refusal.detail == "The token is not a well-formed JWT."


def test_what_is_not_declared_is_refused_whoever_asks() -> None:
    good = [b"Bearer " + token()]
    assert refused(simple().authorise("GET", "/api/v1/secret", good, NOW_S)).status == 404
    refusal = refused(simple().authorise("OPTIONS", RISK, good, NOW_S))
    assert (refusal.status, refusal.headers) == (405, (("allow", "POST"),))


def test_a_public_route_reads_no_token() -> None:
    assert simple().authorise("GET", "/livez", [b"Bearer junk", b"Bearer junk"], NOW_S) is ANONYMOUS


def test_before_any_keys_were_read_good_tokens_are_asked_to_come_again_and_junk_is_junk() -> None:
    authoriser = simple(OSError("away"))
    refusal = refused(authoriser.authorise("POST", RISK, [b"Bearer " + token()], NOW_S))
    assert (refusal.status, refusal.reason, refusal.retry_after_s) == (503, Reason.NO_KEYS, 30)
    assert refused(authoriser.authorise("POST", RISK, [b"Bearer junk"], NOW_S)).status == 401
    assert authoriser.problem()


def test_readiness_comes_with_the_keys() -> None:
    clock = Clock()
    authoriser = simple(OSError("away"), key_set(jwk("key-1")), clock=clock)
    assert authoriser.problem()
    clock.now_s = 30
    assert authoriser.problem() is None


def asgi(path: str, *headers: bytes, method: str = "POST", server: Any = ("127.0.0.1", 3000)) -> dict[str, Any]:
    listed = [(b"host", b"x"), *((b"authorization", header) for header in headers)]
    return {"type": "http", "method": method, "path": path, "headers": listed, "server": server}


def test_the_first_token_of_a_new_key_waits_for_the_keys_and_is_answered() -> None:
    clock = Clock()
    answers = key_set(jwk("key-1")), key_set(jwk("key-1"), jwk("key-2"))

    async def ask() -> tuple[Principal | Refusal, ...]:
        authoriser = simple(*answers, clock=clock, run=run_in_thread)
        path = "/api/v1/design/section"
        new, unknown = b"Bearer " + token("key-2"), b"Bearer " + token("key-3")
        early = await authoriser.admit(asgi(path, new))
        clock.now_s = 30
        return early, *await asyncio.gather(*(authoriser.admit(asgi(path, item)) for item in (new, unknown, new)))

    early, first, never, second = asyncio.run(ask())
    assert refused(early).reason is Reason.UNKNOWN_KEY
    assert refused(never).status == 401
    assert isinstance(first, Principal)
    assert isinstance(second, Principal)


def test_without_authentication_the_loopback_address_may_do_everything_and_no_other_anything(tmp_path: Path) -> None:
    authoriser = build_authoriser(AuthSettings(mode=AuthMode.OFF), tmp_path)

    async def ask(server: Any) -> Principal | Refusal:
        return await authoriser.admit(asgi("/metrics", method="GET", server=server))

    for server in (("127.0.0.1", 1), ("127.0.0.7", 1), ("::1", 1)):
        answer = asyncio.run(ask(server))
        assert isinstance(answer, Principal), server
        assert answer.scopes == set(Scope)
    for server in (("10.0.0.7", 3000), ("0.0.0.0", 3000), ("::", 3000), ("localhost.evil.example", 80), None):
        assert refused(asyncio.run(ask(server))).reason is Reason.NOT_LOOPBACK
    assert list(tmp_path.iterdir()) == []


_SIMPLE = simple()
_HEADERS = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(lambda raw: b"Bearer " + raw),
    st.lists(st.binary(max_size=60), min_size=3, max_size=3).map(lambda parts: b"Bearer " + b".".join(parts)),
    st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=3)).map(
        lambda change: b"Bearer " + token()[: change[0]] + change[1] + token()[change[0] + 1 :]
    ),
)


@given(headers=st.lists(_HEADERS, max_size=3))
def test_header_bytes_of_any_kind_are_refused_and_never_raise(headers: list[bytes]) -> None:
    assert refused(_SIMPLE.authorise("POST", "/api/v1/detect/clashes", headers, NOW_S)).status in (400, 401, 403)


@given(method=st.text(max_size=8), path=st.text(max_size=40).map(lambda text: "/" + text))
def test_methods_and_paths_of_any_kind_never_raise_and_open_nothing(method: str, path: str) -> None:
    answer = _SIMPLE.authorise(method, path, [], NOW_S)
    assert isinstance(answer, Refusal) or (method in ("GET", "HEAD") and answer is ANONYMOUS)
