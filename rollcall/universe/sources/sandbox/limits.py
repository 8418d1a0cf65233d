"""How much a file may cost before it is refused."""

from dataclasses import dataclass

MB = 2**20


@dataclass(frozen=True)
class Limits:
    """Limits of one file; both processes know them."""

    # What the reader may take beyond itself (about 70 MB when empty).
    memory_bytes: int = 160 * MB
    # Between two batches. Batches are small, so honest files stay far below it.
    cpu_seconds: int = 4
    stall_seconds: float = 10.0
    # A file may unpack to this much, or to so many times its size, whichever is more.
    unpacked_bytes: int = 64 * MB
    unpacked_ratio: int = 200
    # Nobody can say more than this in so few bytes.
    rows: int = 100_000
    rows_per_byte: int = 2
    columns: int = 1_000
    cell_characters: int = 131_072
    record_bytes: int = 2 * MB
    # Rows that cannot be read before the first that can.
    broken_rows: int = 10_000

    def unpacked(self, packed: int) -> int:
        return max(self.unpacked_bytes, self.unpacked_ratio * packed)

    def rows_of(self, packed: int) -> int:
        return max(self.rows, self.rows_per_byte * packed)

    def total_cpu_seconds(self, packed: int) -> int:
        """For the whole file: hostile ones that are slow without stopping."""
        return 20 + packed // MB
