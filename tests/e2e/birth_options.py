"""The kinds of `docker run` that the tests of births go through, and what each makes the container's program be."""

from dataclasses import dataclass, field

IMAGE = "debian:bookworm-slim"
LIST = ("ls", "/")


@dataclass(frozen=True)
class Kind:
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = LIST
    network: str = "none"  # not every machine has the default bridge
    removes_itself: bool = True
    also_runs: tuple[str, ...] = field(default=())  # beside ls, from their first instruction, too

    def arguments(self) -> list[str]:
        options = [*self.options, "--network", self.network, *(["--rm"] if self.removes_itself else [])]
        return [*options, IMAGE, *self.command]


def kinds(cgroup_parent: str) -> dict[str, Kind]:
    return {
        "plain": Kind(),
        "init": Kind(("--init",), also_runs=("docker-init",)),
        "user": Kind(("--user", "1000:1000")),
        "cap-drop": Kind(("--cap-drop", "ALL")),
        "no-new-privileges": Kind(("--security-opt", "no-new-privileges")),
        "unprivileged": Kind(("--user", "1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")),
        "read-only": Kind(("--read-only", "--tmpfs", "/tmp")),
        "memory": Kind(("-m", "64m")),
        "cpu": Kind(("--cpu-shares", "512", "--cpuset-cpus", "0")),
        "pids": Kind(("--pids-limit", "20", "--ulimit", "nofile=64")),
        "pid-host": Kind(("--pid", "host")),
        "ipc-host": Kind(("--ipc", "host")),
        "uts-host": Kind(("--uts", "host")),
        "userns-host": Kind(("--userns", "host")),
        "network-host": Kind(network="host"),
        "cgroup-parent": Kind(("--cgroup-parent", f"{cgroup_parent}/a/b")),
        "terminal": Kind(("-t",)),
        "entrypoint": Kind(("--entrypoint", "/bin/ls"), ("/",)),
        "seccomp": Kind(("--security-opt", "seccomp=unconfined")),
        "volume": Kind(("-v", "/usr/share/zoneinfo:/data:ro", "-w", "/data")),
        "healthcheck": Kind(("--health-cmd", "true", "--health-interval", "1s")),
        "restart": Kind(("--restart", "on-failure:2"), removes_itself=False),
        "shell": Kind(command=("sh", "-c", "exec ls /")),
        "child": Kind(command=("sh", "-c", "ls /; exit"), also_runs=("dash",)),
        "environment": Kind(("-e", "LC_ALL=C", "-e", "A=" + 3000 * "a", "--hostname", "births")),
    }
