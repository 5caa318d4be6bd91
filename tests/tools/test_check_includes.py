"""tools/check-includes finds each kind of wrong direction."""

import subprocess
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "tools" / "check-includes"


def check(tmp_path: Path, file: str, include: str) -> subprocess.CompletedProcess[str]:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    source = tmp_path / file
    source.parent.mkdir(parents=True)
    source.write_text(f"#include <vector>\n\n#include {include}\n")
    return subprocess.run([str(CHECK), str(tmp_path)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("file", "include"), [
    ("proto/codec.h", '"common/log.h"'),
    ("proto/codec.h", "<boost/asio.hpp>"),
    ("common/log.cpp", '"proto/ids.h"'),
    ("collector/config.cpp", '"analyzer/config.h"'),
    ("analyzer/config.cpp", '"collector/config.h"'),
    ("analyzer/model/ngram.cpp", "<unistd.h>"),
    ("analyzer/model/ngram.cpp", '"common/log.h"'),
    ("analyzer/model/ngram.cpp", "<fmt/format.h>"),
    ("collector/shipping/batcher.cpp", '"collector/capture/ptrace/stop.h"'),
])
def test_a_wrong_direction_is_found(file: str, include: str, tmp_path: Path) -> None:
    done = check(tmp_path, file, include)
    assert done.returncode == 1
    assert f"{file}:3: {include.strip(chr(34)).strip('<>')}: " in done.stdout


@pytest.mark.parametrize(("file", "include"), [
    ("proto/codec.cpp", "<msgpack.hpp>"),
    ("common/log.cpp", "<unistd.h>"),
    ("collector/collector.cpp", '"collector/capture/ptrace/ptrace_capture.h"'),
    ("analyzer/model/ngram.cpp", '"proto/ids.h"'),
])
def test_a_right_direction_passes(file: str, include: str, tmp_path: Path) -> None:
    done = check(tmp_path, file, include)
    assert (done.returncode, done.stdout) == (0, "1 files keep to the directions\n")
