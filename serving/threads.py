"""Threads for work that would hold the event loop up."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class ThreadPool:
    """A few threads. Whoever stops waiting leaves the work running.

    Parameters
    ----------
    name : shown in thread dumps.
    threads : how many work at once, >= 1; further work waits its turn.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, f"sdai-{name}")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the function returns, called in a thread with the caller's context variables."""
        context = copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: context.run(function, *args, **kwargs))

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        """Begin work from another thread, as `run` does; it may be waited for, and cancelled until it begins."""
        context = copy_context()
        return self._executor.submit(lambda: context.run(function, *args, **kwargs))

    def stop(self) -> None:
        """Begin nothing more; what runs goes on."""
        self._executor.shutdown(wait=False, cancel_futures=True)
