"""Clients of a Redis that may be slow or dead: every call ends within a short time, none is repeated by the client."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import redis
    import redis.asyncio

MAX_CONNECTIONS = 16


def _options(timeout_s: float) -> dict[str, Any]:
    # RESP2 and no driver_info save round trips on connect.
    return {
        "max_connections": MAX_CONNECTIONS,
        "timeout": timeout_s,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "protocol": 2,
        "driver_info": None,
    }


def async_client(url: str, timeout_s: float) -> "redis.asyncio.Redis":
    """Return a client for one event loop. Nothing is connected yet."""
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    # The library's own default repeats a failed call for seconds.
    pool = BlockingConnectionPool.from_url(url, retry=Retry(NoBackoff(), 0), **_options(timeout_s))
    return Redis(connection_pool=pool)


def thread_client(url: str, timeout_s: float) -> "redis.Redis":
    """Return a client for threads. Nothing is connected yet."""
    from redis import BlockingConnectionPool, Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    pool = BlockingConnectionPool.from_url(url, retry=Retry(NoBackoff(), 0), **_options(timeout_s))
    return Redis(connection_pool=pool)
