"""Where the program's log goes."""

from __future__ import annotations

import logging


def log_to_stderr() -> None:
    """Log what is worth knowing to standard error, each with its level and whose it is."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
