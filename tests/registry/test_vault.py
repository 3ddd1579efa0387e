"""Keys: made once, never shown, and bound to the place of what they seal."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import VaultError
from registry.vault import Vault

MASTER = bytes(range(32))
PLACE = {"table": "ledger_entry", "row": "7", "column": "owner_sealed"}


@given(st.text(max_size=300))
def test_a_sealed_value_opens_in_its_place(plain: str) -> None:
    """Any text comes back as it was."""
    vault = Vault(MASTER)
    assert vault.open(vault.seal(plain, **PLACE), **PLACE) == plain


@pytest.mark.parametrize("moved", [{"table": "source"}, {"row": "8"}, {"column": "purpose"}])
def test_a_sealed_value_opens_nowhere_else(moved: dict[str, str]) -> None:
    """Copied to another table, row or column it is refused."""
    vault = Vault(MASTER)
    sealed = vault.seal("総務部 山本", **PLACE)
    with pytest.raises(VaultError):
        vault.open(sealed, **(PLACE | moved))


@given(st.integers(min_value=0), st.integers(0, 7))
def test_any_changed_bit_is_refused(position: int, bit: int) -> None:
    """Key id, nonce, text and tag are all protected."""
    vault = Vault(MASTER)
    sealed = bytearray(vault.seal("総務部", **PLACE))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(VaultError):
        vault.open(bytes(sealed), **PLACE)


def test_the_wrong_key_is_refused_and_tells_no_data() -> None:
    """The message names the column, neither the value nor a key."""
    sealed = Vault(MASTER).seal("総務部 山本", **PLACE)
    with pytest.raises(VaultError, match=r"ledger_entry\.owner_sealed does not open: wrong key") as caught:
        Vault(b"x" * 32).open(sealed, **PLACE)
    assert "山本" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_same_text_never_seals_the_same() -> None:
    """Equal values cannot be told from the outside."""
    vault = Vault(MASTER)
    assert vault.seal("同じ", **PLACE) != vault.seal("同じ", **PLACE)


def test_a_truncated_value_is_refused() -> None:
    """A value too short to hold nonce and tag is malformed, whatever it holds."""
    with pytest.raises(VaultError, match="malformed"):
        Vault(MASTER).open(b"\x01short", **PLACE)


def test_subkeys_differ_by_purpose_version_and_master() -> None:
    """One purpose's key tells nothing of another's, and each is the same every time."""
    vault = Vault(MASTER)
    keys = {
        vault.subkey("journal"),
        vault.subkey("findings"),
        vault.subkey("journal", 2),
        Vault(b"y" * 32).subkey("journal"),
        MASTER,
    }
    assert len(keys) == 5
    assert vault.subkey("journal") == Vault(MASTER).subkey("journal")


def test_the_journal_key_is_hkdf_sha256_of_rfc_5869() -> None:
    """The derivation is computed here by hand from HMAC, so that other programs can repeat it."""
    import hashlib
    import hmac

    extracted = hmac.digest(bytes(hashlib.sha256().digest_size), MASTER, "sha256")
    expanded = hmac.digest(extracted, b"daicho/journal/v1" + b"\x01", "sha256")
    assert Vault(MASTER).subkey("journal") == expanded


def test_neither_repr_nor_pickle_show_the_key() -> None:
    """A vault in a traceback, a log line or a pickle gives nothing away."""
    vault = Vault(MASTER)
    assert repr(vault) == str(vault) == "Vault(<hidden>)"
    with pytest.raises(VaultError):
        pickle.dumps(vault)


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    """Creating makes a 0600 file; creating again is refused and leaves it as it was."""
    path = tmp_path / "master.key"
    made = Vault.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    with pytest.raises(VaultError, match="never overwritten"):
        Vault.create(path)
    assert path.read_bytes() == content
    assert Vault.load(path).subkey("x") == made.subkey("x")
    assert Vault.from_text(content.decode("ascii")).subkey("x") == made.subkey("x")


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """The message gives the command that mends it."""
    path = tmp_path / "master.key"
    Vault.create(path)
    path.chmod(0o640)
    with pytest.raises(VaultError, match="chmod 600"):
        Vault.load(path)


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "00" * 31, "鍵"])
def test_a_malformed_key_is_refused(tmp_path: Path, content: str) -> None:
    """Half-written and foreign files are not taken for keys."""
    path = tmp_path / "master.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(VaultError):
        Vault.load(path)


def test_a_missing_key_names_the_way_back(tmp_path: Path) -> None:
    """Without its key a workspace is lost, so the message speaks of the backup."""
    with pytest.raises(VaultError, match="backup"):
        Vault.load(tmp_path / "master.key")
    with pytest.raises(VaultError, match="cannot be created"):
        Vault.create(tmp_path / "absent" / "master.key")
