"""The default engine: DuckDB over the Parquet files of a version, bounded in memory and locked down."""

from rollcall.universe.engines.duckdb.answers import open_version

__all__ = ["open_version"]
