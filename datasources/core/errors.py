"""The errors any service's data access may raise."""

from __future__ import annotations


class DatasourceError(Exception):
    """An expected failure of data access; carries what its reader needs to act."""


class ServiceUnavailable(DatasourceError):
    """A service's database cannot be reached, or did not answer in time. Trying again later may help."""

    def __init__(self, service: str) -> None:
        super().__init__(f"The {service} service is unavailable. Try again in a moment.")
        self.service = service


class InvalidCursor(DatasourceError):
    """A paging cursor that this list did not give out."""

    def __init__(self, cursor: str) -> None:
        super().__init__("The cursor is not one that this list gave out in this order.")
        self.cursor = cursor


class InvalidPage(DatasourceError):
    """Paging arguments that contradict each other or pass the limits."""
