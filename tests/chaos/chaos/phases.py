"""The faults, one kind after the other, each under load."""

import random
import time
from dataclasses import dataclass, field

from chaos.oracle import Verdict, read_ledger
from chaos.processes import LEASE_SECONDS, SHARDS, Analyzer, Generator, RedisServer, SlowDisk, WallClock, wait_for


@dataclass
class Size:
    """How much of each fault."""

    analyzers: int
    redis: int
    collectors: int
    pause: float  # seconds between two faults
    rate: int  # records a second
    records: int  # in the phase without faults
    mail_faults: int
    intruders: float  # a second


@dataclass
class Row:
    name: str
    faults: int = 0
    made: int = 0
    processed: int = 0
    lost: int = 0
    duplicates: int = 0
    notes: list = field(default_factory=list)
    problems: list = field(default_factory=list)


class Stack:
    """Redis behind two links, analyzers and one generator at a time."""

    def __init__(self, folder, binaries, fsync, size, seed, oracle_of, config: str = "") -> None:
        from chaos.proxy import Proxy
        self.folder, self.binaries, self.size = folder, binaries, size
        self.config = config  # of the analyzers, beside the usual
        self.random = random.Random(seed)
        preloads = binaries / "tests" / "chaos"
        self.clock = WallClock(folder, preloads / "libclock_leap.so")
        self.redis = RedisServer(folder, fsync, self.clock, SlowDisk(folder, preloads / "libslow_sync.so"))
        self.redis.start()
        self.to_analyzers = Proxy(self.redis.socket)
        self.to_collectors = Proxy(self.redis.socket)
        self.oracle = oracle_of(self.redis)
        self.analyzers = []
        self.generators = 0
        self.running = []  # generators, as far as they were not ended
        self.started = 0
        self.lz4 = fsync == "always"  # so that both ways are shown

    def analyzer(self) -> Analyzer:
        self.started += 1
        one = Analyzer(self.binaries / "analyzer" / "analyzer", self.folder, self.to_analyzers.port, self.started,
                       self.clock, self.config)
        self.analyzers.append(one)
        return one

    def generator(self, **options) -> Generator:
        self.generators += 1
        options.setdefault("rate", self.size.rate)
        options.setdefault("lz4", self.lz4)
        one = Generator(self.binaries / "tests" / "chaos" / "chaos_generator", self.folder, self.to_collectors.port,
                        number=self.generators, seed=self.random.randrange(1 << 30), **options)
        self.running.append(one)
        return one

    def holders(self) -> list:
        client = self.redis.client()
        return [client.get(f"{{s{shard}}}:lease") for shard in range(SHARDS)]

    def wait_until_held(self, former: set) -> float:
        """Until every shard has a holder whose tenure is none of the former ones."""
        return wait_for(lambda: all(token is not None and token not in former for token in self.holders()),
                        "a new holder of each shard", LEASE_SECONDS + 10)

    def pause(self) -> None:
        time.sleep(self.size.pause * (0.5 + self.random.random()))

    def close(self) -> None:
        for one in self.analyzers + self.running:
            one.kill()
        self.to_analyzers.close()
        self.to_collectors.close()
        self.redis.stop()


class Generators:
    """One at a time; each takes the place of the one before, as a collector that is upgraded."""

    def __init__(self, stack: Stack, verdict: Verdict, **options) -> None:
        self.stack, self.verdict, self.options = stack, verdict, options
        self.all = [stack.generator(**options)]

    def replace(self) -> None:
        self.stop()
        self.all.append(self.stack.generator(**self.options))

    def stop(self) -> None:
        self.verdict.check(self.all[-1].stop() == 0, "the generator could not send all it had")

    def total(self, column: str, shard: int) -> int:
        return sum(read_ledger(one.ledger)[column][shard] for one in self.all)


def run_phase(stack: Stack, name: str, fault, **generator_options) -> Row:
    """A generator runs while `fault(stack, row, generators)` does its work; then all is counted."""
    row, verdict = Row(name), Verdict()
    before = stack.oracle.totals()
    generators = Generators(stack, verdict, **generator_options)
    try:
        fault(stack, row, generators)
        generators.stop()
    finally:
        generators.all[-1].process.kill()
    stack.oracle.settle()
    judge(stack, row, verdict, before, generators)
    return row


