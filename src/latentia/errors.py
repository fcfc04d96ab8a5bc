"""Every error and warning that Latentia raises on purpose.

::

    LatentiaError
    ├── InputError          (ValueError)   the data: a file, a table, a column, a row
    ├── RecipeError         (ValueError)   a setting of a fit: its name, type or value
    ├── ModelFileError      (ValueError)   a model file that cannot be trusted or read
    ├── CheckpointError     (ValueError)   an interrupted fit that cannot be gone on with
    ├── OutputError         (OSError)      a place that cannot be written to
    └── MissingExtraError   (ImportError)  an optional package that is not installed

    LatentiaWarning         (UserWarning)  something worth knowing that stops nothing

A message is one sentence that names the value, the rule it breaks, and the next step. The
command line prints it as it is and ends with exit code 2.
"""


class LatentiaError(Exception):
    """Base class: catch this to catch everything that Latentia raises on purpose."""


class InputError(LatentiaError, ValueError):
    """The data cannot be used as they are."""


class RecipeError(LatentiaError, ValueError):
    """A setting has a value that it cannot have."""


class ModelFileError(LatentiaError, ValueError):
    """A model file is damaged, too new, or not a model file."""


class CheckpointError(LatentiaError, ValueError):
    """An interrupted fit cannot be gone on with from what it left behind."""


class OutputError(LatentiaError, OSError):
    """A result cannot be written where it was asked for."""


class MissingExtraError(LatentiaError, ImportError):
    """A feature needs an optional package that is not installed."""


class LatentiaWarning(UserWarning):
    """Something worth knowing that does not stop the work."""
