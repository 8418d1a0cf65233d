"""How long a version of the universe takes to publish, whole and when a load touched a few buckets, and its index.

    python -m benchmarks.bench_publish --positions 10000000 --folder /tmp/universes

Takes the two versions that `made_versions` makes (kept with --folder). Whole: every bucket of positions and profiles is
written, summed and synced as publication does, from tables in memory; reading them in is not counted. Delta: of the
buckets of positions 3 % (at least one) are written again and the others linked. Then the index is built from the files.
Merging a roster into the positions (`ingest`) is not in these figures. The limit: the bare time to write as many bytes
as the files have, from memory, and to sync them.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import timing

sys.path.insert(0, str(Path(__file__).parents[1]))
SHARE = 0.03


def main() -> None:
    options = _options()
    os.environ.setdefault("ROLLCALL_SECRET_KEY", "only-for-benchmarks-0123456789-0123456789")
    os.environ["DJANGO_SETTINGS_MODULE"] = "rollcall.settings"
    import django

    django.setup()
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        _measure(Path(options.folder or temporary), Path(temporary), options.positions)


def _measure(folder: Path, scratch: Path, positions: int) -> None:
    from benchmarks import made_versions
    from rollcall.universe import records
    from rollcall.universe.index import building

    made = made_versions.write(folder, positions=positions)
    whole = scratch / "v000001"
    whole.mkdir()
    spent = _Spent()
    for table in records.TABLES:
        spent.publish(made.versions[0], whole, table, touched=1.0)
    spent.say(f"whole version of {positions:,} positions", whole)
    limit = _bare(whole, scratch / "bare")
    print(f"  limit: {limit:.1f} s to write and sync these bytes")
    index = timing.seconds(lambda: building.build(version=whole, folder=scratch / "index"))
    size = sum(path.stat().st_size for path in (scratch / "index").rglob("*") if path.is_file())
    rows = json.loads((scratch / "index" / "index.json").read_text())["rows"]
    print(
        f"  index: {index:.1f} s, {size / 1e9:.2f} GB, {rows:,} current people; {spent.total + index:.1f} s in all"
    )
    delta = scratch / "v000002"
    delta.mkdir()
    spent = _Spent()
    for table in records.TABLES:
        spent.publish(whole, delta, table, touched=SHARE if table in ("positions", "profiles") else 1.0)
    spent.say(f"delta that touches {100 * SHARE:.0f} % of the buckets", delta)
    former = scratch / "index"
    index = timing.seconds(lambda: building.build(version=delta, folder=scratch / "index-2", former=former))
    print(
        f"  index, what is linked copied from the former one: {index:.1f} s; {spent.total + index:.1f} s in all"
    )


class _Spent:
    """Seconds of each step of publication."""

    def __init__(self) -> None:
        self.writing = self.summing = self.syncing = 0.0
        self.linked = self.written = 0

    @property
    def total(self) -> float:
        return self.writing + self.summing + self.syncing

    def publish(self, source: Path, target: Path, table: str, *, touched: float) -> None:
        """One table: the last buckets are the touched ones."""
        import pyarrow.parquet as pq

        from rollcall.universe import buckets, publication

        if not (source / f"{table}.parquet").exists():
            # Made before there was such a table.
            return
        files = buckets.files(source, table)
        first = len(files) - max(1, round(touched * len(files)))
        for number, path in enumerate(files):
            if number < first:
                self.writing += timing.seconds(lambda: os.link(path, target / path.name))  # noqa: B023
                self.linked += 1
                continue
            rows = pq.read_table(path)
            self.writing += timing.seconds(lambda: buckets.write_file(target / path.name, rows))  # noqa: B023
            self.summing += timing.seconds(lambda: publication._checksum(target / path.name))  # noqa: B023
            self.syncing += timing.seconds(lambda: publication._sync(target / path.name))  # noqa: B023
            self.written += 1

    def say(self, what: str, folder: Path) -> None:
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{what}: {self.written} files written and {self.linked} linked, {size / 1e9:.2f} GB")
        print(f"  writing {self.writing:.1f} s, checksums {self.summing:.1f} s, syncing {self.syncing:.1f} s")


def _bare(folder: Path, target: Path) -> float:
    """Seconds to write the bytes of all files of a folder once more."""
    seconds = 0.0
    for path in folder.iterdir():
        data = path.read_bytes()
        seconds += timing.seconds(lambda: _write(target, data))  # noqa: B023
        target.unlink()
    return seconds


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        os.fsync(file.fileno())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--positions", type=int, default=10_000_000)
    parser.add_argument("--folder", help="keep the versions here, and use those that are there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
