"""Makes the authoriser that settings ask for."""

import hashlib
import logging
import time
from collections.abc import Callable, Collection
from pathlib import Path

from configs.auth_settings import AuthMode, AuthSettings, is_loopback
from serving.auth import development
from serving.auth.authoriser import Anyone, Authoriser, ByToken, Identifier
from serving.auth.errors import AuthSetupError, KeySetError
from serving.auth.key_ring import KeyRing, RefreshPolicy, run_here
from serving.auth.key_source import FileSource, UrlSource
from serving.auth.routes import ROUTES, RouteTable
from serving.auth.token_cache import TokenCache
from serving.auth.tokens import Expected, Grants, TokenReader

log = logging.getLogger("sdai.serving.auth")


def build_authoriser(settings: AuthSettings, keys_folder: Path, clock: Callable[[], float] = time.time) -> Authoriser:
    """Return the authoriser of the service's routes, with its keys read.

    Arguments: the settings; the folder of the development key and of the copy of an issuer's keys; Unix time.
    Waits ``jwks_timeout_s`` at most for an issuer that does not answer, and then goes on without: `Authoriser.problem`
    tells so until it does. Raises `AuthSetupError` for a key file that cannot be used.
    """
    return Authoriser(RouteTable(ROUTES), _identifier(settings, keys_folder), clock)


def require_loopback(settings: AuthSettings, host: str) -> None:
    """Raise `AuthSetupError` when a service without authentication would listen where others can connect."""
    if settings.mode is AuthMode.OFF and not is_loopback(host):
        raise AuthSetupError(
            f"SDAI_AUTH_MODE=off would answer everybody who can reach {host}; listen on 127.0.0.1, "
            "or leave SDAI_AUTH_MODE out and send the tokens that `sdai token` prints"
        )


def _identifier(settings: AuthSettings, keys_folder: Path) -> Identifier:
    if settings.mode is AuthMode.OFF:
        log.warning("authentication is off: whoever is on this machine may do everything")
        return Anyone()
    if settings.jwks is None:
        reader = _development_reader(settings, keys_folder)
    else:
        reader = _issuer_reader(settings, settings.jwks, keys_folder)
    return ByToken(reader, settings.jwks_timeout_s)


def _development_reader(settings: AuthSettings, keys_folder: Path) -> TokenReader:
    keys = development.DevelopmentKeys(keys_folder)
    keys.ensure()
    log.info("no token issuer is set: tokens of the development key in %s are trusted", keys_folder)
    ring = _file_ring(settings, keys.key_set_file, (development.ALGORITHM,))
    expected = Expected(
        development.ISSUER,
        development.AUDIENCE,
        frozenset({development.TOKEN_TYPE}),
        settings.max_token_chars,
        settings.leeway_s,
    )
    grants = Grants.of(settings.roles, development.ROLES_CLAIM)
    return TokenReader(ring, expected, grants, TokenCache(settings.cached_tokens, settings.session_ttl_s))


def _issuer_reader(settings: AuthSettings, jwks: str, keys_folder: Path) -> TokenReader:
    if settings.jwks_is_url:
        ring = _url_ring(settings, jwks, keys_folder)
    else:
        ring = _file_ring(settings, Path(jwks).expanduser().resolve(), settings.algorithms)
    grants = Grants.of(settings.roles, settings.roles_claim)
    return TokenReader(ring, Expected.of(settings), grants, TokenCache(settings.cached_tokens, settings.session_ttl_s))


def _file_ring(settings: AuthSettings, path: Path, algorithms: Collection[str]) -> KeyRing:
    policy = RefreshPolicy(settings.file_check_s, settings.file_check_s)
    ring = KeyRing(FileSource(path), algorithms, policy, run=run_here)
    ring.load(0)
    if ring.keys is None:
        raise KeySetError(f"{ring.problem} ({path})")
    return ring


def _url_ring(settings: AuthSettings, url: str, keys_folder: Path) -> KeyRing:
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    policy = RefreshPolicy(settings.jwks_refresh_s, settings.jwks_retry_s)
    copy = keys_folder / f"issuer-jwks-{digest}.json"
    ring = KeyRing(UrlSource(url, settings.jwks_timeout_s), settings.algorithms, policy, kept_copy=copy)
    ring.load(settings.jwks_timeout_s)
    return ring
