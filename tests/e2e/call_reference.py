"""What strace sees a container's program do: the calls that the collector has to have seen, too.

The host's strace runs inside of the container, so that the program finds there what it finds without.

    expected = strace_calls(kind, "da-ref-1", directory)   # ["execve", "brk", ...]
"""

from pathlib import Path

from birth_options import LIST, Kind
from demo_files.docker import docker

# By the host's own loader: the image need not have its libraries.
STRACE = ("/host/lib64/ld-linux-x86-64.so.2", "--library-path", "/host/usr/lib/x86_64-linux-gnu", "/host/usr/bin/strace")


def strace_calls(kind: Kind, name: str, directory: Path) -> list[str]:
    """Of `ls /` with these options. The container must be none that is watched."""
    directory.chmod(0o777)  # for whoever the options make it
    output = directory / f"{name}.strace"
    docker("run", "--rm", "--name", name, "-v", "/:/host:ro", "-v", f"{directory}:/strace", *kind.options, "--entrypoint",
           STRACE[0], "--network", kind.network, "debian:bookworm-slim", *STRACE[1:], "-o", f"/strace/{name}.strace", "--",
           *LIST)
    lines = output.read_text(errors="replace").splitlines()
    return [line.split("(", 1)[0] for line in lines if "(" in line and not line.startswith(("+++", "---"))]
