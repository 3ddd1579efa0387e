"""Which permission each service asks for: docs/permissions.md shows it, tests try every row.

A test fails when a public function of `registry` that takes a transaction has no row here, or when the
service answers anybody who does not hold the permission, or refuses anybody who does
(tests/access/test_matrix.py). Services are named module.function.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "accounts.create_account": Permission.MANAGE_USERS,
    "accounts.grant": Permission.MANAGE_USERS,
    "accounts.revoke": Permission.MANAGE_USERS,
    "affiliations.affiliate": Permission.MANAGE_USERS,
    "affiliations.affiliations": Permission.MANAGE_USERS,
    "affiliations.end_affiliation": Permission.MANAGE_USERS,
    "assess.assess": Permission.RUN_SCANS,  # or edit_ledger, in any unit: compares the whole group
    "disclosures.approve_disclosure": Permission.DECIDE_DISCLOSURE,
    "disclosures.disclosures": Permission.VIEW_LEDGER,
    "disclosures.end_disclosure": Permission.DECIDE_DISCLOSURE,
    "disclosures.record_disclosure": Permission.RECORD_DISCLOSURE,
    "discrepancies.counts_below": Permission.VIEW_SITUATION,
    "discrepancies.open_discrepancies": Permission.VIEW_SITUATION,
    "feedback.decide": Permission.REVIEW_FINDINGS,
    "feedback.judged_values": Permission.RUN_SCANS,
    "feedback.judgements": Permission.VIEW_SAMPLES,
    "feedback.propose": Permission.REVIEW_FINDINGS,
    "inventory.kinds": Permission.VIEW_SITUATION,
    "inventory.object_row": Permission.VIEW_SITUATION,
    "inventory.objects": Permission.VIEW_SITUATION,
    "inventory.rows_of": Permission.VIEW_SITUATION,
    "inventory.samples": Permission.VIEW_SAMPLES,
    "inventory.unexamined": Permission.VIEW_SITUATION,
    "journal.lines": Permission.VIEW_JOURNAL,
    "ledger.create_entry": Permission.EDIT_LEDGER,
    "ledger.entries": Permission.VIEW_LEDGER,
    "ledger.entry": Permission.VIEW_LEDGER,
    "ledger.update_entry": Permission.EDIT_LEDGER,
    "ledger.versions": Permission.VIEW_LEDGER,
    "organisation.create_unit": Permission.MANAGE_ORGANISATION,
    "organisation.descendants": Permission.VIEW_SITUATION,
    "organisation.entity_of": Permission.VIEW_SITUATION,
    "organisation.set_small": Permission.MANAGE_ORGANISATION,
    "organisation.unit": Permission.VIEW_SITUATION,
    "organisation.unit_by_code": Permission.VIEW_SITUATION,
    "organisation.units": Permission.VIEW_SITUATION,
    "runs.files_of": Permission.VIEW_SITUATION,
    "runs.latest_runs": Permission.VIEW_SITUATION,
    "runs.record_run": Permission.RUN_SCANS,
    "situation.children": Permission.VIEW_SITUATION,
    "situation.situation": Permission.VIEW_SITUATION,
    "situation.situations": Permission.VIEW_SITUATION,
    "situation.trend": Permission.VIEW_SITUATION,
    "sources.add_source": Permission.MANAGE_SOURCES,
    "sources.list_sources": Permission.VIEW_LOCATIONS,
    "sources.remove_source": Permission.MANAGE_SOURCES,
    "sources.require_source": Permission.VIEW_LOCATIONS,
    "sources.source": Permission.VIEW_LOCATIONS,
    "sources.source_by_name": Permission.VIEW_LOCATIONS,
}

PARTS: Mapping[str, str] = {
    "access.allowed": "the check itself",
    "access.homes_of": "the check itself: which entity somebody acts for",
    "access.require": "the check itself",
    "access.require_somewhere": "the check itself",
    "access.scope": "the check itself",
    "access.together": "the check itself",
    "access.withheld": "the ids of visible units that the check closes",
    "affiliations.affiliation_for": "part of accounts.grant; asks for manage_users",
    "affiliations.require_account": "a check",
    "duties.require_separate": "a check, part of accounts.grant and affiliations.affiliate",
    "estate.as_everyone": "part of assess.assess; asks for the same",
    "estate.gather": "part of assess.assess; asks for the same",
    "runs.remove_abandoned": "shows and changes no row; asks for run_scans in any unit",
}
"""Functions that take a transaction and are no services: each with its reason."""
