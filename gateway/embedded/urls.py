"""The names of the embedded servers and the URLs under which clients reach them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

POSTGRES_PORT = 5432  # part of the socket's file name; nothing listens on TCP
SUPERUSER = "postgres"


class Server(enum.Enum):
    """One of the three servers; the value names its folder, its log and its socket."""

    POSTGRES = "postgres"
    MONGO = "mongo"
    REDIS = "redis"

    @property
    def title(self) -> str:
        """The product's name, for people."""
        return _TITLES[self]

    @property
    def url_variables(self) -> tuple[str, ...]:
        """The environment variables that replace this server by one of the reader's own."""
        return _URL_VARIABLES[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUrls:
    """Where the three servers listen; every URL names a Unix socket.

    `postgres` and `mongo` name no database; `postgres_url` and `mongo_url` add one.
    """

    postgres: str
    mongo: str
    redis: str

    def postgres_url(self, database: str) -> str:
        """The DSN of one PostgreSQL database, as `asyncpg.connect` takes it."""
        return _with_database(self.postgres, database)

    def mongo_url(self, database: str) -> str:
        """The connection string of one MongoDB database, as motor takes it."""
        return _with_database(self.mongo, database)


def build_urls(sockets: Path) -> ServerUrls:
    """Return the URLs of servers whose sockets lie in this folder."""
    mongo = quote(str(mongo_socket(sockets)), safe="")
    return ServerUrls(
        postgres=f"postgresql://{SUPERUSER}@/?host={quote(str(postgres_sockets(sockets)))}&port={POSTGRES_PORT}",
        # directConnection: the replica set's only member knows itself by a path relative to its own folder.
        mongo=f"mongodb://{mongo}/?directConnection=true",
        redis=f"unix://{quote(str(redis_socket(sockets)))}?db=0",
    )


def postgres_sockets(sockets: Path) -> Path:
    """Return the folder of PostgreSQL's socket: its own, since as root it runs as another user."""
    return sockets / "postgres"


def postgres_socket(sockets: Path) -> Path:
    """Return PostgreSQL's socket; its name is PostgreSQL's choice and the longest of the three."""
    return postgres_sockets(sockets) / f".s.PGSQL.{POSTGRES_PORT}"


def mongo_socket(sockets: Path) -> Path:
    """Return MongoDB's socket; clients recognise a socket by its `.sock`."""
    return sockets / "mongo.sock"


def redis_socket(sockets: Path) -> Path:
    """Return the socket of Redis or Valkey."""
    return sockets / "redis.sock"


def _with_database(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{quote(database, safe='')}").geturl()


_TITLES = {Server.POSTGRES: "PostgreSQL", Server.MONGO: "MongoDB", Server.REDIS: "Redis"}

_URL_VARIABLES = {
    Server.POSTGRES: (
        "GATEWAY_USER_DB_URL",
        "GATEWAY_INVENTORY_DB_URL",
        "GATEWAY_CART_DB_URL",
        "GATEWAY_ORDER_DB_URL",
        "GATEWAY_PAYMENT_DB_URL",
    ),
    Server.MONGO: ("GATEWAY_PRODUCT_DB_URL", "GATEWAY_NOTIFICATION_DB_URL"),
    Server.REDIS: ("GATEWAY_REDIS_URL",),
}
