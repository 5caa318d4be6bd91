"""Whether what was mailed is what happened: intruders come while analyzers, Redis, links and the mail server are harmed.

Each intruder has a container of its own, so each is an incident of its own: one mail with its name in the subject. A
mail whose sending was cut off is not sent again blindly; the next mail mentions it.
"""

import json
import os
import re
import signal
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from chaos.oracle import Oracle, Verdict
from chaos.phases import Row, Size, Stack
from chaos.processes import LEASE_SECONDS, SHARDS, Generator, wait_for
from demo_files.stack import Smtp, mail_text

CONFIG = """\
learning: {{ min_time: 0s, min_calls: 6000, recent_calls: 3000, min_episodes: 2, unseen_mass: 0.01, shadow_time: 0s,
            min_runs: 1, unseen_runs: 1, shadow_calls: 2000, shadow_runs: 1, shadow_unseen: 1, max_extensions: 0, image_quiet: 0s, start_grace: 0s }}
smtp: {{ host: 127.0.0.1, port: {port}, security: none, from: da@localhost, to: [admins@localhost], timeout: 2s }}
notify: {{ group_wait: 200ms }}
"""
RATE = 60_000  # so that all images are armed within seconds
ARMED = 3 + 3 * 5  # images, and the programs of each
NAME = re.compile(r"intruder-[0-9a-f]{16}-\d+")


