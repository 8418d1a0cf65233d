"""All engines choose the same ids: random filters and personas, on memory, DuckDB, the index and Spark.

    python -m tests.campaigns.engines --filters 10000

It runs tests/universe/test_engines_agree.py with that number; 10,000 filters take Spark about ten minutes on two cores.
"""

import argparse
import os
import subprocess
import sys

SUITE = "tests/universe/test_engines_agree.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--filters", type=int, default=10_000)
    given = parser.parse_args()
    told = os.environ | {"ROLLCALL_ENGINE_FILTERS": str(given.filters)}
    suite = [sys.executable, "-m", "pytest", "-v", "--durations=0", SUITE]
    sys.exit(subprocess.run(suite, env=told).returncode)


if __name__ == "__main__":
    main()
