"""Rows in: reading tables, splitting off the rows that judge, and scaling."""

from latentia.tables.scaling import Scaling
from latentia.tables.sources import read_table
from latentia.tables.splits import Split, duplicated_across, hold_out
from latentia.tables.table import Column, Schema, Source, Table

__all__ = [
    "Column",
    "Scaling",
    "Schema",
    "Source",
    "Split",
    "Table",
    "duplicated_across",
    "hold_out",
    "read_table",
]
