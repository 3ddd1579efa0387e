"""Roles 役割, permissions 権限, and the one table of which role holds which: see docs/permissions.md.

A grant gives a role within a unit and everything below it. What a permission of `SEPARATED` opens belongs
to one legal entity: it reaches another entity only with a recorded basis (registry/disclosures.py).
Sources of the roles: JIS Q 15001:2023 A.3.3.4 (資源、役割、責任及び権限), the guideline on My Number
(特定個人情報の適正な取扱いに関するガイドライン, 組織的安全管理措置), and the guideline on medical information
systems of the Ministry of Health (医療情報システムの安全管理に関するガイドライン 6.0).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple


class Role(enum.StrEnum):
    """What a person may do within a unit and everything below it; the ids are public API."""

    ADMINISTRATOR = "administrator"
    GROUP_OFFICER = "group_officer"
    TOP_MANAGEMENT = "top_management"
    OFFICER = "officer"
    AUDIT_MANAGER = "audit_manager"
    AUDITOR = "auditor"
    STATUTORY_AUDITOR = "statutory_auditor"
    DEPARTMENT_MANAGER = "department_manager"
    TRAINING_MANAGER = "training_manager"
    COMPLAINTS_DESK = "complaints_desk"
    MY_NUMBER_CLERK = "my_number_clerk"
    INFORMATION_ASSETS_MANAGER = "information_assets_manager"
    MEDICAL_SYSTEMS_MANAGER = "medical_systems_manager"
    SCAN_OPERATOR = "scan_operator"
    CERTIFICATION_TEAM = "certification_team"
    EXECUTIVE = "executive"
    WORKER = "worker"
    SUPPLIER_CONTACT = "supplier_contact"


class Permission(enum.StrEnum):
    """One thing that a service checks before it answers."""

    VIEW_SITUATION = "view_situation"
    VIEW_LOCATIONS = "view_locations"
    VIEW_SAMPLES = "view_samples"
    REVIEW_FINDINGS = "review_findings"
    VIEW_LEDGER = "view_ledger"
    EDIT_LEDGER = "edit_ledger"
    APPLY_LEDGER = "apply_ledger"
    APPROVE_LEDGER = "approve_ledger"
    MANAGE_PROCESSORS = "manage_processors"
    MANAGE_SOURCES = "manage_sources"
    RUN_SCANS = "run_scans"
    MANAGE_ORGANISATION = "manage_organisation"
    MANAGE_USERS = "manage_users"
    VIEW_JOURNAL = "view_journal"
    RECORD_DISCLOSURE = "record_disclosure"
    DECIDE_DISCLOSURE = "decide_disclosure"
    VIEW_REQUESTS = "view_requests"
    HANDLE_REQUESTS = "handle_requests"
    DECIDE_REQUESTS = "decide_requests"
    SEARCH_PERSONS = "search_persons"
    VIEW_PROVISIONS = "view_provisions"
    RECORD_PROVISIONS = "record_provisions"
    HANDLE_CASES = "handle_cases"
    DECIDE_CASES = "decide_cases"
    VIEW_CERTIFICATION = "view_certification"
    MANAGE_CERTIFICATION = "manage_certification"
    CONFIRM_READINESS = "confirm_readiness"
    VIEW_AUDITS = "view_audits"
    PLAN_AUDITS = "plan_audits"
    CONDUCT_AUDITS = "conduct_audits"
    WORK_ON_ACTIONS = "work_on_actions"
    APPROVE_ACTIONS = "approve_actions"
    VIEW_CONFIRMATIONS = "view_confirmations"
    ANSWER_CONFIRMATIONS = "answer_confirmations"
    DECIDE_CONFIRMATIONS = "decide_confirmations"
    MANAGE_CONFIRMATIONS = "manage_confirmations"
    VIEW_TRAINING = "view_training"
    MANAGE_TRAINING = "manage_training"
    VIEW_REVIEWS = "view_reviews"
    MANAGE_REVIEWS = "manage_reviews"
    DECIDE_REVIEWS = "decide_reviews"
    VIEW_COMPLAINTS = "view_complaints"
    HANDLE_COMPLAINTS = "handle_complaints"


class Named(NamedTuple):
    """What people call something, in both languages."""

    ja: str
    en: str


ROLE_NAMES: Mapping[Role, Named] = {
    Role.ADMINISTRATOR: Named("管理者", "Administrator"),
    Role.GROUP_OFFICER: Named("グループ個人情報保護責任者", "Group privacy officer"),
    Role.TOP_MANAGEMENT: Named("トップマネジメント", "Top management"),
    Role.OFFICER: Named("個人情報保護管理者", "Privacy manager"),
    Role.AUDIT_MANAGER: Named("個人情報保護監査責任者", "Audit manager"),
    Role.AUDITOR: Named("監査員", "Auditor"),
    Role.STATUTORY_AUDITOR: Named("監査役", "Statutory auditor"),
    Role.DEPARTMENT_MANAGER: Named("部門管理者", "Department manager"),
    Role.TRAINING_MANAGER: Named("教育責任者", "Training manager"),
    Role.COMPLAINTS_DESK: Named("苦情相談窓口", "Complaints desk"),
    Role.MY_NUMBER_CLERK: Named("特定個人情報事務取扱担当者", "My Number clerk"),
    Role.INFORMATION_ASSETS_MANAGER: Named("情報資産管理者", "Information assets manager"),
    Role.MEDICAL_SYSTEMS_MANAGER: Named("医療情報システム安全管理責任者", "Medical systems safety manager"),
    Role.SCAN_OPERATOR: Named("病院の走査担当者", "Hospital scan operator"),
    Role.CERTIFICATION_TEAM: Named("認証取得チーム", "Certification team"),
    Role.EXECUTIVE: Named("役員", "Executive"),
    Role.WORKER: Named("従業者", "Worker"),
    Role.SUPPLIER_CONTACT: Named("委託先の担当者", "Supplier contact"),
}

PERMISSION_NAMES: Mapping[Permission, Named] = {
    Permission.VIEW_SITUATION: Named("状況を見る", "See units, scores, counts, coverage"),
    Permission.VIEW_LOCATIONS: Named("場所を見る", "See where data lie"),
    Permission.VIEW_SAMPLES: Named("見本を見る", "See masked samples and judgements on them"),
    Permission.REVIEW_FINDINGS: Named(
        "検出を判断する", "Say that a value is not personal data, or decide on it"
    ),
    Permission.VIEW_LEDGER: Named("台帳を見る", "Read the ledger"),
    Permission.EDIT_LEDGER: Named("台帳を直す", "Edit the ledger"),
    Permission.APPLY_LEDGER: Named("取得・変更を申請する", "Apply for a new or changed ledger entry"),
    Permission.APPROVE_LEDGER: Named("台帳を承認する", "Approve entries and applications of others"),
    Permission.MANAGE_PROCESSORS: Named("委託先を管理する", "Register and change processors"),
    Permission.MANAGE_SOURCES: Named("走査対象を管理する", "Register and remove places to scan"),
    Permission.RUN_SCANS: Named("走査する", "Scan, and compare with the ledger"),
    Permission.MANAGE_ORGANISATION: Named("組織を管理する", "Change the organisation tree"),
    Permission.MANAGE_USERS: Named("利用者を管理する", "Manage accounts, affiliations, roles"),
    Permission.VIEW_JOURNAL: Named("操作記録を見る", "Read the journal"),
    Permission.RECORD_DISCLOSURE: Named(
        "提供の根拠を記録する", "Record a basis for disclosure to another entity"
    ),
    Permission.DECIDE_DISCLOSURE: Named("提供の根拠を承認する", "Approve or end a basis for disclosure"),
    Permission.VIEW_REQUESTS: Named("開示等の請求を見る", "Read requests of persons and their letters"),
    Permission.HANDLE_REQUESTS: Named("開示等の請求を扱う", "Take in and handle requests of persons"),
    Permission.DECIDE_REQUESTS: Named("開示等の請求を決める", "Decide, answer and close requests of persons"),
    Permission.SEARCH_PERSONS: Named("本人を探す", "Look where a person's data lie"),
    Permission.VIEW_PROVISIONS: Named("提供の記録を見る", "Read records of provision and receipt"),
    Permission.RECORD_PROVISIONS: Named("提供を記録する", "Record provision and receipt"),
    Permission.HANDLE_CASES: Named(
        "差異・廃棄に対応する", "Work on differences; order and carry out disposals"
    ),
    Permission.DECIDE_CASES: Named(
        "差異を割り当て、説明と廃棄を承認する", "Assign differences; approve explanations and disposals"
    ),
    Permission.VIEW_CERTIFICATION: Named(
        "認証の状況を見る", "Read certificates, requirements, plans and readiness"
    ),
    Permission.MANAGE_CERTIFICATION: Named(
        "認証を管理する", "Keep certificates, evidence, plans and assessments"
    ),
    Permission.CONFIRM_READINESS: Named("証跡を確認する", "Confirm that evidence shows a requirement"),
    Permission.VIEW_AUDITS: Named("監査の記録を見る", "Read audits, their findings and corrective actions"),
    Permission.PLAN_AUDITS: Named("監査を計画する", "Plan audits, choose auditors, report"),
    Permission.CONDUCT_AUDITS: Named(
        "自己点検と監査の是正を確かめる",
        "Verify self checks, and the effect of corrections that audits asked for",
    ),
    Permission.WORK_ON_ACTIONS: Named("是正処置を行う", "Find causes of nonconformities and correct them"),
    Permission.APPROVE_ACTIONS: Named("是正処置を承認する", "Approve corrective actions and their effect"),
    Permission.VIEW_CONFIRMATIONS: Named("運用の確認を見る", "Read confirmations and their answers"),
    Permission.ANSWER_CONFIRMATIONS: Named(
        "運用の確認に答える", "Answer confirmations of one's own operations"
    ),
    Permission.DECIDE_CONFIRMATIONS: Named(
        "運用の確認の回答を確かめる", "Confirm or send back what others answered"
    ),
    Permission.MANAGE_CONFIRMATIONS: Named(
        "運用の確認を管理する", "Set up confirmations; approve self checks"
    ),
    Permission.VIEW_TRAINING: Named("教育の状況を見る", "Read who was trained"),
    Permission.MANAGE_TRAINING: Named("教育を管理する", "Keep courses and records of training"),
    Permission.VIEW_REVIEWS: Named(
        "見直しと体制の記録を見る", "Read management reviews, internal rules, committees"
    ),
    Permission.MANAGE_REVIEWS: Named(
        "見直しと体制の記録を管理する", "Prepare management reviews; keep internal rules and committees"
    ),
    Permission.DECIDE_REVIEWS: Named(
        "見直しを決める", "Decide in management reviews; approve plans and internal rules"
    ),
    Permission.VIEW_COMPLAINTS: Named("苦情・相談を見る", "Read complaints and consultations"),
    Permission.HANDLE_COMPLAINTS: Named(
        "苦情・相談を扱う", "Take in and answer complaints and consultations"
    ),
}

_SEEN = frozenset({Permission.VIEW_SITUATION, Permission.VIEW_LEDGER})
_LOCATED = _SEEN | {Permission.VIEW_LOCATIONS}
_OFFICER = _LOCATED | {
    Permission.VIEW_SAMPLES,
    Permission.REVIEW_FINDINGS,
    Permission.EDIT_LEDGER,
    Permission.APPLY_LEDGER,
    Permission.APPROVE_LEDGER,
    Permission.MANAGE_PROCESSORS,
    Permission.RUN_SCANS,
    Permission.RECORD_DISCLOSURE,
    Permission.DECIDE_DISCLOSURE,
    Permission.VIEW_REQUESTS,
    Permission.HANDLE_REQUESTS,
    Permission.DECIDE_REQUESTS,
    Permission.SEARCH_PERSONS,
    Permission.VIEW_PROVISIONS,
    Permission.RECORD_PROVISIONS,
    Permission.HANDLE_CASES,
    Permission.DECIDE_CASES,
    Permission.VIEW_CERTIFICATION,
    Permission.MANAGE_CERTIFICATION,
    Permission.CONFIRM_READINESS,
    Permission.VIEW_AUDITS,
    Permission.WORK_ON_ACTIONS,
    Permission.VIEW_CONFIRMATIONS,
    Permission.ANSWER_CONFIRMATIONS,
    Permission.DECIDE_CONFIRMATIONS,
    Permission.MANAGE_CONFIRMATIONS,
    Permission.VIEW_TRAINING,
    Permission.MANAGE_TRAINING,
    Permission.VIEW_REVIEWS,
    Permission.MANAGE_REVIEWS,
    Permission.VIEW_COMPLAINTS,
    Permission.HANDLE_COMPLAINTS,
}
_AUDITED = _LOCATED | {
    Permission.VIEW_JOURNAL,
    Permission.VIEW_REQUESTS,
    Permission.VIEW_PROVISIONS,
    Permission.VIEW_CERTIFICATION,
    Permission.VIEW_AUDITS,
    Permission.CONDUCT_AUDITS,
    Permission.VIEW_CONFIRMATIONS,
    Permission.VIEW_TRAINING,
    Permission.VIEW_REVIEWS,
    Permission.VIEW_COMPLAINTS,
}
_OVERSEEN = _SEEN | {Permission.VIEW_CERTIFICATION, Permission.VIEW_AUDITS, Permission.VIEW_REVIEWS}
_OPERATED = _LOCATED | {
    Permission.HANDLE_CASES,
    Permission.VIEW_CERTIFICATION,
    Permission.VIEW_AUDITS,
    Permission.WORK_ON_ACTIONS,
    Permission.VIEW_CONFIRMATIONS,
    Permission.ANSWER_CONFIRMATIONS,
    Permission.VIEW_REVIEWS,
}

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.GROUP_OFFICER: _OFFICER,
    Role.TOP_MANAGEMENT: _OVERSEEN
    | {
        Permission.DECIDE_DISCLOSURE,
        Permission.APPROVE_LEDGER,
        Permission.APPROVE_ACTIONS,
        Permission.VIEW_CONFIRMATIONS,
        Permission.DECIDE_REVIEWS,
    },
    Role.OFFICER: _OFFICER,
    Role.AUDIT_MANAGER: _AUDITED | {Permission.PLAN_AUDITS},
    Role.AUDITOR: _AUDITED,
    Role.STATUTORY_AUDITOR: _OVERSEEN | {Permission.VIEW_CONFIRMATIONS},
    Role.DEPARTMENT_MANAGER: _OPERATED
    | {
        Permission.VIEW_SAMPLES,
        Permission.APPLY_LEDGER,
        Permission.VIEW_PROVISIONS,
        Permission.RECORD_PROVISIONS,
        Permission.DECIDE_CONFIRMATIONS,
        Permission.VIEW_TRAINING,
    },
    Role.TRAINING_MANAGER: frozenset(
        {
            Permission.VIEW_SITUATION,
            Permission.VIEW_CERTIFICATION,
            Permission.VIEW_TRAINING,
            Permission.MANAGE_TRAINING,
        }
    ),
    Role.COMPLAINTS_DESK: _SEEN
    | {
        Permission.VIEW_REQUESTS,
        Permission.HANDLE_REQUESTS,
        Permission.VIEW_PROVISIONS,
        Permission.VIEW_COMPLAINTS,
        Permission.HANDLE_COMPLAINTS,
    },
    Role.MY_NUMBER_CLERK: _LOCATED | {Permission.HANDLE_CASES},
    Role.INFORMATION_ASSETS_MANAGER: _OPERATED
    | {
        Permission.EDIT_LEDGER,
        Permission.APPLY_LEDGER,
        Permission.MANAGE_SOURCES,
        Permission.MANAGE_PROCESSORS,
    },
    Role.MEDICAL_SYSTEMS_MANAGER: _OPERATED | {Permission.MANAGE_SOURCES, Permission.RUN_SCANS},
    Role.SCAN_OPERATOR: frozenset(
        {
            Permission.VIEW_SITUATION,
            Permission.VIEW_LOCATIONS,
            Permission.MANAGE_SOURCES,
            Permission.RUN_SCANS,
        }
    ),
    Role.CERTIFICATION_TEAM: _OVERSEEN
    | {
        Permission.EDIT_LEDGER,
        Permission.APPLY_LEDGER,
        Permission.MANAGE_CERTIFICATION,
        Permission.WORK_ON_ACTIONS,
        Permission.VIEW_CONFIRMATIONS,
        Permission.DECIDE_CONFIRMATIONS,
        Permission.MANAGE_CONFIRMATIONS,
        Permission.VIEW_TRAINING,
        Permission.MANAGE_REVIEWS,
    },
    Role.EXECUTIVE: _OVERSEEN,
    Role.WORKER: frozenset(),
    Role.SUPPLIER_CONTACT: frozenset(),
}

SEPARATED = frozenset(
    {
        Permission.VIEW_LOCATIONS,
        Permission.VIEW_SAMPLES,
        Permission.REVIEW_FINDINGS,
        Permission.MANAGE_SOURCES,  # addresses are locations
        Permission.RUN_SCANS,  # a scan reads the data themselves
        Permission.VIEW_JOURNAL,  # its records hold locations, masks and fingerprints
        Permission.DECIDE_DISCLOSURE,
        Permission.APPROVE_LEDGER,
        Permission.VIEW_REQUESTS,  # who asked, and what about, is personal data itself
        Permission.HANDLE_REQUESTS,
        Permission.DECIDE_REQUESTS,
        Permission.SEARCH_PERSONS,
        Permission.VIEW_PROVISIONS,
        Permission.RECORD_PROVISIONS,
        Permission.HANDLE_CASES,  # who works on a difference or disposes of data works with the data
        Permission.DECIDE_CASES,
        Permission.CONFIRM_READINESS,
        Permission.APPROVE_ACTIONS,
        Permission.VIEW_TRAINING,  # who was trained and who failed is personal data of the workers
        Permission.MANAGE_TRAINING,
        Permission.DECIDE_REVIEWS,
        Permission.VIEW_COMPLAINTS,  # who complained, and about what
        Permission.HANDLE_COMPLAINTS,
    }
)
"""What does not pass between legal entities without a basis: they are third parties (APPI Art. 27(1))."""

OWN_ONLY = frozenset(
    {
        Permission.DECIDE_DISCLOSURE,
        Permission.APPROVE_LEDGER,
        Permission.CONFIRM_READINESS,
        Permission.APPROVE_ACTIONS,
        Permission.DECIDE_REVIEWS,
    }
)
"""What no basis opens: whose data they are decides on a disclosure, and answers for its own ledger and
management system."""
