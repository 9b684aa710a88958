"""Caches of the service: answers by question and model version, predictors by version."""

from serving.caching.answers import AnswerCache, Found, Source, with_request_id
from serving.caching.content import FileDigests, release_digest
from serving.caching.counters import REDIS_TROUBLES, Event
from serving.caching.keys import AnswerKey, answer_key
from serving.caching.loaded_versions import LoadedVersions
from serving.caching.opening import open_answer_cache

__all__ = [
    "REDIS_TROUBLES",
    "AnswerCache",
    "AnswerKey",
    "Event",
    "FileDigests",
    "Found",
    "LoadedVersions",
    "Source",
    "answer_key",
    "open_answer_cache",
    "release_digest",
    "with_request_id",
]
