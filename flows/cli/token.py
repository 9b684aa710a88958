"""``sdai token``: tokens of the development key, and a new key."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from configs.auth_settings import Scope
    from serving.auth.development import DevelopmentKeys

app = typer.Typer(help="Print a token of the development key, for trying the service out.")

DEFAULT_ROLE = "api_user"


@app.callback(invoke_without_command=True)
def token(
    context: typer.Context,
    client: Annotated[str, typer.Option(help="who asks: the client that limits and logs are kept by")] = "developer",
    role: Annotated[
        list[str] | None,
        typer.Option(help=f"role, may be given again; default: {DEFAULT_ROLE}, unless --scope is given"),
    ] = None,
    scope: Annotated[list[str] | None, typer.Option(help="single scope, may be given again")] = None,
    hours: Annotated[float, typer.Option(help="how long the token holds; above 0, at most 744")] = 8.0,
) -> None:
    """Print a token of the development key and nothing else, for example for

    curl -H "Authorization: Bearer $(sdai token)" …

    The key is made on first use. A service for which a token issuer is set (SDAI_AUTH_JWKS) does not trust it.
    """
    if context.invoked_subcommand is not None:
        return
    from serving.auth.development import TokenOrder

    keys = _keys()
    roles = tuple(role or ([] if scope else [DEFAULT_ROLE]))
    order = TokenOrder(client, _known_roles(roles), _known_scopes(scope or []), hours * 3_600)
    typer.echo(keys.mint(order, time.time()))


@app.command()
def rotate_key(
    keep_hours: Annotated[
        float, typer.Option(min=0, max=744, help="how long tokens of older keys stay good; 0 = a key has leaked")
    ] = 24.0,
) -> None:
    """Make a new development key. A running service follows within a second."""
    rotation = _keys().rotate(keep_hours * 3_600, time.time())
    typer.echo(f"new key {rotation.key_id}")
    for key_id, until_s in rotation.older_until_s.items():
        typer.echo(f"old key {key_id} is trusted until {datetime.fromtimestamp(until_s, UTC):%Y-%m-%d %H:%M:%S} UTC")
    if not rotation.older_until_s:
        typer.echo("no older key is trusted any more")


def _keys() -> "DevelopmentKeys":
    """Return the development key of this project; refused where the service trusts an issuer instead."""
    from configs import load_settings
    from flows.errors import FlowError
    from serving.auth.development import DevelopmentKeys

    settings = load_settings()
    if settings.auth.has_issuer:
        raise FlowError(
            f"tokens come from {settings.auth.issuer} (SDAI_AUTH_ISSUER), and a service with these settings does not "
            "trust the development key; ask that issuer, or take SDAI_AUTH_JWKS, _ISSUER and _AUDIENCE out"
        )
    return DevelopmentKeys(settings.paths.keys)


def _known_roles(names: tuple[str, ...]) -> tuple[str, ...]:
    from configs import load_settings
    from flows.errors import FlowError

    known = load_settings().auth.roles
    for name in names:
        if name not in known:
            raise FlowError(f"there is no role {name!r}; use one of {', '.join(known)}")
    return names


def _known_scopes(names: list[str]) -> "tuple[Scope, ...]":
    from configs.auth_settings import Scope
    from flows.errors import FlowError

    known = [scope.value for scope in Scope]
    for name in names:
        if name not in known:
            raise FlowError(f"there is no scope {name!r}; use one of {', '.join(known)}")
    return tuple(Scope(name) for name in names)
