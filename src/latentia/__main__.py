"""``python -m latentia`` is the same as ``latentia``."""

from latentia.cli import main

if __name__ == "__main__":
    main()
