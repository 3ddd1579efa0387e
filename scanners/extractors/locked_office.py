"""Locked office documents: opened with a listed password and read as what they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Opened, size_of
from scanners.extractors.package import MEMBER_BYTES
from scanners.extractors.passwords import tried
from scanners.model import Gap, Reason

# What Excel and PowerPoint lock a file with that anybody may open: write protection, not secrecy
_BUILT_IN = ("VelvetSweatshop", "/01Hannes Ruescher/01")


class LockedOffice:
    """docx, xlsx, pptx, doc, xls and ppt that need a password."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield what the document holds once it is open; raises `ExtractionError` where it stays locked."""
        from scanners.extractors.table import EXTRACTORS
        from scanners.kinds import sniff

        if size_of(stream) > MEMBER_BYTES:
            raise ExtractionError(
                Gap(Reason.ENCRYPTED, f"more than {MEMBER_BYTES} bytes: no password was tried")
            )
        data = stream.read()
        opened, note = self._opened(data, budget)
        budget.spend(size_of(opened))
        kind = sniff(opened)
        extractor = EXTRACTORS.get(kind)
        if extractor is None or kind == "ole-encrypted":
            raise ExtractionError(Gap(Reason.UNSUPPORTED, f"{kind}, {note}"))
        yield Opened(note, kind)
        yield from extractor.segments(opened, budget)

    def _opened(self, data: bytes, budget: Budget) -> tuple[BinaryIO, str]:
        for password in _BUILT_IN:
            if (found := _decrypted(data, password)) is not None:
                return found, "opened with the password that its program sets by itself"
        key = tried(budget, lambda password: _decrypted(data, password), "office document")
        return key.opened, key.note


def _decrypted(data: bytes, password: str) -> BinaryIO | None:
    """Return the open document, None when this password does not fit; raises `ExtractionError`."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

    out = io.BytesIO()
    try:
        office: Any = msoffcrypto.OfficeFile(io.BytesIO(data))
        try:
            if office.format == "ooxml":
                office.load_key(password=password, verify_password=True)
            else:  # the old formats always compare
                office.load_key(password=password)
        except (InvalidKeyError, DecryptionError):
            return None
        office.decrypt(out)
    except (InvalidKeyError, DecryptionError):
        return None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  whatever its parsers raise on a malformed file
        name = type(error).__name__
        raise ExtractionError(Gap(Reason.ENCRYPTED, f"its encryption has no reader: {name}")) from None
    out.seek(0)
    return out
