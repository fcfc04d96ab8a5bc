"""Find the few hidden variables behind a table, and learn whether to believe them.

>>> import latentia
>>> latentia.__version__
'0.1.0'

The names below are loaded when they are first used, so that ``import latentia`` itself
loads no third-party package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentia.analysis import Analysis, analyze
    from latentia.autoencoder import Autoencoder
    from latentia.errors import (
        CheckpointError,
        InputError,
        LatentiaError,
        LatentiaWarning,
        MissingExtraError,
        ModelFileError,
        OutputError,
        RecipeError,
    )
    from latentia.exporting import export_onnx
    from latentia.grid_fit import GridFit
    from latentia.imputer import AutoencoderImputer
    from latentia.insight.findings import Finding
    from latentia.learning_rate_sweep import LearningRateSweep
    from latentia.loading import load
    from latentia.outliers import AutoencoderOutlierDetector
    from latentia.recipe import Recipe
    from latentia.size_choice import SizeChoice, choose_n_components
    from latentia.tables.scan import TableScan, scan_table
    from latentia.training.callbacks import Epoch

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Autoencoder",
    "AutoencoderImputer",
    "AutoencoderOutlierDetector",
    "CheckpointError",
    "Epoch",
    "Finding",
    "GridFit",
    "InputError",
    "LatentiaError",
    "LatentiaWarning",
    "LearningRateSweep",
    "MissingExtraError",
    "ModelFileError",
    "OutputError",
    "Recipe",
    "RecipeError",
    "SizeChoice",
    "TableScan",
    "analyze",
    "choose_n_components",
    "export_onnx",
    "load",
    "scan_table",
]

_HOME = {
    "Analysis": "latentia.analysis",
    "Autoencoder": "latentia.autoencoder",
    "AutoencoderImputer": "latentia.imputer",
    "AutoencoderOutlierDetector": "latentia.outliers",
    "CheckpointError": "latentia.errors",
    "Epoch": "latentia.training.callbacks",
    "Finding": "latentia.insight.findings",
    "GridFit": "latentia.grid_fit",
    "InputError": "latentia.errors",
    "LatentiaError": "latentia.errors",
    "LatentiaWarning": "latentia.errors",
    "LearningRateSweep": "latentia.learning_rate_sweep",
    "MissingExtraError": "latentia.errors",
    "ModelFileError": "latentia.errors",
    "OutputError": "latentia.errors",
    "Recipe": "latentia.recipe",
    "RecipeError": "latentia.errors",
    "SizeChoice": "latentia.size_choice",
    "TableScan": "latentia.tables.scan",
    "analyze": "latentia.analysis",
    "choose_n_components": "latentia.size_choice",
    "export_onnx": "latentia.exporting",
    "load": "latentia.loading",
    "scan_table": "latentia.tables.scan",
}


def __getattr__(name: str) -> object:
    """Load a public name from its home when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'latentia' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