def judge(stack: Stack, row: Row, verdict: Verdict, before, generators: Generators) -> None:
    after = stack.oracle.totals()
    for shard in range(SHARDS):
        processed = after.records[shard] - before.records[shard]
        lost = after.lost[shard] - before.lost[shard]
        made, dropped = generators.total("made", shard), generators.total("dropped", shard)
        verdict.check(processed + lost == made, f"shard {shard}: made {made}, processed {processed}, lost {lost}")
        verdict.check(lost <= dropped + forgotten(stack, row, dropped), f"shard {shard}: {lost} lost, {dropped} dropped")
        row.processed += processed
        row.lost += lost
        row.made += made
    note_state(stack, row, verdict, before, after)


def forgotten(stack: Stack, row: Row, dropped: int) -> int:
    """Records of one shard that Redis acknowledged and may have lost when it was killed: with everysec it puts a write
    off for two seconds at most while the disk is busy, and answers. Retention makes up for that unless it overflowed."""
    if stack.redis.fsync != "everysec" or dropped == 0:
        return 0
    return row.faults * 2 * stack.size.rate // SHARDS


def note_state(stack: Stack, row: Row, verdict: Verdict, before, after) -> None:
    row.duplicates += after.duplicates - before.duplicates
    verdict.check(after.learned == after.records, "what was learned is not what was processed")
    verdict.check(after.refused == before.refused, "entries were refused")
    stack.oracle.check_models(verdict)
    row.problems += verdict.problems


def no_fault(stack: Stack, row: Row, _: Generators) -> None:
    time.sleep(stack.size.records / stack.size.rate)


def analyzers_killed(stack: Stack, row: Row, _: Generators) -> None:
    longest = 0.0
    while row.faults < stack.size.analyzers:
        stack.pause()
        longest = max(longest, one_killed(stack))
        row.faults += 1
    # A bar, not a condition: on a busy machine it says nothing of us.
    row.notes.append(f"takeover {longest:.1f} s at most, {LEASE_SECONDS:.0f} + 1 wanted")


def one_killed(stack: Stack) -> float:
    """An analyzer; another is started in its place. How long it took until others had its shards."""
    victim = stack.random.choice(stack.analyzers)
    own = {token for token in stack.holders() if token and f":{victim.process.pid}/".encode() in token}
    victim.kill()
    stack.analyzers.remove(victim)
    seconds = wait_for(lambda: all(token and token not in own for token in stack.holders()), "takeover",
                       LEASE_SECONDS + 10)
    stack.analyzer()
    return seconds


def analyzer_frozen(stack: Stack, row: Row, _: Generators) -> None:
    stack.pause()
    victim = stack.random.choice(stack.analyzers)
    victim.freeze()
    row.faults += 1
    own = {token for token in stack.holders() if token and f":{victim.process.pid}/".encode() in token}
    wait_for(lambda: not own & set(stack.holders()), "takeover", LEASE_SECONDS + 10)
    time.sleep(1)
    victim.thaw()
    stack.pause()


def redis_killed(stack: Stack, row: Row, _: Generators) -> None:
    while row.faults < stack.size.redis:
        stack.pause()
        stack.redis.kill()
        row.faults += 1
        time.sleep(0.3 * stack.random.random())
        stack.redis.start()
    stack.pause()


def outage(stack: Stack, row: Row, _: Generators) -> None:
    """Longer than the generator's retention can bridge: what is dropped must be told."""
    stack.pause()
    stack.redis.kill()
    row.faults += 1
    time.sleep(2.0)
    stack.redis.start()
    time.sleep(1.0)
    stack.pause()


