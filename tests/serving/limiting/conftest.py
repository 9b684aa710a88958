from tests.serving.redis_fixtures import private_redis, redis_prefix, silent_redis

__all__ = ["private_redis", "redis_prefix", "silent_redis"]
