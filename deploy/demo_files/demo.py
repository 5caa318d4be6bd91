"""The demo's phases. Called by deploy/demo, which has set the machine up."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo_files import attack, terminal  # noqa: E402
from demo_files.docker import Container, build_victim, docker  # noqa: E402
from demo_files.listener import Listener  # noqa: E402
from demo_files.process import StackError, wait_until  # noqa: E402
from demo_files.stack import Stack, free_port, mail_text  # noqa: E402
from demo_files.traffic import Traffic, shop_request  # noqa: E402

IMAGE = "docker-anomalies-victim:1"
RATE = 40  # requests a second
ARMING_LIMIT_S = 120
ORDINARY_S = 15
MAIL_LIMIT_S = 20
SECOND_MAIL_S = 4  # a second mail for one break-in would have come by then


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy/demo", description=(
        "Shows docker-anomalies at work: a web service in a container, ordinary traffic, a break-in, and the mail."))
    parser.add_argument("--keep", action="store_true", help="leave everything running in the end")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="keep logs, configurations and mails here "
                        "(default: a new directory under $TMPDIR, which stays)")
    parser.add_argument("--budget", metavar="SHARE", help="capture.budget of the collector, as 25%% (default: none)")
    parser.add_argument("--build", default="release", metavar="PRESET", help="whose binaries to use (default: release)")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    screen = terminal.Screen()
    stack = container = None
    name = f"da-demo-{os.getpid()}-shop"
    passed = False
    try:
        stack = Stack(chosen.build, [name], chosen.dir, budget=chosen.budget)
        port = start_everything(screen, stack)
        with screen.phase("Starting the container: a web shop with a command-injection hole") as phase:
            container = start_shop(stack, name, port)
            phase.done(f"{container.name}, image {IMAGE}, http://127.0.0.1:{port}/")
        passed = show(screen, stack, container, port)
    except (StackError, OSError) as error:
        screen.failure(str(error))
    except KeyboardInterrupt:
        screen.failure("interrupted")
    # From here a second Ctrl-C would only leave things behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if chosen.keep and stack and container and all(part.running for part in stack.parts):
        tell_how_to_stop(screen, stack, container)
    else:
        clean_up(screen, stack, name)
    return 0 if passed else 1


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def start_everything(screen: terminal.Screen, stack: Stack) -> int:
    with screen.phase("Building the victim's image") as phase:
        build_victim(IMAGE)
        phase.done(IMAGE)
    with screen.phase("Starting Redis, a mail server, analyzer and collector") as phase:
        stack.start()
        phase.done(f"pids {', '.join(f'{part.name} {part.pid}' for part in stack.parts)}")
    return free_port()


def start_shop(stack: Stack, name: str, port: int) -> Container:
    container = Container(IMAGE, name, ["python3", "/srv/shop.py", str(port)])
    stack.wait_until_watched(container.id)
    wait_until("the shop to serve", lambda: "shop on" in container.logs(), 20, stack.parts)
    return container


def show(screen: terminal.Screen, stack: Stack, container: Container, port: int) -> bool:
    with Traffic(shop_request(port), RATE) as traffic:
        with screen.phase("Ordinary traffic, until the analyzer says that the image is armed") as phase:
            seconds = watch(stack, phase, traffic, ARMING_LIMIT_S, lambda: stack.is_armed(IMAGE))
            if not stack.is_armed(IMAGE):
                raise StackError(f"the image was not armed within {ARMING_LIMIT_S} s{stack.analyzer.tail()}")
            phase.done(f"armed after {seconds:.0f} s and {traffic.done} requests")
        early = len(stack.smtp.mails())
        with screen.phase(f"Ordinary traffic for {ORDINARY_S} s more: no mail may come") as phase:
            before = traffic.done
            watch(stack, phase, traffic, ORDINARY_S, lambda: stack.smtp.mails())
            if mails := stack.smtp.mails():
                phase.failed("false alarm" + (", even before the image was armed" if early else ""))
                screen.mail(mails[0], mail_text(mails[0]))
                return False
            phase.done(f"{traffic.done - before} requests, no mail")
        if traffic.failed:
            raise StackError(f"{traffic.failed} requests failed, the last with {traffic.last_error}")
        return break_in(screen, stack, container, port)


def break_in(screen: terminal.Screen, stack: Stack, container: Container, port: int) -> bool:
    with screen.phase("Breaking in: a shell, a read of a secret, an outgoing connection") as phase:
        with Listener() as listener:
            started = time.monotonic()
            attack.inject_command(port, listener.port)
            loot = listener.received(10)
        if b"payment-gateway-key" not in loot:
            raise StackError("the break-in itself failed: the attacker received no secret")
        phase.done(f"the attacker holds: {loot.decode(errors='replace').strip()}")
    with screen.phase("Waiting for the mail") as phase:
        mails = stack.smtp.wait_for_mails(1, MAIL_LIMIT_S, stack.parts)
        phase.done(f"{time.monotonic() - started:.1f} s after the break-in began")
        time.sleep(SECOND_MAIL_S)
        mails = stack.smtp.mails()
    text = mail_text(mails[0])
    screen.mail(mails[0], text)
    # The right one names the container, the image and the program that the attacker started.
    shown = f"{mails[0]['Subject']}\n{text}"
    wrong = [word for word in (container.name, IMAGE) if word not in shown]
    if not any(shell in shown for shell in ("/bin/sh", "/dash")):
        wrong.append("the shell")
    if len(mails) > 1:
        screen.failure(f"{len(mails)} mails for one break-in")
        return False
    if wrong:
        screen.failure(f"the mail does not mention: {', '.join(wrong)}")
        return False
    screen.success("No false alarm, and the break-in was mailed.")
    return True


def watch(stack: Stack, phase: terminal.Phase, traffic: Traffic, limit_s: float,
          ended: Callable[[], object]) -> float:
    """Waits with progress until `ended`, at most `limit_s`; how long it took, in seconds."""
    started = time.monotonic()
    while (passed := time.monotonic() - started) < limit_s and not ended():
        for part in stack.parts:
            part.must_run("ordinary traffic")
        phase.progress(f"{passed:3.0f} s, {traffic.done} requests")
        time.sleep(0.25)
    return time.monotonic() - started


def tell_how_to_stop(screen: terminal.Screen, stack: Stack, container: Container) -> None:
    pids = " ".join(str(part.pid) for part in reversed(stack.parts))
    screen.note(f"""Left running, with its files in {stack.directory}.
  look     tail -f {stack.directory}/*.log; ls {stack.smtp.mails_directory}
  attack   docker exec {container.name} sh -c 'cat /srv/secret/payment.key'
  stop     docker rm -f {container.name}; kill {pids}
           {Path(__file__).parents[1]}/setup stop-docker   # ends a Docker daemon only if the set-up started it""")


def clean_up(screen: terminal.Screen, stack: Stack | None, container: str) -> None:
    if stack:
        stack.stop()
        # By name: an interrupted `docker run` may have made it all the same.
        docker("rm", "-f", "-v", container, check=False)
        screen.note(f"Everything is stopped. Logs, configurations and mails: {stack.directory}")


if __name__ == "__main__":
    sys.exit(main())
