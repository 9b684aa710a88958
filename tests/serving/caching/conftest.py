from tests.serving.redis_fixtures import babbling_redis, private_redis, redis_prefix, silent_redis

__all__ = ["babbling_redis", "private_redis", "redis_prefix", "silent_redis"]
