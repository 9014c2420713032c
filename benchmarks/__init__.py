"""What keyhole costs, beside what else could be used: `python -m benchmarks`."""

import sys
from pathlib import Path

# The servers that the tests start are started here, too.
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
