"""A scan whose entries are listed and read by the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from distributed import Client

from daicho.cluster.connection import address, security
from daicho.cluster.pool import ClusterPool, ClusterSource
from daicho.cluster.running import connected
from daicho.cluster.work import Place
from daicho.errors import UsageError
from registry.collected.errors import CollectedError, Fault
from registry.collected.headquarters import private_keys
from registry.collected.results import open_results
from registry.sources import has_credentials
from registry.vault import Vault
from scanners.model import ObjectResult
from scanners.options import ScanKeys, ScanOptions
from scanners.pool import Pool
from scanners.selection import Selection
from scanners.sources.interface import Source

HEADQUARTERS = "headquarters"


@dataclass(frozen=True, slots=True)
class Executor:
    """Where entries are read (`--executor`): the address of a scheduler, this machine's certificate, a site.

    `site` names whose workers alone may read, so that what they read never leaves their network.
    """

    address: str
    certificates: Path
    name: str = HEADQUARTERS
    site: str = ""

    @contextmanager
    def cluster(self, vault: Vault) -> Iterator[Cluster]:
        """Connect; raises `UsageError` for address or certificates, `SourceError` when nothing answers."""
        with connected(address(self.address), security(self.certificates, self.name)) as client:
            yield Cluster(client, vault, self.site)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A connection to workers, and the vault that opens what they seal."""

    client: Client
    vault: Vault
    site: str

    def source(
        self, location: str, credential: str, selection: Selection, own: Path | None = None
    ) -> ClusterSource:
        """Return the source that workers open and list, with credentials that they find by a reference.

        `own` is left out. Raises `UsageError` for an address that holds a password: it would travel.
        """
        if has_credentials(location):
            raise UsageError(
                "a cluster gets no address with a password; register the place with a credential"
            )
        place = Place(location, credential, selection.include, selection.exclude, str(own) if own else "")
        return ClusterSource(self.client, place, self.site)

    def pool(self, source: Source, keys: ScanKeys, options: ScanOptions) -> Pool | None:
        """Return who reads a source: None for one of this machine."""
        if not isinstance(source, ClusterSource):
            return None
        return ClusterPool(self.client, source.at, keys, options, self._opened, site=self.site)

    def _opened(self, sealed: bytes) -> list[ObjectResult]:
        """Open results sealed for whichever of our keys a worker's kit holds."""
        for private in private_keys(self.vault):
            try:
                return open_results(private, sealed)
            except CollectedError as error:
                if error.fault is not Fault.ELSEWHERE:
                    raise
        raise CollectedError(Fault.ELSEWHERE)
