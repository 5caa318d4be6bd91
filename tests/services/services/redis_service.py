"""redis-server with AOF: caches, queues, counters, scripts; rewrites, snapshots, health checks."""

import random
import time

import redis

from .base import Chore, Instance, Service
from .redis_attacks import ATTACKS

PASSWORD = "correct-horse"
SCRIPT = "local n = redis.call('INCR', KEYS[1]) if n > 1000 then redis.call('DEL', KEYS[1]) end return n"


class RedisServer(Service):
    def __init__(self) -> None:
        super().__init__("redis", "/usr/bin/redis-check-rdb", ATTACKS, (
            Chore("health check", 4, 8, lambda instance, _: instance.exec(
                "redis-cli", "-p", str(instance.port), "-a", PASSWORD, "--no-auth-warning", "ping")),
            Chore("rewrite of the AOF", 20, 35, lambda instance, _: _ask(instance, "BGREWRITEAOF")),
            Chore("snapshot", 20, 40, lambda instance, _: _ask(instance, "BGSAVE")),
            Chore("monitoring", 5, 10, lambda instance, _: _ask(instance, "INFO")),
        ), command=("redis-server", "/etc/redis/shop.conf", "--port", "{port}"))

    def ping(self, instance: Instance) -> None:
        _ask(instance, "PING")

    def visit(self, instance: Instance, chance: random.Random) -> int:
        try:
            if chance.random() < 0.02:
                return mistype_password(instance)
            with connect(instance) as client:
                count = chance.choice([1, 3, 10, 40])
                for _ in range(count):
                    try:
                        chance.choices(KINDS, WEIGHTS)[0](client, chance)
                    except redis.ResponseError:
                        pass  # wrong types and the like, as applications make
                    if chance.random() < 0.1:
                        time.sleep(chance.choice([0.01, 0.1, 0.5]))
                return count
        except redis.RedisError as error:
            raise OSError(str(error)) from error


def connect(instance: Instance, password: str = PASSWORD) -> redis.Redis:
    return redis.Redis("127.0.0.1", instance.port, password=password, socket_timeout=30)


def mistype_password(instance: Instance) -> int:
    with connect(instance, "corect-horse") as client:
        try:
            client.ping()
        except (redis.AuthenticationError, redis.ResponseError):
            pass
    return 1


def _ask(instance: Instance, *command: str) -> object:
    try:
        with connect(instance) as client:
            return client.execute_command(*command)
    except redis.ResponseError:
        return None  # "already in progress"
    except redis.RedisError as error:
        raise OSError(str(error)) from error


def _key(chance: random.Random, kind: str) -> str:
    return f"{kind}:{chance.randrange(400)}"


def cache(client: redis.Redis, chance: random.Random) -> None:
    key = _key(chance, "cache")
    if client.get(key) is None:
        client.set(key, chance.randbytes(chance.choice([10, 300, 5000, 60_000])), ex=chance.choice([1, 20, 300]))


def large(client: redis.Redis, chance: random.Random) -> None:
    client.set(_key(chance, "large"), bytes(chance.choice([200_000, 1_500_000])), ex=5)


def hashes(client: redis.Redis, chance: random.Random) -> None:
    key = _key(chance, "session")
    client.hset(key, mapping={f"f{i}": chance.random() for i in range(chance.choice([1, 5, 30]))})
    client.hgetall(key)
    client.expire(key, 60)


def queue(client: redis.Redis, chance: random.Random) -> None:
    if chance.random() < 0.5:
        client.lpush("queue", *range(chance.choice([1, 2, 5])))
    else:
        client.brpop("queue", timeout=1)


def ranking(client: redis.Redis, chance: random.Random) -> None:
    client.zincrby("ranking", 1, chance.randrange(1000))
    client.zrevrange("ranking", 0, chance.choice([3, 30, 300]), withscores=True)


def pipeline(client: redis.Redis, chance: random.Random) -> None:
    with client.pipeline(transaction=chance.random() < 0.5) as pipe:
        for _ in range(chance.choice([5, 50, 300])):
            pipe.incr(_key(chance, "counter"))
        pipe.execute()


def script(client: redis.Redis, chance: random.Random) -> None:
    client.eval(SCRIPT, 1, _key(chance, "limit"))


def publish(client: redis.Redis, chance: random.Random) -> None:
    with client.pubsub() as listener:
        listener.subscribe("news")
        client.publish("news", "x" * chance.choice([5, 500]))
        listener.get_message(timeout=0.2)


def scan(client: redis.Redis, chance: random.Random) -> None:
    position, keys = client.scan(0, match="session:*", count=chance.choice([10, 100]))
    if keys:
        client.unlink(*keys[:2])


def mistake(client: redis.Redis, chance: random.Random) -> None:
    client.set("text", "text")
    client.lpush("text", 1)


KINDS = [cache, large, hashes, queue, ranking, pipeline, script, publish, scan, mistake]
WEIGHTS = [30, 1, 15, 10, 10, 8, 6, 4, 4, 3]
