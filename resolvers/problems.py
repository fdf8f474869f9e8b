"""What a client can do wrong with a field's arguments, told as errors that carry their data."""


class BadInput(Exception):
    """Arguments that make no sense together or pass a limit; nothing was changed."""

    def __init__(self, message: str, *, field: str) -> None:
        """Say what is wrong, and with which argument."""
        super().__init__(message)
        self.field = field


def require_exactly_one(**arguments: object) -> None:
    """Check that just one of the named arguments is given.

    Raises:
        BadInput: none is, or more than one.
    """
    given = [name for name, value in arguments.items() if value is not None]
    if len(given) != 1:
        message = f"Give exactly one of {', '.join(arguments)}."
        raise BadInput(message, field=given[1] if given else next(iter(arguments)))
