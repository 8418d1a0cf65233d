"""Compares records in pairs: Splink with a fixed, documented model, on a private DuckDB or on Spark."""

import logging
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import engines
from rollcall.universe.columns import flat
from rollcall.universe.engine import Linking
from rollcall.universe.identity.people import model

NUMBER = "unique_id"


def pairs(*, columns: pa.Table, engine: str = "duckdb") -> pa.Table:
    """The pairs that share a block: `left` and `right` (numbers in `columns`), `weight`, `probability`, and for each
    comparison of the model how far it came (`given`, `family`, …: the number of its step from the end, -1 not told)."""
    found = [name for name in columns.column_names if name.startswith("block_")]
    if not found or columns.num_rows < 2:
        return _shaped(None)
    with engines.linking(engine) as linking:
        return _shaped(_predicted(linking, columns, found))


def _predicted(linking: Linking, columns: pa.Table, found: list[str]) -> pa.Table:
    # Imported where it is needed: a process that compares nobody is spared it.
    from splink import Linker

    linker = Linker(
        linking.api.register(columns),
        settings(columns, found, linking),
        log_level=logging.ERROR,
        validate_settings=False,
    )
    predicted: Any = linker.inference.predict(warning_mode="never")
    told = [f"gamma_{comparison.name}" for comparison in _told(columns)]
    names = [f"{NUMBER}_l", f"{NUMBER}_r", "match_weight", "match_probability", *told]
    return linking.rows(predicted, names)


def settings(columns: pa.Table, found: list[str], linking: Linking) -> Any:
    """The model in Splink's words. Comparisons of which nothing is told are left out: they count nothing."""
    from splink import SettingsCreator
    from splink.blocking_rule_library import CustomRule

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(comparison, linking) for comparison in _told(columns)],
        # Not compared: two rows of one person, and two known ones, which were compared when they came.
        blocking_rules_to_generate_predictions=[
            CustomRule(f"l.{name} = r.{name} AND l.person <> r.person AND (l.is_new OR r.is_new)")
            for name in found
        ],
        probability_two_random_records_match=model.PRIOR,
        # Only so are the steps told; the values that come with them are not read.
        retain_matching_columns=True,
        unique_id_column_name=NUMBER,
    )


def _told(columns: pa.Table) -> list[model.Comparison]:
    return [c for c in model.COMPARISONS if all(_is_told(columns, name) for name in c.told)]


def _comparison(comparison: model.Comparison, linking: Linking) -> dict[str, Any]:
    nothing = " OR ".join(f"{name}_{side} IS NULL" for name in comparison.told for side in "lr")
    if comparison.idle_when:
        nothing += f" OR {comparison.idle_when}"
    levels: list[dict[str, Any]] = [
        {"sql_condition": linking.said(nothing), "label_for_charts": "not told", "is_null_level": True}
    ]
    for step in comparison.steps:
        level = {
            "sql_condition": linking.said(step.condition) if step.condition else "ELSE",
            "label_for_charts": step.name,
            "m_probability": step.same,
            "u_probability": step.other,
        }
        levels.append(level)
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _is_told(columns: pa.Table, name: str) -> bool:
    return bool(columns[name].null_count < columns.num_rows)


def _shaped(found: pa.Table | None) -> pa.Table:
    """Left before right, one row a pair, in one order."""
    names = {comparison.name: f"gamma_{comparison.name}" for comparison in model.COMPARISONS}
    if found is None or not found.num_rows:
        return SHAPE.empty_table()
    one, other = flat(found[f"{NUMBER}_l"]), flat(found[f"{NUMBER}_r"])
    columns = {
        "left": pc.min_element_wise(one, other),
        "right": pc.max_element_wise(one, other),
        "weight": flat(found["match_weight"]),
        "probability": flat(found["match_probability"]),
    }
    for name, column in names.items():
        told = column in found.column_names
        columns[name] = flat(found[column]) if told else pa.repeat(pa.scalar(-1), found.num_rows)
    table = pa.table({field.name: columns[field.name].cast(field.type) for field in SHAPE}, schema=SHAPE)
    return table.sort_by([("left", "ascending"), ("right", "ascending")])


SHAPE = pa.schema(
    [("left", pa.int64()), ("right", pa.int64()), ("weight", pa.float64()), ("probability", pa.float64())]
    + [(comparison.name, pa.int8()) for comparison in model.COMPARISONS]
)
