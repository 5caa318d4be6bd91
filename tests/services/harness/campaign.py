"""One service from its first start to the last attack on it.

    options = Options(learn_s=150, ordinary_s=600)
    with new_stack(options) as stack:
        result = Campaign(Web(backend.address), options, stack, stop).run()

Phases: learn (until the image is armed), armed (until the server's habits and profile are, too, or it takes too long), ordinary
(no mail may come), attacks (each on a container of its own, since the alerts of one container are one incident, and an attacked
service is not what it was).
"""

import os
import random
import re
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo_files.process import StackError
from demo_files.stack import Stack
from services.base import Attack, AttackFailed, Instance, Service

from .load import Load
from .mailbox import Mail, Mailbox
from .results import AttackResult, FalseAlarm, ServiceResult

PREFIX = f"da-services-{os.getpid()}"
START_GRACE_S = 5
WARM_UP_S = START_GRACE_S + 5
START_TRIES = 5
# Alerts of one moment are one mail, and what comes after it is in the next one at once, repeats too: to count it, and since
# a false alarm would hide an attack of the same kind otherwise.
NOTIFY = {"group_wait": "1s", "group_interval": "1s", "repeat_interval": "1s"}


class Stopped(Exception):
    """The run is to end."""


@dataclass(frozen=True)
class Options:
    build: str = "release"
    learn_s: float = 150
    ordinary_s: float = 600
    program_limit_s: float = 600  # how long the server's own profile is waited for; then it goes on without
    mail_s: float = 8  # how long an attack's mail is waited for that must come
    doubtful_s: float = 6  # that may come
    seed: int = 1
    say: Callable[[str], None] = print


def learning_for(seconds: float) -> dict[str, str]:
    """Learning that ends after some `seconds` if the load lets it, and after twice as many if not: an image no longer waits
    then for a profile that cannot settle, and tells programs never seen."""
    return {"min_time": f"{seconds / 2:.0f}s", "shadow_time": f"{seconds / 4:.0f}s", "image_quiet": f"{seconds / 4:.0f}s",
            "min_calls": "20000", "recent_calls": "20000", "shadow_calls": "10000", "min_episodes": "20",
            "start_grace": f"{START_GRACE_S}s", "settle_time": f"{seconds * 2:.0f}s"}


def habits_for(seconds: float) -> dict[str, str]:
    """As habits were measured on recordings of these services (docs/model.md)."""
    # A shell that a page starts has not shown all its arguments after the usual 20 runs: these are made in seconds.
    return {"min_time": f"{seconds / 2:.0f}s", "recent": f"{seconds / 3:.0f}s", "min_runs": "100"}


def new_stack(options: Options) -> Stack:
    """Watches the services of this run alone."""
    return Stack(options.build, [f"{PREFIX}-*"], learning=learning_for(options.learn_s), habits=habits_for(options.learn_s),
                 notify=NOTIFY)


