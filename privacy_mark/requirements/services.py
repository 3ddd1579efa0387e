"""Which permission each service of requirements asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "requirements.earlier.earlier": Permission.VIEW_CERTIFICATION,
    "requirements.evidence.add_file": Permission.MANAGE_CERTIFICATION,
    "requirements.evidence.cite": Permission.MANAGE_CERTIFICATION,
    "requirements.evidence.content": Permission.VIEW_CERTIFICATION,  # and view_locations of personal data
    "requirements.evidence.evidence": Permission.VIEW_CERTIFICATION,
    "requirements.evidence.remove": Permission.MANAGE_CERTIFICATION,
    "requirements.evidence.state_none": Permission.MANAGE_CERTIFICATION,
    "requirements.due.due": Permission.MANAGE_CERTIFICATION,
    "requirements.issued.content": Permission.VIEW_CERTIFICATION,
    "requirements.issued.issue": Permission.MANAGE_CERTIFICATION,  # and confirm_readiness of approved ones
    "requirements.issued.issued": Permission.VIEW_CERTIFICATION,
    "requirements.planned.plans": Permission.VIEW_CERTIFICATION,
    "requirements.readiness.confirm": Permission.CONFIRM_READINESS,
    "requirements.readiness.readiness": Permission.VIEW_CERTIFICATION,
    "requirements.group.shares": Permission.VIEW_CERTIFICATION,
    "requirements.readiness.withdraw": Permission.CONFIRM_READINESS,
    "requirements.renewal.renewal": Permission.VIEW_CERTIFICATION,
    "requirements.year_facts.finish": Permission.MANAGE_CERTIFICATION,
    "requirements.year_facts.shown": Permission.VIEW_CERTIFICATION,
}

PARTS: Mapping[str, str] = {
    "requirements.action_supplier.corrective_actions": "part of suppliers, which count for who asked",
    "requirements.handled_suppliers.handled": "part of suppliers, which count for services that asked",
    "requirements.group.settle": "the daily job: it writes down what is so already",
    "requirements.evidence.kept": "part of services that checked who may see the units",
    "requirements.readiness.end": "part of services that checked who may",
    "requirements.readiness.entities_of": "part of services that checked who may see the units",
    "requirements.year_facts.settle": "the daily job: it writes down what records show already",
    "requirements.suppliers.members_of": "tells which units belong to entities, as reading services need it",
}
