"""How the machines of a cluster talk: mutual TLS 1.3, and nothing of the traffic on any disk."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path
from typing import Any

import dask
from distributed.security import Security

from daicho.cluster.certificates import AUTHORITY
from daicho.errors import UsageError

SCHEME = "dask://"
DEFAULT_PORT = 8786
_ROLES = ("client", "scheduler", "worker")
_SETTINGS = {
    # what a worker holds is never written to its disk
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.http.routes": [],
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.allowed-failures": 0,  # whether a task is tried again is decided by who gave it
    "distributed.scheduler.work-stealing": False,  # a task of a site stays there
    "distributed.comm.retry.count": 3,
    "distributed.logging": {"distributed": "warning"},
}


def settle() -> None:
    """Set what a machine of the cluster keeps to, whatever its account's own settings of Dask say."""
    dask.config.set(_SETTINGS)


class _Named(Security):
    """TLS in which who connects to the scheduler checks its name too, which Dask leaves out.

    The scheduler calls workers back at the address of a connection that they opened with a certificate.
    """

    def get_connection_args(self, role: str) -> dict[str, Any]:
        """Return how a role connects."""
        told: dict[str, Any] = super().get_connection_args(role)  # type: ignore[no-untyped-call]
        told["ssl_context"].check_hostname = role in ("client", "worker")
        return told


def security(folder: Path, name: str) -> Security:
    """Return the TLS settings of one machine; `UsageError` for files that are missing or open to others."""
    files = {kind: folder / f"{name}.{kind}" for kind in ("pem", "key")} | {
        "authority": folder / f"{AUTHORITY}.pem"
    }
    for path in files.values():
        if not path.is_file():
            raise UsageError(f"{path} is missing; make the certificates with: daicho cluster certs")
    if files["key"].stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"{files['key']} can be read by others; run: chmod 600 {files['key']}")
    pair = {"cert": str(files["pem"]), "key": str(files["key"])}
    return _Named(  # type: ignore[no-untyped-call]  # Dask leaves it without types
        require_encryption=True,
        tls_ca_file=str(files["authority"]),
        tls_min_version=ssl.TLSVersion.TLSv1_3,
        **{f"tls_{role}_{what}": value for role in _ROLES for what, value in pair.items()},
    )


def address(executor: str) -> str:
    """Return the scheduler's address of `dask://host[:port]`; raises `UsageError`."""
    place = executor.removeprefix(SCHEME)
    host, _, port = place.rpartition(":") if ":" in place else (place, "", str(DEFAULT_PORT))
    if not executor.startswith(SCHEME) or not host or not port.isdecimal() or "/" in place:
        raise UsageError(f"{executor}: write dask://HOST or dask://HOST:PORT")
    return f"tls://{host}:{port}"
