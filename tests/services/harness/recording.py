"""All that a stack's collector sends, kept with what `analyzer replay` needs and with what was logged and mailed.

    with stack, Recording(stack, directory):
        ...                                  # directory/services.batches, services.yaml, services.logs/
"""

import shutil
from pathlib import Path

from demo_files.process import Process
from demo_files.stack import Stack


class Recording:
    def __init__(self, stack: Stack, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._files = directory.resolve() / "services"
        self._logs = stack.directory
        binary, config = stack.directory / "analyzer", stack.directory / "analyzer.yaml"
        self._recorder = Process("recorder", [str(binary), "record", "--config", str(config),
                                              str(self._files.with_suffix(".batches"))], stack.directory / "recorder.log")

    def __enter__(self) -> "Recording":
        self._files.with_suffix(".batches").unlink(missing_ok=True)
        self._recorder.start()
        self._recorder.wait_for_line("msg=recording", 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._recorder.stop()
        shutil.copy(self._logs / "analyzer.yaml", self._files.with_suffix(".yaml"))
        shutil.copytree(self._logs, self._files.with_suffix(".logs"), dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("analyzer", "redis-data", "*.sock"))
