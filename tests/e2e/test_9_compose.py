"""The services of deploy/docker-compose.yml, as they stand there but for the images. The collector sees births as one on the
host does: its namespaces, capabilities and mounts are enough, and it complains of nothing. Analyzers scale out."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import redis
from birth_options import IMAGE, LIST
from demo_files.docker import Container, docker
from demo_files.process import wait_until
from recorder import Recorder

COMPOSE = Path(__file__).resolve().parents[2] / "deploy" / "docker-compose.yml"
PROJECT = f"da-compose-{os.getpid()}"
# The binaries of this machine with the libraries of this machine: to build the images takes minutes.
LOADER = ["/host/lib64/ld-linux-x86-64.so.2", "--library-path", "/host/usr/lib/x86_64-linux-gnu"]


def test_a_collector_in_a_container_sees_births(binaries: Path, tmp_path: Path) -> None:
    recorder = Recorder(binaries, [])
    (tmp_path / "collector.yaml").write_text(f"""\
containers: {{ include: {{ names: ["{PROJECT}-*"] }} }}
redis: {{ url: "unix:///run/redis/redis.sock" }}
""")
    changes = in_place("collector", binaries, recorder, tmp_path)
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


def test_analyzers_scale_out_and_in(binaries: Path, tmp_path: Path) -> None:
    recorder = Recorder(binaries, [])
    (tmp_path / "analyzer.yaml").write_text('redis: { url: "unix:///run/redis/redis.sock" }\n')
    changes = in_place("analyzer", binaries, recorder, tmp_path)
    recorder.redis.start()
    # The analyzer in the container is not root.
    recorder.directory.chmod(0o755)
    recorder.redis.socket.chmod(0o777)
    client = redis.Redis(unix_socket_path=str(recorder.redis.socket))

    def shares() -> list[int]:
        tokens = [client.get(f"{{s{shard}}}:lease") for shard in range(16)]
        holders = [token.rpartition(b"/")[0] for token in tokens if token]
        return sorted(holders.count(holder) for holder in set(holders))

    try:
        for count, most in ((1, 16), (3, 6), (2, 8)):
            compose(changes, tmp_path, "up", "-d", "--no-build", "--no-deps", "--scale", f"analyzer={count}", "analyzer")
            wait_until(f"{count} analyzers to share the shards", lambda count=count, most=most: (
                len(shares()) == count and sum(shares()) == 16 and shares()[-1] <= most), 20)
        for container in compose(changes, tmp_path, "ps", "-q", "analyzer").split():
            assert "level=error" not in log(container), log(container)
    finally:
        compose(changes, tmp_path, "down", "-v", "-t", "5")
        recorder.redis.stop()
        shutil.rmtree(recorder.directory, ignore_errors=True)


def in_place(name: str, binaries: Path, recorder: Recorder, folder: Path) -> Path:
    """A change of one service: the binary as it was built, and the recorder's Redis."""
    changes = folder / "changes.yaml"
    changes.write_text(json.dumps({"version": "3.7", "services": {name: {
        "image": IMAGE, "volumes": ["/:/host:ro", f"{recorder.directory}:/run/redis"],
        "entrypoint": [*LOADER, f"/host{binaries.resolve()}/{name}/{name}", "--config",
                       f"/etc/docker-anomalies/{name}.yaml"]}}}))
    return changes


def compose(changes: Path, config: Path, *command: str) -> str:
    done = subprocess.run(["docker-compose", "-p", PROJECT, "-f", str(COMPOSE), "-f", str(changes), *command], check=False,
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env=os.environ | {"DOCKER_ANOMALIES_CONFIG": str(config)})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def log(container: str) -> str:
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout + done.stderr
