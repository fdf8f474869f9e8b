"""The columns, constraints and indexes that tables of every service are built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Uuid,
    text,
)

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

# Checks and indexes always carry an explicit name (the seeds name theirs); the rest is derived.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}


def identifier() -> Column[UUID]:
    """The primary key: a random UUID, made by the database unless the command brings its own."""
    return Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()"))


def reference(
    name: str, target: str, *, on_delete: str = "RESTRICT", nullable: bool = False, primary_key: bool = False
) -> Column[UUID]:
    """A foreign key to a UUID inside the same database. Ids of another database are plain columns."""
    key = ForeignKey(target, ondelete=on_delete)
    return Column(name, Uuid, key, nullable=nullable, primary_key=primary_key)


def moment(name: str, *, nullable: bool = True) -> Column[datetime]:
    """A point in time, with its zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def now(name: str) -> Column[datetime]:
    """A point in time that is the start of the writing transaction unless a command says otherwise."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=text("now()"))


def flag(name: str, *, default: bool) -> Column[bool]:
    """A yes or no that is never unknown."""
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def count(name: str, *, default: int | None = 0) -> Column[int]:
    """A whole number that is never unknown; without a default the command must give it."""
    return Column(
        name, Integer, nullable=False, server_default=None if default is None else text(str(default))
    )


def version() -> Column[int]:
    """The optimistic lock: each command adds one, and names the version it read in its WHERE."""
    return Column("version", BigInteger, nullable=False, server_default=text("1"))


def amount(name: str, *, nullable: bool = False, default: int | None = None) -> Column[Decimal]:
    """An exact sum in major units of the row's `currency`, up to 99,999,999.99 as in seed 000."""
    server_default = None if default is None else text(str(default))
    return Column(name, Numeric(10, 2), nullable=nullable, server_default=server_default)


def currency(name: str = "currency") -> Column[str]:
    """The ISO 4217 code of every sum in the row; pair it with `currency_format`."""
    return Column(name, String(3), nullable=False, server_default="USD")


def token_hash(name: str, *, nullable: bool = False) -> Column[str]:
    """The hash of a secret token. The token itself is known to its holder alone."""
    return Column(name, String(128), nullable=nullable)


def currency_format(column: str = "currency") -> CheckConstraint:
    """Three capital letters."""
    return CheckConstraint(f"{column} ~ '^[A-Z]{{3}}$'", name=f"{column}_format")


def one_of(column: str, *values: str, name: str) -> CheckConstraint:
    """The words an enumerated column may hold."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=name)


def not_negative(*columns: str) -> tuple[CheckConstraint, ...]:
    """One check per column, so that the database's error names the column."""
    return tuple(CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns)


def newest_first(name: str, *leading: str, last: str = "id", where: str | None = None) -> Index:
    """The index of a keyset page: newest first, ties broken by `last`, optionally within `leading`, of rows `where`."""
    return Index(
        name,
        *leading,
        text("created_at DESC"),
        text(f"{last} DESC"),
        postgresql_where=None if where is None else text(where),
    )
