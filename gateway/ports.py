"""Finds out whether the address to serve on can be had, before anything is started for it."""

from __future__ import annotations

import errno
import os
import socket

from gateway.failures import PersonCanMend

_LAST_PORT = 65_535
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # read from the settings, not listened on


class AddressUnusable(PersonCanMend):
    """Nothing can listen there; the message is one line that says why and what to do."""


def check_address(host: str, port: int) -> None:
    """Bind to the address and let it go again.

    Raises:
        AddressUnusable: the port is in use or reserved, or the host is not of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise AddressUnusable(_no_such_host(host)) from error
    failures = [code for family, _, _, _, address in found if (code := _try(family, address))]
    if errno.EADDRINUSE in failures:
        message = (
            f"Port {port} of {host} is in use by another program. Stop that, or choose another port "
            f"with --port or GATEWAY_PORT, such as: --port {port % _LAST_PORT + 1}"
        )
        raise AddressUnusable(message)
    if len(failures) < len(found):
        return
    if errno.EADDRNOTAVAIL in failures:
        raise AddressUnusable(_no_such_host(host))
    message = (
        f"Cannot listen on port {port} of {host} ({os.strerror(failures[0])}). "
        "Choose another port with --port or GATEWAY_PORT, such as: --port 8000"
    )
    raise AddressUnusable(message)


def page_url(host: str, port: int) -> str:
    """Where a browser on this machine finds what is served on this address."""
    host = _EVERY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _try(family: int, address: tuple[object, ...]) -> int:
    """The number of the error that binding meets, 0 for none."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":  # as the server itself does: a port that was just left is free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        return error.errno or errno.EINVAL
    return 0


def _no_such_host(host: str) -> str:
    return f"{host!r} is no address of this machine. Choose another with --host or GATEWAY_HOST, such as 127.0.0.1."