def power_lost(stack: Stack, row: Row, _: Generators) -> None:
    lost = 0
    for _ in range(max(1, stack.size.redis // 3)):
        time.sleep(2.5 + stack.redis.disk.seconds)
        lost += stack.redis.lose_power(1.2)
        row.faults += 1
        stack.redis.start()
    row.notes.append(f"{lost / 1e6:.1f} MB of the append-only file gone")
    stack.pause()


def power_lost_on_slow_disk(stack: Stack, row: Row, generators: Generators) -> None:
    """With everysec Redis puts writes off while a sync lasts, and answers all the same: more is gone."""
    stack.redis.disk.set(4.0)
    power_lost(stack, row, generators)
    stack.redis.disk.set(0.0)


def link_failing(stack: Stack, row: Row, _: Generators) -> None:
    proxies = (stack.to_collectors, stack.to_analyzers)
    for at in range(3 * max(1, stack.size.redis // 2)):
        proxy = proxies[at % 2]
        kind = at % 3
        if kind == 0:
            proxy.reset()
        elif kind == 1:
            proxy.stall(1.0)
            time.sleep(1.0)
        else:
            proxy.lose_replies(0.4)
        row.faults += 1
        time.sleep(0.3)


def out_of_memory(stack: Stack, row: Row, _: Generators) -> None:
    stack.pause()
    client = stack.redis.client()
    client.config_set("maxmemory", int(client.info("memory")["used_memory"]))
    row.faults += 1
    time.sleep(2.5)
    client.config_set("maxmemory", 0)
    stack.pause()


def scaled(stack: Stack, row: Row, _: Generators) -> None:
    """1 -> 4 -> 2, by SIGTERM: each hands over at once."""
    while len(stack.analyzers) > 1:
        stack.analyzers.pop().stop()
    stack.pause()
    while len(stack.analyzers) < 4:
        stack.analyzer()
        row.faults += 1
        stack.pause()
    longest = 0.0
    while len(stack.analyzers) > 2:
        former = set(stack.holders())
        victim = stack.analyzers.pop(0)
        own = {token for token in former if token and f":{victim.process.pid}/".encode() in token}
        began = time.monotonic()
        victim.process.terminate()
        wait_for(lambda own=own: all(token and token not in own for token in stack.holders()), "hand-over", 15)
        longest = max(longest, time.monotonic() - began)
        victim.process.wait(timeout=30)
        row.faults += 1
        stack.pause()
    row.notes.append(f"hand-over {longest:.2f} s at most, 0.3 wanted")


def upgraded(stack: Stack, row: Row, generators: Generators) -> None:
    """Each analyzer is ended and another started, one after the other; in between the collector, and the functions go
    that all of them call."""
    for victim in list(stack.analyzers):
        stack.analyzer()
        stack.pause()
        victim.stop()
        stack.analyzers.remove(victim)
        generators.replace()
        stack.pause()
        stack.redis.client().function_flush("SYNC")
        row.faults += 3
    stack.pause()


def clocks_leaping(stack: Stack, row: Row, _: Generators) -> None:
    """Those of Redis, the analyzers and (each second) of the collector. An analyzer dies after each leap."""
    hour = 3600.0
    longest = 0.0
    for leap in (2 * hour, -5 * hour, 100 * 24 * hour, 0.0)[:max(2, stack.size.redis // 2)]:
        stack.pause()
        stack.clock.set(leap)
        row.faults += 1
        time.sleep(0.2)  # it is seen
        longest = max(longest, one_killed(stack))
        row.faults += 1
    stack.clock.set(0.0)
    stack.pause()
    row.notes.append(f"takeover {longest:.1f} s at most")


def collectors_killed(stack: Stack) -> Row:
    """Here the fault is the generator's: what Redis acknowledged counts at least, what was made at most."""
    row, verdict = Row("collectors killed (9)"), Verdict()
    unsent = 0
    for _ in range(stack.size.collectors):
        before = stack.oracle.totals()
        generator = stack.generator()
        stack.pause()
        generator.kill()
        row.faults += 1
        stack.oracle.settle()
        after = stack.oracle.totals()
        ledger = read_ledger(generator.ledger)
        for shard in range(SHARDS):
            processed = after.records[shard] - before.records[shard]
            lost = after.lost[shard] - before.lost[shard]
            verdict.check(ledger["acknowledged"][shard] <= processed + lost <= ledger["made"][shard],
                          f"shard {shard}: acknowledged {ledger['acknowledged'][shard]}, processed {processed}, "
                          f"lost {lost}, made {ledger['made'][shard]}")
            row.processed += processed
            row.lost += lost
        row.made += sum(ledger["made"])
        unsent = row.made - row.processed - row.lost
        note_state(stack, row, verdict, before, after)
        verdict = Verdict()
    row.notes.append(f"{unsent} died with their collectors")
    return row
