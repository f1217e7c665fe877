r"""From bytes to lines: what a file is packed with, what its letters are, and where its lines end.

UTF-8, UTF-16 and Windows-1252 are told apart by what stands in the file. It is read in pieces, and never held whole.

>>> lines = Lines([b"Gr\xf6\xdfe;y\n", b"1;2"])
>>> [line for some in lines for line in some], lines.encoding
(['Größe;y\n', '1;2'], 'cp1252')
"""

from __future__ import annotations

import codecs
import io
import sys
from contextlib import nullcontext
from itertools import chain

from .cells import RowError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import BinaryIO

_PIECE = 1 << 18  # bytes: large enough for speed, small enough to look at first
_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_OTHER_FILES = [(b"PK\x03\x04", "excel"), (b"\xd0\xcf\x11\xe0", "excel"), (b"PAR1", "parquet")]


def opened(path: str | os.PathLike[str]) -> AbstractContextManager[BinaryIO]:
    """A file of bytes to read, standard input for `-`. Raises OSError if that cannot be, ValueError if it is closed."""
    if path != "-":
        return open(path, "rb")
    if sys.stdin is None:
        raise ValueError("it is closed; name a file in place of '-'")
    return nullcontext(sys.stdin.buffer)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file, piece by piece; what gzip packed is unpacked.

    Raises ValueError if it is packed and damaged, or no text at all.
    """
    packed = iter(lambda: _read(file), b"")
    first = next(packed, b"")
    for mark, kind in _OTHER_FILES:
        if first.startswith(mark):
            raise ValueError(
                f"this is no text but a workbook or an archive; save it as CSV, or let pandas read it: "
                f"minigrad.fit.fit(pandas.read_{kind}(file), target=...)"
            )
    return _inflated(chain([first], packed)) if first.startswith(b"\x1f\x8b") else chain([first], packed)


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(_PIECE)
    except OSError as error:  # unlike one in opening, it does not say which file it was
        error.filename = str(file.name)
        raise


def _inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    import zlib  # here, since few tables are packed

    unpack = zlib.decompressobj(31)  # 31: with gzip's head
    try:
        for piece in packed:
            while piece:
                yield unpack.decompress(piece)
                piece = unpack.unused_data  # noqa: PLW2901  # another member may follow
                if unpack.eof and piece:
                    unpack = zlib.decompressobj(31)
    except zlib.error as error:
        raise ValueError(f"what gzip packed is damaged: {error}; fetch or save the file again") from None
    if not unpack.eof:
        raise ValueError("what gzip packed is cut short; fetch or save the file again")


class Lines:
    """The lines of a text, in lists of some thousands: iterate over it once. `encoding` says what it is written in.

    Without an `encoding` told it is found: by a mark, by noughts between the letters, else UTF-8, and from the first
    byte on that cannot be that, Windows-1252. Raises ValueError where bytes are no text.
    """

    def __init__(self, packets: Iterable[bytes], encoding: str | None = None) -> None:
        self._packets = iter(packets)
        self._told = encoding is not None
        self.encoding = "utf-8"
        self.count = 0  # lines handed out so far
        if encoding is not None:
            try:
                "".encode(encoding)
            except LookupError:
                raise ValueError(f"encoding: expected one that Python knows, as utf-8, got {encoding!r}") from None
            self.encoding = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding

    def __iter__(self) -> Iterator[list[str]]:
        rest = ""
        for text in self._texts():
            lines = io.StringIO(rest + text, newline="").readlines()
            # The last line goes on in the next piece, unless it has ended; after \r there may be a \n.
            rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
            self.count += len(lines)
            yield lines
        yield [rest] if rest else []

    def _texts(self) -> Iterator[str]:
        first = next(self._packets, b"")
        if not self._told:
            self.encoding = _marked(first)
        decoder, plain = codecs.getincrementaldecoder(self.encoding)(), True
        for piece in chain([first], self._packets, [b""]):
            pending = decoder.getstate()[0] + piece
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeError as error:
                decoder, text = self._other(pending, error, plain)
            if "\0" in text:
                raise self._no_text(text[: text.index("\0")], "a byte 0")
            plain = plain and text.isascii()
            yield text

    def _other(self, pending: bytes, error: UnicodeError, plain: bool) -> tuple[codecs.IncrementalDecoder, str]:
        """Windows-1252 in place of UTF-8, if nothing before this byte was UTF-8 beyond ASCII."""
        before = pending[: getattr(error, "start", 0)]
        if self._told or self.encoding != "utf-8":
            raise self._no_text(before.decode("latin-1"), f"a byte that is no {encoding_name(self.encoding)}")
        if not (plain and before.isascii()):
            raise self._no_text(before.decode("latin-1"), "bytes in two encodings, UTF-8 and another")
        self.encoding = "cp1252"
        decoder = codecs.getincrementaldecoder("cp1252")()
        try:
            return decoder, decoder.decode(pending)
        except UnicodeError:
            raise self._no_text(before.decode("latin-1"), "bytes that are no text") from None

    def _no_text(self, before: str, what: str) -> RowError:
        row = self.count + before.count("\n") + 1
        return RowError(row, f"expected text, got {what}; say what it is written in with --encoding, or save it anew")


def _marked(first: bytes) -> str:
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    if len(first) > 1 and first[1] == 0 != first[0]:  # no mark, but every other byte is 0
        return "utf-16-le"
    return "utf-16-be" if first[:1] == b"\0" and first[1:2] != b"\0" else "utf-8"


def encoding_name(encoding: str) -> str:
    """What people call an encoding.

    >>> encoding_name("utf-8-sig"), encoding_name("cp1252"), encoding_name("latin-1")
    ('UTF-8', 'Windows-1252', 'latin-1')
    """
    if encoding == "cp1252":
        return "Windows-1252"
    return encoding.removesuffix("-sig").upper() if encoding.startswith("utf") else encoding
