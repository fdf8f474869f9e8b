"""The errors any service's data access may raise."""

from __future__ import annotations


class DatasourceError(Exception):
    """An expected failure of data access; carries what its reader needs to act."""


class ServiceUnavailable(DatasourceError):
    """A service's database cannot be reached, or did not answer in time. Trying again later may help."""

    def __init__(self, service: str) -> None:
        super().__init__(f"The {service} service is unavailable. Try again in a moment.")
        self.service = service


class InvalidText(DatasourceError):
    """A text that no database can hold, since it has a character such as NUL in it."""

    def __init__(self) -> None:
        super().__init__("A text holds a character that cannot be stored, such as U+0000.")


class InvalidCursor(DatasourceError):
    """A paging cursor that this list did not give out."""

    def __init__(self, cursor: str) -> None:
        super().__init__("The cursor is not one that this list gave out in this order.")
        self.cursor = cursor


class InvalidPage(DatasourceError):
    """Paging arguments that contradict each other or pass the limits."""


class VersionConflict(DatasourceError):
    """Something has changed since the version that a change was meant for; `current_version` is what it is at now."""

    def __init__(self, current_version: int) -> None:
        super().__init__(
            f"This has been changed meanwhile, and is at version {current_version} now. Look at it again first."
        )
        self.current_version = current_version


class IdempotencyConflict(DatasourceError):
    """The idempotency key was used before, for another change."""

    def __init__(self, key: str) -> None:
        super().__init__("This idempotency key was used for another change.")
        self.key = key
