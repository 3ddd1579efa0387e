"""Synthetic columnar files."""

from __future__ import annotations

import base64
import io

import pyarrow as pa
import pyarrow.parquet.encryption as pe
from pyarrow import ipc, orc
from pyarrow import parquet as pq


def people(rows: int = 2) -> pa.Table:
    """Return a table with plain, nested, dictionary, list and binary columns."""
    names = ["架空太郎", "架空花子"]
    return pa.table(
        {
            "氏名": [names[number % 2] for number in range(rows)],
            "連絡先": pa.array(
                [{"電話": f"090-0000-{number:04}", "mail": None} for number in range(rows)],
                pa.struct([("電話", pa.string()), ("mail", pa.string())]),
            ),
            "区分": pa.array(["正", "正"][:1] * rows).dictionary_encode(),
            "番号": [float(number) for number in range(rows)],
            "病名": [["糖尿病", "高血圧"]] * rows,
            "raw": [b"PNG?" if number % 2 else "住所".encode("cp932") for number in range(rows)],
        }
    ).replace_schema_metadata({"owner": "架空次郎", "pandas": "{}"})


def parquet_file(table: pa.Table | None = None, row_group: int = 1_000) -> bytes:
    """Return a Parquet file."""
    out = io.BytesIO()
    pq.write_table(people() if table is None else table, out, row_group_size=row_group)
    return out.getvalue()


def arrow_file() -> bytes:
    """Return an Arrow IPC file."""
    out, table = io.BytesIO(), people()
    with ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def arrow_stream() -> bytes:
    """Return an Arrow IPC stream."""
    out, table = io.BytesIO(), people()
    with ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def orc_file() -> bytes:
    """Return an ORC file; it knows no dictionary columns."""
    out = io.BytesIO()
    orc.write_table(people().drop_columns(["区分"]), out)
    return out.getvalue()


class _Keys(pe.KmsClient):  # type: ignore[misc]  # pyarrow is untyped
    """Keeps keys by not keeping them: wrapped is encoded."""

    def __init__(self) -> None:
        pe.KmsClient.__init__(self)

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        """Encode a key."""
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        """Decode a key."""
        return base64.b64decode(wrapped_key)


def encrypted_parquet(*, open_footer: bool) -> bytes:
    """Return a file whose column of names is encrypted, and its footer unless `open_footer`."""
    factory = pe.CryptoFactory(lambda _: _Keys())
    wanted = pe.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["氏名"]}, plaintext_footer=open_footer
    )
    properties = factory.file_encryption_properties(pe.KmsConnectionConfig(), wanted)
    out, table = io.BytesIO(), people().select(["氏名", "番号"])
    with pq.ParquetWriter(out, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    return out.getvalue()
