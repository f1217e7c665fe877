"""Files: JSON that is written whole or not at all, and read only as it was written.

Last in the file stands a checksum of all before it: a digit that changed by accident is seen. (It is no signature:
whoever changes a file on purpose may write the checksum that fits.) A file without one, as older versions wrote it or
as somebody edited it, is read too.

>>> text = text_of({"w": 0.1})
>>> print(text, end="")
{
 "w": 0.1,
 "checksum": "cebeba1d"
}
>>> parsed(text)
{'w': 0.1}
>>> parsed(text.replace("0.1", "0.2"))
Traceback (most recent call last):
ValueError: expected the text of which the checksum is 'cebeba1d', got another ('57b7eba7'); take the line out if \
that was changed on purpose
"""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEEPEST = 128  # lists in lists: far below what Python's own stack holds
_MARK = ',\n "checksum": '


def text_of(whole: dict[str, Any]) -> str:
    """Plain data as JSON, good to read, with its checksum. Raises ValueError for nan, inf and -inf."""
    head = json.dumps(whole, indent=1, allow_nan=False).removesuffix("\n}")
    return f'{head}{_MARK}"{_checksum(head)}"\n}}\n'


def parsed(text: str) -> Any:
    """What stands in a text of JSON, without its checksum.

    Raises ValueError if it is none, if it was changed since its checksum was written, and for numbers past the largest
    float, for a name that stands twice in one object, and for lists and objects more than 128 deep.
    """
    try:
        whole = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(f"expected lists and objects at most {DEEPEST} deep, got deeper ones") from None
    _check_numbers(whole)
    if isinstance(whole, dict) and "checksum" in whole:
        written, found = whole.pop("checksum"), _checksum(text.rpartition(_MARK)[0])
        if written != found:
            raise ValueError(
                f"expected the text of which the checksum is {written!r:.100}, got another ({found!r}); take the line "
                "out if that was changed on purpose"
            )
    return whole


def _checksum(text: str) -> str:
    return f"{crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"expected each name once in {[name for name, _ in pairs]!r:.100}")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word!r} is no number")


def _check_numbers(whole: Any) -> None:
    """Raise ValueError for a number past the largest float, and lists in lists without end. No recursion."""
    level: list[Any] = [[whole]]
    for _ in range(DEEPEST + 1):
        inside = []
        for x in level:
            items = x.values() if x.__class__ is dict else x
            kinds = {*map(type, items)}  # of a million floats this is the quickest way to see that they are floats
            if not kinds.isdisjoint((float, int)) and not _are_finite(items, kinds):
                raise ValueError("expected numbers up to the largest float, 1.8e308, got one past it")
            if not kinds.isdisjoint((list, dict)):
                inside += [item for item in items if item.__class__ is list or item.__class__ is dict]
        if not (level := inside):
            return
    raise ValueError(f"expected lists and objects at most {DEEPEST} deep, got deeper ones")


def _are_finite(items: Any, kinds: set[type]) -> bool:
    numbers = items if kinds <= {float, int} else [x for x in items if x.__class__ is float or x.__class__ is int]
    try:
        return all(map(math.isfinite, numbers))
    except OverflowError:  # an int past all floats
        return False


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a file of ASCII so that the old one stays, whole, until the new one is complete.

    The new file has the mode of the one it replaces, and its owner and group where the system allows that. A symbolic
    link stays one, and what it leads to is replaced; a second name of the same file (a hard link) keeps the old text.

    Raises OSError if it cannot be written, if what is there is read-only, for root too, or is no regular file but a
    folder, a pipe or a device, or if the path is that of a folder, as "runs/" is. Then all is as it was. A killed
    process may leave a file *.tmp beside it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(os.path.join(folder, "a"), "text")
    ...     os.listdir(folder)
    ['a']
    """
    folder, name = os.path.split(os.fspath(path))
    if name in ("", os.curdir, os.pardir):
        raise IsADirectoryError(errno.EISDIR, "expected the name of a file, got that of a folder", os.fspath(path))
    os.stat(folder or os.curdir)  # raises where `open` would; the real path of what is not there is a guess
    target = os.path.realpath(path)  # of a symbolic link: replace the file, not the link
    old = _replaceable(target)
    folder, name = os.path.split(target)  # beside it, for a rename is atomic in one file system only
    unfinished = os.path.join(folder, f"{name[:40]}.{os.urandom(6).hex()}.tmp")  # a name has at most 255 bytes
    try:
        with open(unfinished, "x", encoding="ascii", opener=old and _private) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            _make_like(unfinished, old)
        os.replace(unfinished, target)
    except BaseException:
        if os.path.exists(unfinished):
            os.remove(unfinished)
        raise


def _replaceable(target: str) -> os.stat_result | None:
    """The file that stands there, None if there is none. Raises OSError if it is not to be replaced."""
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(errno.EISDIR, "expected a file to replace, got a folder", target)
    if not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "expected a regular file to replace, got a device, a pipe or the like", target)
    if not old.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "expected a file that may be written, got a read-only one", target)
    return old


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # nobody reads, before it is complete, what only some may read after


def _make_like(path: str, old: os.stat_result) -> None:
    mode, new = stat.S_IMODE(old.st_mode) & 0o777, os.stat(path)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.chown(path, old.st_uid, old.st_gid)
        except OSError:  # not everybody may give files away: then its group, which is another, is not let in
            mode &= ~0o070
    os.chmod(path, mode)
