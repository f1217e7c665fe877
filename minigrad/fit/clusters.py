"""Who does the work of `minigrad fit --dask`: the scheduler at an address, or the cores of this machine.

>>> from argparse import Namespace
>>> try:
...     with at_work(None, Namespace(dask="", json=True)):
...         pass
... except ValueError as error:
...     print(error)
expected files with --dask, got none; name them as 'parts/*.csv', in quotes
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from importlib import import_module

from .options import shows_progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

_EXTRA = "--dask needs Dask and pandas, of which {} is not installed: pip install 'dask[distributed]' pandas pyarrow"
_LOCAL = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": "ERROR"}  # a worker for each core


@contextmanager
def at_work(pattern: str | None, options: Namespace) -> Iterator[list[str]]:
    """The files of a pattern, while there is somebody to read them."""
    paths = files_of(pattern)
    if options.dask:  # whose workers start elsewhere
        paths = [os.path.abspath(path) for path in paths]
    with cluster(options.dask, shows_progress(options)):
        try:
            yield paths
        except RuntimeError as error:  # the scheduler is gone, or a worker has another Python
            if error.__cause__ is None:
                raise ValueError(str(error)) from error
            got = f"got {type(error.__cause__).__name__}: {error.__cause__}"
            raise ValueError(
                f"--dask: expected the cluster to answer, {got}; start a scheduler, and fit again"
            ) from error


def files_of(pattern: str | None) -> list[str]:
    """The files of a pattern, in the order of their names. Raises ValueError if there are none."""
    from glob import glob

    if pattern is None:
        raise ValueError("expected files with --dask, got none; name them as 'parts/*.csv', in quotes")
    if os.path.isdir(pattern):
        raise ValueError(f"expected files, got the folder {pattern!r}; name them as '{pattern}/*.csv', in quotes")
    found = sorted(glob(pattern)) or ([pattern] if os.path.exists(pattern) else [])
    if not found:
        raise ValueError(f"expected files, got none that {pattern!r} matches; --dask reads files, no standard input")
    return found


@contextmanager
def cluster(address: str, progress: bool = False) -> Iterator[None]:
    """The scheduler at an address, or for "" one of our own over the machine's cores, which ends with it.

    Its dashboard's address is told if `progress`. Raises ValueError if nobody answers, ImportError without the extra
    `cluster`.
    """
    try:
        distributed, _ = import_module("distributed"), import_module("pandas")  # which bring NumPy
    except ImportError as error:
        raise ImportError(_EXTRA.format(error.name)) from None
    try:
        with _out_of_reach():
            own = None if address else distributed.LocalCluster(**_LOCAL)
            client = distributed.Client(own or address)
    except (OSError, ValueError) as error:
        got = f"expected a scheduler at {address!r}, got {error}; start one: dask scheduler"
        raise ValueError(f"--dask: {got}") from None
    with own or nullcontext(), client:
        if progress:
            sys.stderr.write(f"dashboard: {client.dashboard_link}\n")
        yield


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Ctrl-C at a terminal goes to all processes there, but not to those begun meanwhile: their work is told to end.

    They inherit which signals wait. Here it waits no longer than this takes.
    """
    import logging
    import signal
    from multiprocessing import resource_tracker

    for name in ("asyncio", "distributed", "distributed.client"):  # which tell of each wait and connection that ends
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not hasattr(signal, "pthread_sigmask"):  # pragma: no cover - Windows
        yield
        return
    resource_tracker.ensure_running()  # which lets the signal through again, in the thread that begins it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
