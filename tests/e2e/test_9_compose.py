"""The collector's service of deploy/docker-compose.yml, as it stands there but for the image, sees births as a collector
on the host does: its namespaces, capabilities and mounts are enough, and it complains of nothing."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from birth_options import IMAGE, LIST
from demo_files.docker import Container, docker
from demo_files.process import wait_until
from recorder import Recorder

COMPOSE = Path(__file__).resolve().parents[2] / "deploy" / "docker-compose.yml"
PROJECT = f"da-compose-{os.getpid()}"
# The binary of this machine with the libraries of this machine: to build the image takes minutes.
LOADER = ["/host/lib64/ld-linux-x86-64.so.2", "--library-path", "/host/usr/lib/x86_64-linux-gnu"]


def test_a_collector_in_a_container_sees_births(binaries: Path, tmp_path: Path) -> None:
    recorder = Recorder(binaries, [])
    (tmp_path / "collector.yaml").write_text(f"""\
containers: {{ include: {{ names: ["{PROJECT}-*"] }} }}
redis: {{ url: "unix:///run/redis/redis.sock" }}
""")
    changes = tmp_path / "changes.yaml"
    changes.write_text(json.dumps({"version": "3.7", "services": {"collector": {
        "image": IMAGE, "volumes": ["/:/host:ro", f"{recorder.directory}:/run/redis"],
        "entrypoint": [*LOADER, f"/host{binaries.resolve()}/collector/collector", "--config",
                       "/etc/docker-anomalies/collector.yaml"]}}}))
    recorder.redis.start()
    try:
        compose(changes, tmp_path, "up", "-d", "--no-build", "--no-deps", "collector")
        collector = compose(changes, tmp_path, "ps", "-q", "collector")
        wait_until("the collector to listen", lambda: "listening for docker events" in log(collector), 15)
        with Container(IMAGE, f"{PROJECT}-service", ["sleep", "1000"]) as container:
            docker("exec", container.id, *LIST)
            wait_until("both", lambda: len(recorder.tasks_of(container.id)) == 2, 10)
            [listed] = wait_until("ls", lambda: recorder.tasks_of(container.id, program="/ls"), 5)
            [sleep] = recorder.tasks_of(container.id, program="/sleep")
        assert listed.is_whole and listed.calls[0] == "execve" and listed.calls[-1] == "exit_group"
        assert sleep.is_from_birth and sleep.calls[0] == "execve" and not sleep.has_gap
        assert "level=warning" not in log(collector) and "level=error" not in log(collector), log(collector)
    finally:
        compose(changes, tmp_path, "down", "-v", "-t", "5")
        recorder.redis.stop()
        shutil.rmtree(recorder.directory, ignore_errors=True)


def compose(changes: Path, config: Path, *command: str) -> str:
    done = subprocess.run(["docker-compose", "-p", PROJECT, "-f", str(COMPOSE), "-f", str(changes), *command], check=False,
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env=os.environ | {"DOCKER_ANOMALIES_CONFIG": str(config)})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def log(container: str) -> str:
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout + done.stderr