class Campaign:
    def __init__(self, service: Service, options: Options, stack: Stack, stop: threading.Event) -> None:
        self._service = service
        self._options = options
        self._stack = stack
        self._stop = stop
        self._prefix = f"{PREFIX}-{service.name}"
        self._mailbox = Mailbox(stack.smtp)
        self._instances: list[Instance] = []
        self._reported: set[Mail] = set()
        self._chance = random.Random(f"{options.seed} {service.name}")
        self.result = ServiceResult(service.name, options.seed, self._stack.learning)

    def run(self) -> ServiceResult:
        """Errors of the set-up are told in the result."""
        try:
            self._service.build()
            self._live_through_all()
        except Stopped:
            self.result.error = "stopped"
        except (StackError, OSError) as error:
            self.result.error = str(error)
        except Exception:  # the other services' campaigns go on
            self.result.error = traceback.format_exc()
        finally:
            self._note_steps()
            for instance in self._instances:
                instance.container.remove()
            if self.result.error:
                self._options.say(f"{self._service.name}: {self.result.error}; logs: {self._stack.directory}")
        return self.result

    def _live_through_all(self) -> None:
        self._begin("learn")
        learned = [self._start() for _ in range(2)]
        with Load(self._service, learned, self._options.seed, clients=3) as load:
            self._learn(load, learned)
            self.result.learned_requests = load.done
        self._tell_false_alarms()
        self._begin("ordinary")
        with Load(self._service, learned, self._options.seed + 1000, clients=3) as load:
            self._live_ordinarily(load, learned)
            self.result.requests = load.done
            self.result.failed_requests, self.result.last_error = load.failed, load.last_error
        self.result.ordinary_s = (time.time_ns() - self.result.phases_ns["ordinary"]) / 1e9
        self._wait(2)
        self._tell_false_alarms()
        for instance in learned:
            instance.container.remove()
        self._tell_false_alarms()
        self._attack_all()

    def _learn(self, load: Load, learned: list[Instance]) -> None:
        """With a restart of each: how the service ends and begins is ordinary, too."""
        started = time.monotonic()
        for instance in learned:
            self._wait(self._chance.uniform(0.15, 0.25) * self._options.learn_s)
            self._restart(instance, load)
        limit = started + 3 * self._options.learn_s + 60
        self.result.armed_after_s = self._time_until(self._image_is_armed, started, limit)
        if self.result.armed_after_s is None:
            raise StackError(f"{self._service.image} was not armed within {limit - started:.0f} s{self._stack.analyzer.tail()}")
        self._tell_false_alarms()
        self._begin("armed")
        settled = self._time_until(self._habits_are_settled, started, limit)
        self.result.habits_settled_after_s = self.result.habits_settled_after_s or settled
        # An image arms without a profile that cannot settle; that one is armed later, or never.
        self.result.program_armed_after_s = self._time_until(self._program_is_armed, started,
                                                             started + self._options.program_limit_s)
        armed = "not armed" if self.result.program_armed_after_s is None else "armed"
        self._options.say(f"{self._service.name}: image armed after {self.result.armed_after_s:.0f} s, "
                          f"{self._service.program} {armed}, {load.done} requests")

    def _time_until(self, condition: Callable[[], bool], started: float, limit: float) -> float | None:
        """Seconds since `started`; nothing if it did not come true before the limit. Notes when habits settle meanwhile."""
        while not condition():
            if self.result.habits_settled_after_s is None and self._habits_are_settled():
                self.result.habits_settled_after_s = time.monotonic() - started
            if time.monotonic() > limit:
                return None
            self._wait(0.25)
        return time.monotonic() - started

    def _image_is_armed(self) -> bool:
        return self._stack.is_armed(self._service.image)

    def _program_is_armed(self) -> bool:
        return bool(self._told_of_program("profile armed"))

    def _habits_are_settled(self) -> bool:
        """All of the server that can: how it is run, few servers show often enough."""
        told = " ".join(self._told_of_program("habits settled"))
        return all(feature in told for feature in ("directories read", "directories changed", "addresses", "pace"))

    def _told_of_program(self, message: str) -> list[str]:
        pattern = f'msg="{message}".*image="?{re.escape(self._service.image)}.*{re.escape(self._service.program)}'
        return self._stack.analyzer.lines(pattern)

    def _live_ordinarily(self, load: Load, learned: list[Instance]) -> None:
        end = time.monotonic() + self._options.ordinary_s
        self._wait(self._chance.uniform(0.3, 0.6) * self._options.ordinary_s)
        self._tell_false_alarms()
        self._restart(self._chance.choice(learned), load)
        while time.monotonic() < end:
            self._wait(min(5, max(0.1, end - time.monotonic())))
            self._tell_false_alarms()

    def _attack_all(self) -> None:
        self._begin("attacks")
        targets = [self._start() for _ in self._service.attacks]
        with Load(self._service, targets, self._options.seed + 2000, clients=1, gentle=True) as load:
            self._wait(WARM_UP_S)
            for attack, target in zip(self._service.attacks, targets, strict=True):
                self._wait(self._chance.uniform(0.5, 1.5))
                self._tell_false_alarms()
                self._attack(attack, target)
                load.rest(target)
                target.container.remove()
        self._tell_false_alarms()

    def _attack(self, attack: Attack, target: Instance) -> None:
        earlier = self._mailbox.about(target.name)
        result = AttackResult(attack.name, attack.does, target.name, attack.reliable, time.time_ns())
        self.result.attacks.append(result)
        if earlier:
            result.note = f"{len(earlier)} mails before it"
        try:
            attack.run(target)
        except AttackFailed as error:
            result.outcome, result.note = "failed", str(error)
        except Exception as error:  # the others are measured all the same
            result.outcome, result.note = "failed", repr(error)
        result.ended_ns = time.time_ns()

        def about_it() -> list[Mail]:
            return [mail for mail in self._mailbox.about(target.name, result.started_ns) if mail.says(attack.mail_says)]

        end = time.monotonic() + (self._options.mail_s if attack.reliable else self._options.doubtful_s)
        while not about_it() and time.monotonic() < end:
            self._wait(0.05)
        self._wait(0.5)
        mails = self._mailbox.about(target.name, result.started_ns)
        self._reported.update(mails)
        result.by = [mail.finding for mail in mails]
        if chosen := about_it() or mails:
            result.milliseconds = (chosen[0].arrived_ns - result.started_ns) // 1_000_000
            if chosen[0].call_ns:
                result.milliseconds_from_call = (chosen[0].arrived_ns - chosen[0].call_ns) // 1_000_000
            if result.outcome != "failed":
                result.outcome = "detected" if about_it() else "other"
        elif result.outcome == "missed" and not self._is_seen(target):
            result.outcome, result.note = "failed", "another tracer held tasks of the container"
        self._options.say(f"{self._service.name}: {attack.name}: {result.outcome}"
                          f"{f' after {result.milliseconds} ms' if result.milliseconds else ''} {result.note}")

    def _start(self) -> Instance:
        """Anew if another tracer was quicker, since what that holds is not seen by ours."""
        for _ in range(START_TRIES):
            instance = self._service.start(f"{self._prefix}-{len(self._instances) + 1}")
            self._instances.append(instance)
            self._stack.wait_until_watched(instance.container.id)
            self._service.wait_until_ready(instance)
            if self._is_seen(instance):
                return instance
            instance.container.remove()
        raise StackError(f"another tracer, a collector say, held {instance.name} and {START_TRIES - 1} containers before it")

    def _restart(self, instance: Instance, load: Load) -> None:
        for _ in range(START_TRIES):
            load.restart(instance)
            if self._is_seen(instance):
                return
        raise StackError(f"another tracer, a collector say, held {instance.name} after {START_TRIES} restarts")

    def _is_seen(self, instance: Instance) -> bool:
        ours = {int(task.name) for task in Path(f"/proc/{self._stack.collector.pid}/task").iterdir()}
        return all(tracer == 0 or tracer in ours for tracer in instance.container.tracers().values())

    def _begin(self, phase: str) -> None:
        self.result.phases_ns[phase] = time.time_ns()
        self._options.say(f"{self._service.name}: {phase}")

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped
        for part in self._stack.parts:
            part.must_run("the campaign")

    def _tell_false_alarms(self) -> None:
        """All mails that are not an attack's."""
        for mail in self._mailbox.all():
            container = mail.subject.split()[1]
            if mail in self._reported or not container.startswith(f"{self._prefix}-"):
                continue
            self._reported.add(mail)
            if attack := next((each for each in self.result.attacks if each.container == container), None):
                attack.later.append(mail.finding)
                continue
            phase = max(self.result.phases_ns.items(), key=lambda item: item[1] if item[1] <= mail.arrived_ns else 0)[0]
            self.result.false_alarms.append(FalseAlarm(container, phase, mail.arrived_ns, mail.finding,
                                                        mail.is_repeat))
            self._options.say(f"{self._service.name}: FALSE ALARM while {phase}: {mail.subject}\n{mail.text}")

    def _note_steps(self) -> None:
        pattern = r'msg="(image|profile|habits) .*why='
        self.result.steps = [re.sub(r"^ts=(\S+) .*?msg=", r"\1 ", line)
                             for line in self._stack.analyzer.lines(pattern) if self._service.image in line]
