"""Certificates of a cluster: made whole or made good by the next call, whenever a call was killed."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from daicho.cluster.certificates import make
from daicho.errors import UsageError

KILLED = """
import os, pathlib, signal, sys
from daicho.cluster.certificates import make

real, left = pathlib.Path.replace, [int(sys.argv[2])]

def replace(self, target):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(self, target)

pathlib.Path.replace = replace
make(pathlib.Path(sys.argv[1]), ["worker"])
"""


def require_right(folder: Path, name: str) -> None:
    """Check that key, certificate and authority of a machine go together, and who may read them."""
    authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
    certificate.verify_directly_issued_by(authority)
    for each, held in ((name, certificate), ("authority", authority)):
        key = serialization.load_pem_private_key((folder / f"{each}.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert key.public_key() == held.public_key()
        assert stat.S_IMODE((folder / f"{each}.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("files", range(4))
def test_a_call_that_was_killed_is_made_good_by_the_next(tmp_path: Path, files: int) -> None:
    """After each file that it may have written: what stands there is whole, and what is missing is made."""
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path, str(files)], check=False)
    assert done.returncode < 0
    assert len([path for path in tmp_path.iterdir() if not path.name.startswith(".")]) == files
    before = {path: path.read_bytes() for path in tmp_path.glob("authority.*")}
    make(tmp_path, ["worker", "other"])
    require_right(tmp_path, "worker")
    require_right(tmp_path, "other")
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert all(path.read_bytes() == content for path, content in before.items())


def test_an_authority_of_another_folder_is_neither_replaced_nor_mixed_up(tmp_path: Path) -> None:
    """Its certificate alone signs nothing, a foreign key does not go with it: said, and nothing written."""
    make(tmp_path / "a", ["one"])
    make(tmp_path / "b", ["two"])
    key = tmp_path / "a" / "authority.key"
    away = key.rename(tmp_path / "authority.key")
    there = sorted((tmp_path / "a").iterdir())
    with pytest.raises(UsageError, match=r"authority\.key is missing"):
        make(tmp_path / "a", ["three"])
    key.write_bytes((tmp_path / "b" / "authority.key").read_bytes())
    with pytest.raises(UsageError, match="not that of its certificate"):
        make(tmp_path / "a", ["three"])
    key.write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be read"):
        make(tmp_path / "a", ["three"])
    key.unlink()
    assert sorted((tmp_path / "a").iterdir()) == there
    away.rename(key)
    with pytest.raises(UsageError, match=r"one\.pem exists"):
        make(tmp_path / "a", ["one"])
    make(tmp_path / "a", ["three"])
    require_right(tmp_path / "a", "three")


def test_a_folder_that_takes_nothing_is_told(tmp_path: Path) -> None:
    """No file is left half written."""
    (tmp_path / "authority.key").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        make(tmp_path, ["one"])
