"""Where an object of a site lies, as the ledger names it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from registry.findings import analytics
from registry.places import name_below, place_of
from registry.reading import _NAMES

SITE = "collector://0123456789abcdef"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file:///srv/share/%E4%BA%BA%E4%BA%8B/a.csv", "srv/share/人事/a.csv"),
        ("file:///srv/share/a.zip!inner/b.txt", "srv/share/a.zip!inner/b.txt"),
        ("smb://server/share/a.csv", "smb://server/share/a.csv"),
    ],
)
def test_names_of_a_site_are_whole_locations(uri: str, name: str) -> None:
    """A site has no address that its objects lie below; one by one and in columns they are named alike."""
    assert place_of(SITE) == ""
    assert name_below(uri, SITE) == name
    located = pa.table({"place_no": [0], "kind": ["csv"], "root": [""], "uri": [uri], "shown": [uri]})
    with analytics() as connection:
        connection.register("located", located)
        (row,) = connection.sql(_NAMES).to_arrow_table().to_pylist()
    assert (row["name"], row["placed"]) == (name, True)
