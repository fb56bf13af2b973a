"""What the tests of the runner share. Importing it makes the runner's package importable, under pytest and unittest alike."""

import sys
from pathlib import Path

RUNNER = Path(__file__).resolve().parents[3] / "rde-agent" / "runner" / "python"
sys.path.insert(0, str(RUNNER))
