"""The caches of one worker, made from its settings."""

import time
from collections.abc import Callable

from configs.cache_settings import CacheSettings
from serving.breaker import CircuitBreaker
from serving.caching.answers import AnswerCache, AnswerPolicy, entry_size
from serving.caching.counters import Counters, Event, Hook
from serving.caching.memory import TtlCache
from serving.caching.redis_level import RedisLevel, RedisPlace
from serving.caching.sealing import Seal


def open_answer_cache(
    settings: CacheSettings,
    *,
    release: str = "",
    hook: Hook | None = None,
    clock: Callable[[], float] = time.time,
) -> AnswerCache:
    """Return the cache of answers of one worker; nothing is connected before the first use.

    ``release`` is part of every name in Redis: give what changes with the code that answers (`release_digest`).
    ``hook`` is told each event.
    """
    counters = Counters(hook)
    return AnswerCache(
        TtlCache(
            settings.max_answers,
            settings.answer_ttl_s,
            max_bytes=settings.max_answers_bytes,
            size_of=entry_size,
            clock=clock,
            on_eviction=lambda: counters.count(Event.EVICTION),
        ),
        _open_redis(settings, release, counters, clock),
        AnswerPolicy(
            ttl_s=settings.answer_ttl_s,
            wait_s=settings.wait_s,
            max_answer_bytes=settings.max_answer_bytes,
            shared_problems=frozenset(settings.redis_problems),
        ),
        counters,
        clock,
    )


def _open_redis(
    settings: CacheSettings, release: str, counters: Counters, clock: Callable[[], float]
) -> RedisLevel | None:
    if settings.redis_url is None:
        return None
    secret = settings.redis_secret.get_secret_value().encode() if settings.redis_secret else b""
    return RedisLevel(
        RedisPlace(
            settings.redis_url,
            prefix=f"{settings.redis_prefix}:{release or '-'}",
            timeout_s=settings.redis_timeout_s,
            max_bytes=settings.max_answer_bytes,
        ),
        breaker=CircuitBreaker(settings.breaker_failures, settings.breaker_open_s),
        seal=Seal(secret),
        counters=counters,
        clock=clock,
    )
