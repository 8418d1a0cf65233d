"""The engine for more than one machine: Spark over Parquet folders, object stores or catalog tables."""

from rollcall.universe.engines.spark.answers import open_version

__all__ = ["open_version"]
