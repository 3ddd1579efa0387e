"""The ledger's entry of the platform's own data: a ledger that leaves itself out would not be complete."""

from __future__ import annotations

from registry.handling import Acquisition, Consent, Handling, Medium, Subject
from registry.ledger_columns import EntryDraft
from registry.model import Place, UnitId
from scanners.model import Category, Exposure


def own_entry(unit_id: UnitId, language: str = "ja") -> EntryDraft:
    """Return what Daicho itself keeps of persons; the unit's officer completes and reviews it like any other.

    Who uses it and what they did, who asked for their data, and what scans found: masked samples and keyed
    fingerprints (registry.vault), never a value.
    """
    ja = language == "ja"

    def words(japanese: str, english: str) -> str:
        return japanese if ja else english

    return EntryDraft(
        unit_id=unit_id,
        name=words("Daicho の利用者、操作の記録、走査の結果", "Users, journal and scan results of Daicho"),
        items=frozenset({Category.PERSON, Category.EMAIL}),
        purpose=words(
            "個人情報の管理状況の確認と記録", "Checking and recording how personal data are handled"
        ),
        places=(
            Place(None, "", words("Daicho のワークスペース（暗号化）", "Workspace of Daicho (encrypted)")),
        ),
        storage_method=words("暗号化したデータベースとファイル", "Encrypted database and files"),
        access_holders=words("役割を与えられた利用者", "Users with a role"),
        end_of_use=words("Daicho の利用を終えるまで", "Until Daicho is no longer used"),
        retention_months=None,
        retention_until=None,
        approximate_count=None,
        exposure=Exposure.GROUP,
        owner=words("個人情報保護管理者", "Privacy manager"),
        handling=Handling(
            subjects=frozenset({Subject.EMPLOYEE, Subject.OTHER}),
            acquisition=Acquisition.DIRECT_WRITTEN,
            consent=Consent.NOT_NEEDED,
            media=frozenset({Medium.DATABASE, Medium.BACKUP}),
            security_measures=words(
                "走査の結果は伏せた見本と鍵付きの指紋だけ。操作はすべて記録される。",
                "Of scans only masked samples and keyed fingerprints. Every change is in the journal.",
            ),
        ),
    )
