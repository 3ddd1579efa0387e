"""What goes with a ledger entry to another unit, in the step that moves it.

Moves: its risk analysis with threats, measures and versions, and the differences of it that stand where it is
registered. Comments, attachments and versions of the ledger name the unit in which they were written; who may
see them is asked of the entry. The rest is not the entry's: disposals and differences of data lie where the
data lie, a record of provision or receipt is kept by who gave or received (APPI Art. 29, 30), a notice
belongs to the unit that published it, and an application to the department that made it: it cannot be
approved once its entry moved.
"""

from __future__ import annotations

from sqlalchemy import select, update

from registry.model import DiscrepancyKind, EntryId, UnitId
from registry.store import Tx
from registry.store.case_tables import CaseRecord
from registry.store.risk_tables import (
    RiskAnalysisRecord,
    RiskMeasureRecord,
    RiskRowRecord,
    RiskVersionRecord,
)
from registry.store.tables import DiscrepancyRecord


def follow(tx: Tx, entry_id: EntryId, unit_id: UnitId) -> None:
    """Let what belongs to an entry follow it; the right was checked, the journal tells of the move.

    It is no edit of an analysis or of a case: the versions that guard their edits stay.
    """
    analysis = select(RiskAnalysisRecord.id).where(RiskAnalysisRecord.entry_id == entry_id)
    rows = select(RiskRowRecord.id).where(RiskRowRecord.analysis_id.in_(analysis))
    not_found = DiscrepancyKind.NOT_FOUND.value  # every other difference lies where its data were found
    for table, condition in (
        (RiskMeasureRecord, RiskMeasureRecord.row_id.in_(rows)),
        (RiskRowRecord, RiskRowRecord.analysis_id.in_(analysis)),
        (RiskVersionRecord, RiskVersionRecord.analysis_id.in_(analysis)),
        (RiskAnalysisRecord, RiskAnalysisRecord.entry_id == entry_id),
        (DiscrepancyRecord, (DiscrepancyRecord.entry_id == entry_id) & (DiscrepancyRecord.kind == not_found)),
        (CaseRecord, (CaseRecord.entry_id == entry_id) & (CaseRecord.kind == not_found)),
    ):
        tx.session.execute(update(table).where(condition).values(unit_id=unit_id))
