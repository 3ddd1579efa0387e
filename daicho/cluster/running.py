"""The two programs of a cluster that wait for work: the scheduler that hands it on, and the workers."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress

from distributed import Client, Scheduler, Worker
from distributed.security import Security

from daicho.cluster.connection import settle
from daicho.cluster.pool import resource
from daicho.cluster.work import Station, settle_in
from scanners.errors import SourceError, Trouble

TASKS_AT_ONCE = 2  # batches of one worker, so that its processes never wait for the next one
_PLENTY = 1_000_000.0
_CONNECT_SECONDS = 30


def run_scheduler(
    host: str, port: int, protection: Security, *, ready: Callable[[str], None] = lambda _address: None
) -> None:
    """Hand on work until a signal ends this process; `ready` is told the address. Serves no web page."""
    settle()

    async def serve() -> None:
        async with Scheduler(
            host=host, port=port, protocol="tls", security=protection, dashboard=False, http_prefix=None
        ) as scheduler:
            ready(scheduler.address)
            await _ended()

    asyncio.run(serve())


def run_worker(
    scheduler: str,
    protection: Security,
    station: Station,
    *,
    ready: Callable[[str], None] = lambda _address: None,
) -> None:
    """Read what the scheduler gives until a signal ends this process or the scheduler is gone for good."""
    settle()
    settle_in(station)

    async def serve() -> None:
        # Dask wants a folder of its own, in which nothing of ours is ever put
        with tempfile.TemporaryDirectory(prefix="daicho-worker-") as folder:
            async with Worker(
                scheduler,
                security=protection,
                nthreads=TASKS_AT_ONCE,
                memory_limit=0,
                local_directory=folder,
                resources={resource(station.name): _PLENTY},
                death_timeout=_CONNECT_SECONDS,
                dashboard=False,
            ) as worker:
                ready(worker.address)
                ended = asyncio.ensure_future(_ended())
                await asyncio.wait(
                    [ended, asyncio.ensure_future(worker.finished())], return_when=asyncio.FIRST_COMPLETED
                )
                ended.cancel()

    try:
        asyncio.run(serve())
    finally:
        station.stop()


def connected(scheduler: str, protection: Security, *, seconds: float = _CONNECT_SECONDS) -> Client:
    """Return a connection to a scheduler; raises `SourceError` when it cannot be reached or trusts us not."""
    settle()
    try:
        return Client(  # type: ignore[no-untyped-call]  # Dask leaves it without types
            scheduler,
            security=protection,
            timeout=seconds,
            set_as_default=False,
            direct_to_workers=False,
        )
    except (OSError, TimeoutError, ValueError) as error:
        raise SourceError(
            f"{scheduler}: the cluster cannot be reached ({type(error).__name__}); check that its scheduler "
            "runs, and that both certificates come from one authority and name the machines",
            Trouble.CLUSTER,
            place=scheduler,
            code=type(error).__name__,
        ) from None


async def _ended() -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, over.set)
    await over.wait()
