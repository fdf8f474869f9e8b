"""The user that PostgreSQL runs as when the gateway is root, and which folders are closed to that user."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.embedded.errors import MissingAccountError

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform != "win32":
    import pwd

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of this machine; `closed` is a path that is needed and that this user may not enter or run."""

    name: str
    uid: int
    gid: int
    closed: Path | None = None


def choose_account(data: Path) -> Account | None:
    """Return the user to run PostgreSQL as: the owner of existing data, else `postgres`, else `nobody`.

    None means the present user, who is not root. Users are never created.

    Raises:
        MissingAccountError: root has no such user.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(name=_user_name(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise MissingAccountError


def find_closed(path: Path, account: Account) -> Path | None:
    """Return the first folder on the way to `path`, or `path` itself, that the account may not enter or run."""
    for step in (*reversed(path.parents), path):
        status = step.stat()
        if status.st_uid == account.uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == account.gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return step
    return None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
