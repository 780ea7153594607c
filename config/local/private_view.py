"""A view of the file system in which an account reaches folders that lie in somebody else's home (mount_namespaces(7)).

A checkout below /root, or its Python, cannot be entered by the account that is to run it. For the processes that are
started in this view, and for nobody else, an empty folder that everybody may enter covers the closed one, and only what
is needed is seen in it, under the same paths. The rest of the home is out of their sight; no permission is changed.
"""

import ctypes
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# <linux/sched.h> and <linux/mount.h>
_NEW_NAMESPACE: Final = 0x00020000
_NOSUID, _NODEV, _BIND, _RECURSIVE, _SLAVE = 0x2, 0x4, 0x1000, 0x4000, 0x80000


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the view shows at a path: what was opened there (a file descriptor), or a link to elsewhere."""

    path: Path
    descriptor: int | None
    link: str = ""


def find_closed(path: Path, uid: int, gid: int) -> Path | None:
    """Find the topmost folder on the way to a path that an account may not enter; None where it reaches the path."""
    for part in (*reversed(path.parents), path):
        if part.is_dir() and not _may_enter(part, uid, gid):
            return part
    return None


def enter_view(needed: Iterable[Path], uid: int, gid: int) -> None:
    """Make and enter a view in which an account reaches the needed paths; only root can. Raises OSError."""
    covered: dict[Path, list[Path]] = {}
    for path in sorted({path.resolve() for path in needed}):
        if (closed := find_closed(path, uid, gid)) is not None:
            paths = covered.setdefault(closed, [])
            if not any(other in path.parents for other in paths):
                paths.append(path)
    if not covered:
        return
    here = Path.cwd()
    _call("unshare", _NEW_NAMESPACE)
    _mount("none", "/", _RECURSIVE | _SLAVE)  # what is mounted outside later is seen here too; nothing of ours outside
    for closed, paths in covered.items():
        _cover(closed, [shown for path in paths for shown in _open(path, uid, gid)])
    os.chdir(here)  # the same folder as the view shows it


def _open(path: Path, uid: int, gid: int) -> list[_Shown]:
    """Open what is to be shown before it is covered: a path, or all that is in a folder which is itself closed."""
    if not path.is_dir() or _may_enter(path, uid, gid):
        return [_Shown(path, os.open(path, os.O_PATH))]
    return [
        _Shown(entry, None, os.readlink(entry)) if entry.is_symlink() else _Shown(entry, os.open(entry, os.O_PATH))
        for entry in path.iterdir()
    ]


def _cover(closed: Path, opened: Sequence[_Shown]) -> None:
    _mount("tmpfs", str(closed), _NOSUID | _NODEV, kind="tmpfs", options="mode=0755")
    for shown in opened:
        shown.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if shown.descriptor is None:
            shown.path.symlink_to(shown.link)
            continue
        if stat.S_ISDIR(os.fstat(shown.descriptor).st_mode):
            shown.path.mkdir(exist_ok=True)
        else:
            shown.path.touch()
        _mount(f"/proc/self/fd/{shown.descriptor}", str(shown.path), _BIND | _RECURSIVE)
        os.close(shown.descriptor)


def _may_enter(folder: Path, uid: int, gid: int) -> bool:
    """Tell whether an account may look for something in a folder, by its permissions."""
    status = folder.stat()
    shift = 6 if status.st_uid == uid else 3 if status.st_gid == gid else 0
    return bool(status.st_mode >> shift & 0o1)


def _mount(source: str, target: str, flags: int, *, kind: str | None = None, options: str | None = None) -> None:
    texts = (None if text is None else text.encode() for text in (kind, options))
    kind_bytes, options_bytes = texts
    _call("mount", os.fsencode(source), os.fsencode(target), kind_bytes, ctypes.c_ulong(flags), options_bytes)


def _call(name: str, *arguments: object) -> None:
    """Call a function of the C library that returns 0 where it succeeded. Raises OSError."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
