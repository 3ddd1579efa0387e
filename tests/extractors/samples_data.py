"""One sample of every kind of data file: images, columns, databases, contacts."""

from __future__ import annotations

from pathlib import Path

from tests.extractors import samples_columnar
from tests.extractors.samples_access import access_file
from tests.extractors.samples_avro import avro_file
from tests.extractors.samples_contacts import CALENDAR, CARD, DIRECTORY
from tests.extractors.samples_databases import DBF, duckdb_file
from tests.extractors.samples_dicom import dicom_image


def everything(folder: Path) -> dict[str, bytes]:
    """Return a valid file by its kind."""
    return {
        "dicom": dicom_image(),
        "parquet": samples_columnar.parquet_file(),
        "arrow": samples_columnar.arrow_file(),
        "orc": samples_columnar.orc_file(),
        "vcard": CARD,
        "ics": CALENDAR,
        "ldif": DIRECTORY,
        "access": access_file(),
        "avro": avro_file(),
        "duckdb": duckdb_file(folder).read_bytes(),
        "dbf": DBF,
    }
