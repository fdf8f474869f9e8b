"""Becomes a server: gives up root, asks to be stopped when the parent dies, then executes the program.

Run as a script, `python -I -S launch.py PARENT SIGNAL UID GID OVERRIDE PROGRAM ARGUMENT...`, since none of this
can be done safely between fork and exec of a process with threads. It imports nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import os
import sys

KEEP = -1
"""As UID or GID: do not change it."""

NO_OVERRIDE = 126
"""Exit status: root itself lacks the right to pass closed folders, or may not pass it on."""

NOT_EXECUTABLE = 127
"""Exit status: the program cannot be executed."""

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522


def main(arguments: list[str]) -> None:
    """Turn this process into the program; returns never."""
    parent, signal, uid, gid, override = (int(argument) for argument in arguments[:5])
    program = arguments[5:]
    if uid != KEEP:
        _become(uid, gid, override=bool(override))
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal)  # here, since the change of user would clear it
        if os.getppid() != parent:  # it died before the request was made
            sys.exit(1)
    try:
        os.execv(program[0], program)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{program[0]} cannot be executed: {error.strerror}\n")
        sys.exit(NOT_EXECUTABLE)


def _become(uid: int, gid: int, *, override: bool) -> None:
    """Take another user's place, with root's right to pass closed folders if `override`.

    A data folder or an installation under /root is closed to every other user. PostgreSQL refuses to run with
    root's user id, but not with this one right of root's.
    """
    if override and not _prctl(_PR_SET_KEEPCAPS, 1):
        sys.exit(NO_OVERRIDE)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if override and not _keep_override():
        sys.exit(NO_OVERRIDE)


def _keep_override() -> bool:
    """Reduce this process's rights to CAP_DAC_OVERRIDE, in the set that survives exec; say whether it could."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << _CAP_DAC_OVERRIDE
    # Effective, permitted, inheritable; then the same for capabilities 32 to 63.
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if ctypes.CDLL(None).capset(header, sets) != 0:
        return False
    return _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def _prctl(option: int, *values: int) -> bool:
    padded = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return bool(ctypes.CDLL(None).prctl(option, *padded) == 0)


if __name__ == "__main__":
    main(sys.argv[1:])
