"""What factors and clusters mean, as plain values and in words: slopes, walks and drivers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from latentia.views.report.reading import HALF, MOVED, unit_after
from latentia.views.writing import counted, listed, signed, told_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.factor_results import ClusterDrivers, Driver
    from latentia.insight.results import Study

REGIONS = ("low", "middle", "high")
MOST_NAMED = 3  # columns of a cluster on each side


def slopes_of(study: Study, factor: int, column: int) -> dict[str, Any]:
    """Return what is known of one column along one factor beside its effect; nothing if nothing is."""
    told: dict[str, Any] = {}
    if study.alone is not None:
        told["r2_alone"] = study.alone.r2_per_column[factor, column]
    if (found := study.sensitivities) is not None:
        regions = zip(REGIONS, found.by_region[factor, :, column], strict=True)
        told |= {
            "slope": found.mean[factor, column],
            "slope_scaled": found.mean_scaled[factor, column],
            "slope_size_scaled": found.size_scaled[factor, column],
            **{f"slope_where_{name}": value for name, value in regions},
            "unevenness": found.unevenness[factor, column],
        }
    return told


def factor_alone(study: Study, factor: int) -> float | None:
    """Return the held-out R² of one factor alone."""
    return None if study.alone is None else float(study.alone.r2[factor])


def traversal_of(study: Study, factor: int) -> dict[str, Any] | None:
    """Return the walk along one factor: its values, and the columns that change most."""
    walks = study.traversals
    if walks is None:
        return None
    return {
        "values": walks.values[factor],
        "columns": [
            {
                "column": study.column_names[column],
                "in_units": walks.in_units[factor, at],
                "change_scaled": walks.change_scaled[factor, at],
            }
            for at, column in enumerate(walks.columns[factor])
        ],
    }


def drivers_told(study: Study) -> dict[str, Any] | None:
    """Return what sets the clusters apart, each with a sentence."""
    if study.drivers is None:
        return None
    return {
        "method": study.drivers.method,
        "space": study.drivers.space,
        "clusters": [{**asdict(one), "reading": driver_reading(one)} for one in study.drivers.clusters],
    }


def driver_reading(one: ClusterDrivers) -> str:
    """Say in a sentence what tells a cluster's rows from all others.

    Named are columns that differ by half a standard deviation or more, and by half of the largest
    difference, where the interval of the difference leaves out 0.
    """
    clear = [driver for driver in one.columns if driver.low_scaled * driver.high_scaled > 0]
    least = max([MOVED, *(HALF * abs(driver.difference_scaled) for driver in clear)])
    told = [driver for driver in clear if abs(driver.difference_scaled) >= least]
    name = f"Cluster {one.cluster} ({counted(one.n_rows, 'row')})"
    if not told:
        return f"{name}: no column is clearly different by half a standard deviation."
    sides = {
        "higher": [driver for driver in told if driver.difference > 0],
        "lower": [driver for driver in told if driver.difference < 0],
    }
    parts = [f"{word} {_named(drivers)}" for word, drivers in sides.items() if drivers]
    return f"{name}: {'; '.join(parts)}."


def _named(drivers: Sequence[Driver]) -> str:
    names = told_apart([driver.column for driver in drivers])
    return listed(
        (
            f"{name} ({signed(driver.difference, 2)}{unit_after(driver.unit)})"
            for name, driver in zip(names, drivers, strict=True)
        ),
        most=MOST_NAMED,
    )
