"""The demo as a newcomer runs it, but for the set-up."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from demo_files.docker import docker

DEMO = Path(__file__).resolve().parents[2] / "deploy/demo_files/demo.py"
LIMIT_S = 180  # what README promises is less


def test_the_demo_mails_the_break_in_alone_and_leaves_nothing_running(request) -> None:
    started = time.monotonic()
    demo = subprocess.Popen(["/usr/bin/python3", "-B", str(DEMO), "--build", request.config.getoption("--build")],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    shown, _ = demo.communicate(timeout=2 * LIMIT_S)
    assert demo.returncode == 0, shown
    assert time.monotonic() - started < LIMIT_S, shown
    for part in ("armed after", "no mail", "payment-gateway-key", "Subject: [docker-anomalies]", "/dash",
                 "Everything is stopped"):
        assert part in shown, f"{part!r} not in:\n{shown}"
    directory = shown.rsplit("Logs, configurations and mails: ", 1)[1].strip()
    assert len(list(Path(directory, "mails").glob("*/*.eml"))) == 1
    assert docker("ps", "-aq", "--filter", f"name=da-demo-{demo.pid}") == ""
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and runs_in(pid, directory)]
    shutil.rmtree(directory)


def runs_in(pid: str, directory: str) -> bool:
    try:
        return directory.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
