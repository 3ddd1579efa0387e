"""Which permission each service of training asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "training.completion_import.apply": Permission.MANAGE_TRAINING,
    "training.completion_import.plan": Permission.MANAGE_TRAINING,
    "training.courses.applying": Permission.VIEW_CERTIFICATION,
    "training.courses.create": Permission.MANAGE_TRAINING,
    "training.courses.end": Permission.MANAGE_TRAINING,
    "training.courses.material": Permission.MANAGE_TRAINING,
    "training.courses.open_round": Permission.MANAGE_TRAINING,
    "training.courses.publish": Permission.MANAGE_TRAINING,
    "training.courses.versions": Permission.MANAGE_TRAINING,
    "training.joining.before_access": Permission.MANAGE_USERS,
    "training.joining.grant": Permission.MANAGE_USERS,
    "training.joining.rule": Permission.MANAGE_TRAINING,
    "training.joining.set_rule": Permission.MANAGE_TRAINING,
    "training.records.follow_up": Permission.MANAGE_TRAINING,
    "training.records.follow_ups": Permission.VIEW_TRAINING,
    "training.records.imports": Permission.VIEW_TRAINING,
    "training.records.record_attendance": Permission.MANAGE_TRAINING,
    "training.records.remembered": Permission.MANAGE_TRAINING,
    "training.records.results": Permission.VIEW_TRAINING,
    "training.roster_import.apply": Permission.MANAGE_TRAINING,
    "training.roster_import.plan": Permission.MANAGE_TRAINING,
    "training.sheets.sheet": Permission.VIEW_TRAINING,
    "training.sheets.sheets": Permission.VIEW_TRAINING,
    "training.standing.comprehension": Permission.VIEW_CERTIFICATION,
    "training.standing.persons": Permission.VIEW_TRAINING,
    "training.standing.rate": Permission.VIEW_CERTIFICATION,
    "training.standing.rates_below": Permission.VIEW_CERTIFICATION,
    "training.suppliers.record": Permission.MANAGE_TRAINING,
    "training.suppliers.standings": Permission.VIEW_TRAINING,
}

PARTS: Mapping[str, str] = {
    "training.audience.concerns": "a check of one worker; the caller has asked",
    "training.courses.described": "part of services that have asked for the unit",
    "training.courses.of_unit": "part of services that have asked for the unit, and of one's own training",
    "training.courses.taught_version": "part of services that have asked for the unit",
    "training.due.due": "one's own, and counts within the scope of manage_training",
    "training.few.sees_all": "whether the person asking may see single workers",
    "training.few.top_seen": "part of rates, which have asked",
    "training.few.withheld": "part of rates, which have asked",
    "training.joining.held_back": "whether the roles of an account count; asked where a session is looked up",
    "training.joining.own_missing": "one's own",
    "training.own.assignments": "one's own",
    "training.own.begin": "one's own",
    "training.own.material": "one's own",
    "training.own.results": "one's own",
    "training.own.submit": "one's own",
    "training.own.workers": "one's own",
    "training.sheets.own_sheet": "one's own",
    "training.roster_import.note_import": "part of the imports, which have asked",
    "training.roster_import.number_digest": "a keyed digest",
    "training.standing.counted_rows": "part of evidence packs, which have asked",
    "training.standing.open_names": "part of lines of today, which narrow it to view_training",
    "training.suppliers.open_names": "part of lines of today, which narrow it to view_training",
    "training.standing.open_by_unit": "part of due, which narrows it to manage_training",
    "training.standing.rates_by_unit": "counts by unit; the caller narrows them to whom it may tell",
    "training.standing.reaching": "part of services that have asked for the unit",
    "training.suppliers.open_units": "part of due, which narrows it to manage_training",
    "training.standing.rate_of": "counts of one unit; the caller has checked it",
}
