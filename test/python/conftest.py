"""Makes the runner's package and the tests' support importable, wherever pytest is started."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "rde-agent" / "runner" / "python")]
