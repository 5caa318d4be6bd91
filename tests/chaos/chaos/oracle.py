"""What must be true when all is quiet, from the generators' ledgers and from what Redis holds.

Nothing of the project's code is used: blobs are read by this file's own rules (analyzer/store/ngram_column.h says
how n-grams are written).
"""

import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgpack
import redis

from chaos.processes import SHARDS, RedisServer

HEADER = 3
COLUMNS = ("made", "dropped", "acknowledged", "marked")


@dataclass
class Totals:
    """Of each shard, as the analyzers' commits counted."""

    records: list
    lost: list
    learned: list
    duplicates: int = 0
    refused: int = 0


@dataclass
class Verdict:
    problems: list = field(default_factory=list)

    def check(self, condition: bool, what: str) -> None:
        if not condition:
            self.problems.append(what)


def read_ledger(path: Path) -> dict:
    numbers = struct.unpack(f"<{HEADER + len(COLUMNS) * SHARDS}Q", path.read_bytes())
    ledger = {"epoch": numbers[0], "ended": numbers[2] == 1}
    for at, name in enumerate(COLUMNS):
        ledger[name] = [numbers[HEADER + len(COLUMNS) * shard + at] for shard in range(SHARDS)]
    return ledger


class Oracle:
    def __init__(self, server: RedisServer, cycles: dict) -> None:
        self.server = server
        self.cycles = cycles
        self.places = {path: {call: at for at, call in enumerate(cycle)} for path, cycle in cycles.items()}

    def settle(self, seconds: float = 120) -> None:
        """Until every entry is dealt with and nothing more is committed."""
        deadline = time.monotonic() + seconds
        before, quiet = None, 0
        while quiet < 4:
            if time.monotonic() > deadline:
                raise TimeoutError("the analyzers do not come to rest")
            time.sleep(0.3)
            try:
                client = self.server.client()
                unread = sum(client.xlen(f"{{s{shard}}}:q") for shard in range(SHARDS))
                commits = [client.hget(f"{{s{shard}}}:counters", "commits") for shard in range(SHARDS)]
            except redis.RedisError:
                continue
            quiet = quiet + 1 if unread == 0 and commits == before else 0
            before = commits

    def totals(self) -> Totals:
        client = self.server.client()
        totals = Totals([], [], [])
        for shard in range(SHARDS):
            counters = {name.decode(): int(count) for name, count in client.hgetall(f"{{s{shard}}}:counters").items()}
            totals.records.append(counters.get("records", 0))
            totals.lost.append(counters.get("records_lost", 0))
            totals.duplicates += counters.get("duplicates", 0)
            totals.refused += sum(count for name, count in counters.items() if name.startswith("refused"))
            parts = client.hgetall(f"{{s{shard}}}:parts").values()
            totals.learned.append(sum(learned_calls(blob) for blob in map(unpack, parts)))
        return totals

    def check_models(self, verdict: Verdict, seconds: float = 20) -> None:
        """Nothing was learned twice, and no n-gram spans a loss, a repetition or another thread."""
        client = self.server.client()
        learned = {}
        for shard in range(SHARDS):
            for name, blob in client.hgetall(f"{{s{shard}}}:parts").items():
                identity = name.split(b"/", 1)[1]
                learned[identity] = learned.get(identity, 0) + learned_calls(unpack(blob))
                self._check_ngrams(unpack(blob), name.decode(), verdict)
        # Whoever holds an image's home looks at the parts now and then, and sums them up.
        deadline = time.monotonic() + seconds
        while (known := self._known(client, verdict)) != learned and time.monotonic() < deadline:
            time.sleep(0.3)
        verdict.check(learned == known, "what is known is not the sum of the parts")

    @staticmethod
    def _known(client: redis.Redis, verdict: Verdict) -> dict:
        known = {}
        for shard in range(SHARDS):
            for name, blob in client.hgetall(f"{{s{shard}}}:known").items():
                verdict.check(name not in known, f"{name.decode()} has two homes")
                known[name] = learned_calls(unpack(blob))
        return known

    def _check_ngrams(self, blob: dict, name: str, verdict: Verdict) -> None:
        if blob["kind"] != "profile":
            return
        places = self.places[blob["exe"].decode()]
        cycle = len(places)
        for ngram in ngrams_of(blob["ngrams"]):
            at = [places.get(symbol - 1) for symbol in ngram]
            follows = all(a is not None and b is not None and (a + 1) % cycle == b for a, b in zip(at, at[1:]))
            if not follows or at[0] is None:
                verdict.problems.append(f"{name}: learned {ngram}, which no thread did")
                return


def unpack(blob: bytes) -> dict:
    return msgpack.unpackb(blob, strict_map_key=False)


def learned_calls(blob: dict) -> int:
    return blob["learned"][0] if blob["kind"] == "profile" else 0


def ngrams_of(column: bytes):
    at, before = 0, []

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = column[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(column):
        length, shared = column[at] >> 4, column[at] & 15
        at += 1
        ngram = before[:shared] + [number() for _ in range(length - shared)]
        if number() == 1:
            at += 1  # the age of a singleton
        yield ngram
        before = ngram