def run_mails(folder: Path, binaries: Path, fsync: str, size: Size, seed: int, cycles: dict) -> Row:
    server = Smtp(folder)
    server.start()
    stack = Stack(folder, binaries, fsync, size, seed, lambda redis: Oracle(redis, cycles), CONFIG.format(port=server.port))
    row = Row("mails, while all of these and their server fail")
    try:
        stack.analyzer()
        stack.analyzer()
        stack.wait_until_held(set())
        arm(stack)
        generator = stack.generator(rate=size.rate // 4, intruders=size.intruders, execs=False)
        fail(stack, server, row)
        verdict = Verdict()
        verdict.check(generator.stop() == 0, "the generator could not send all it had")
        judge(stack, server, row, verdict, generator)
        row.problems += verdict.problems
    finally:
        stack.close()
        server.kill()
    return row


def arm(stack: Stack) -> None:
    generator = stack.generator(rate=RATE, execs=False)
    try:
        wait_for(lambda: armed(stack) == ARMED, "all programs to be armed", 120)
    finally:
        generator.stop()
    stack.oracle.settle()


def armed(stack: Stack) -> int:
    """Images, and programs of them."""
    logs = "".join(log.read_text() for log in stack.folder.glob("analyzer-*.log"))
    return len(set(re.findall(r'msg="(?:image|profile) armed" image=(\S+ executable=\S+)', logs)))


def fail(stack: Stack, server: Smtp, row: Row) -> None:
    faults = [analyzer_killed, mail_server_killed, reply_lost, redis_killed, analyzer_frozen, link_reset,
              analyzer_replaced, clock_leaps, scaled]
    if stack.redis.fsync == "everysec":
        faults.append(power_lost)
    for at in range(stack.size.mail_faults):
        stack.pause()
        faults[at % len(faults)](stack, server)
        row.faults += 1
    stack.pause()


def analyzer_killed(stack: Stack, _: Smtp) -> None:
    victim = stack.analyzers.pop(0)
    victim.kill()
    stack.analyzer()


def analyzer_replaced(stack: Stack, _: Smtp) -> None:
    stack.analyzer()
    assert stack.analyzers.pop(0).stop() == 0


def analyzer_frozen(stack: Stack, _: Smtp) -> None:
    victim = stack.random.choice(stack.analyzers)
    victim.freeze()
    time.sleep(LEASE_SECONDS + 1)
    victim.thaw()


def mail_server_killed(stack: Stack, server: Smtp) -> None:
    server.kill()
    time.sleep(stack.random.random())
    server.start()


def redis_killed(stack: Stack, _: Smtp) -> None:
    stack.redis.kill()
    stack.redis.start()


def reply_lost(stack: Stack, server: Smtp) -> None:
    """The mail server keeps the next mail, and says nothing."""
    os.kill(server.pid, signal.SIGUSR1)
    time.sleep(1)


def power_lost(stack: Stack, _: Smtp) -> None:
    """After it the ledger has forgotten what was sent in the last second, and is told by those who sent it."""
    stack.redis.lose_power(1.2)
    stack.redis.start()


def clock_leaps(stack: Stack, _: Smtp) -> None:
    """Of Redis and the analyzers."""
    stack.clock.set(stack.random.choice((-7200.0, 7200.0, 86400.0)))
    stack.pause()
    stack.clock.set(0.0)


def scaled(stack: Stack, _: Smtp) -> None:
    """2 -> 4 -> 1 -> 2 analyzers."""
    while len(stack.analyzers) < 4:
        stack.analyzer()
        stack.pause()
    while len(stack.analyzers) > 1:
        assert stack.analyzers.pop(0).stop() == 0
    stack.analyzer()


def link_reset(stack: Stack, _: Smtp) -> None:
    stack.to_analyzers.reset()
    time.sleep(0.2)
    stack.to_analyzers.lose_replies(0.3)


@dataclass
class Told:
    """What the mails say of one intruder."""

    ids: set = field(default_factory=set)  # of the mails that are its own
    received: int = 0
    mentioned: int = 0


def read(server: Smtp) -> dict:
    told = defaultdict(Told)
    for mail in server.mails():
        own = set(NAME.findall(mail["Subject"]))
        for name in own:
            told[name].ids.add(mail["Message-ID"])
            told[name].received += 1
        for name in set(NAME.findall(mail_text(mail))) - own:
            told[name].mentioned += 1
    return told


def judge(stack: Stack, server: Smtp, row: Row, verdict: Verdict, generator: Generator) -> None:
    stack.oracle.settle()
    wait_for(lambda: not waiting(stack, doubtful=False), "all mails to be sent", 60)
    # What may or may not have been sent is mentioned in the next mail, whose analyzer is any.
    last = stack.generator(rate=stack.size.rate // 4, intruders=20, execs=False)
    wait_for(lambda: len(last.intruders()) >= 4 * SHARDS, "the last intruders", 60)
    last.stop()
    stack.oracle.settle()
    wait_for(lambda: not waiting(stack, doubtful=True), "the last mails to be sent, and others mentioned", 60)

    told = read(server)
    expected = generator.intruders() + last.intruders()
    verdict.check(len(generator.intruders()) > stack.size.mail_faults, "too few intruders to show anything")
    for name in expected:
        one = told[name]
        verdict.check(one.ids or one.mentioned, f"{name}: no mail tells of it")
        verdict.check(len(one.ids) <= 1, f"{name}: {len(one.ids)} mails of their own: {sorted(one.ids)}")
        row.duplicates += max(0, one.received - 1)
        verdict.check(one.received <= 1, f"{name}: the same mail {one.received} times")
    unknown = set(told) - set(expected)
    verdict.check(not unknown, f"mails of nothing: {sorted(unknown)[:3]}")
    false_alarms = [mail["Subject"] for mail in server.mails() if not NAME.search(mail["Subject"])]
    verdict.check(not false_alarms, f"{len(false_alarms)} mails of no intruder: {false_alarms[:1]}")
    # A fault cuts off what is being sent: one mail of each analyzer.
    mentioned = sum(one.mentioned > 0 for one in told.values())
    unsent = sum(not told[name].ids for name in expected)
    verdict.check(mentioned <= 4 * row.faults, f"{mentioned} mails mentioned as doubtful after {row.faults} faults")
    verdict.check(unsent <= row.faults, f"{unsent} intruders only mentioned after {row.faults} faults")
    left = leftover(stack)
    verdict.check(not left, f"rows are left in the outboxes: {left[:3]}")
    row.made = row.processed = len(expected)
    row.notes.append(f"{len(server.mails())} mails of {len(expected)} intruders, "
                     f"{mentioned} mentioned as doubtful, {unsent} of these not received")


def leftover(stack: Stack) -> list:
    """Alerts that no mail took up, and mails that were given up."""
    client = stack.redis.client()
    return [name.decode() for shard in range(SHARDS) for name in client.hkeys(f"{{s{shard}}}:outbox")
            if name.startswith((b"alert/", b"dead/"))]


def waiting(stack: Stack, doubtful: bool) -> list:
    """Rows of mails in the outboxes; `doubtful`: also of those that wait to be mentioned."""
    client = stack.redis.client()
    rows = [row for shard in range(SHARDS) for name, row in client.hgetall(f"{{s{shard}}}:outbox").items()
            if name.startswith(b"mail/")]
    return [row for row in rows if doubtful or not json.loads(row)["uncertain"]]
