"""Who may import whom: the contracts of pyproject.toml, `[tool.importlinter]`."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT


def test_imports_keep_their_direction() -> None:
    """What `make lint` asks too."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout if done.returncode else "") == (0, "")
