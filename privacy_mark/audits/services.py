"""Which permission each service of internal audits asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "audits.appointments.appoint": Permission.DECIDE_REVIEWS,
    "audits.appointments.appointable": Permission.DECIDE_REVIEWS,
    "audits.appointments.appointments": Permission.VIEW_AUDITS,
    "audits.appointments.end": Permission.DECIDE_REVIEWS,
    "audits.appointments.managers": Permission.VIEW_AUDITS,
    "audits.assigning.change": Permission.PLAN_AUDITS,
    "audits.assigning.fix": Permission.PLAN_AUDITS,
    "audits.assigning.gaps": Permission.PLAN_AUDITS,
    "audits.assigning.propose": Permission.PLAN_AUDITS,
    "audits.assigning.schedule": Permission.PLAN_AUDITS,
    "audits.assigning.suited": Permission.PLAN_AUDITS,
    "audits.audits.audit": Permission.VIEW_AUDITS,
    "audits.audits.audits": Permission.VIEW_AUDITS,
    "audits.audits.papers": Permission.VIEW_AUDITS,
    "audits.audits.questions": Permission.VIEW_AUDITS,
    "audits.due.due": Permission.PLAN_AUDITS,
    "audits.profiles.choosable": Permission.PLAN_AUDITS,
    "audits.profiles.keep": Permission.PLAN_AUDITS,
    "audits.profiles.profiles": Permission.PLAN_AUDITS,
    "audits.programmes.approve": Permission.DECIDE_REVIEWS,
    "audits.programmes.plan": Permission.PLAN_AUDITS,
    "audits.programmes.programme": Permission.VIEW_AUDITS,
    "audits.programmes.programmes": Permission.VIEW_AUDITS,
    "audits.programmes.receive": Permission.DECIDE_REVIEWS,
    "audits.programmes.report": Permission.PLAN_AUDITS,
    "audits.results.before": Permission.VIEW_AUDITS,
    "audits.results.names": Permission.VIEW_AUDITS,
    "audits.results.of_audit": Permission.VIEW_AUDITS,
    "audits.results.results": Permission.VIEW_AUDITS,
    "audits.terms.keep": Permission.PLAN_AUDITS,
    "audits.terms.terms": Permission.PLAN_AUDITS,
}

PARTS: Mapping[str, str] = {
    "audits.appointments.is_appointed": "whether a plan may be approved, asked by services that have checked",
    "audits.appointments.leads": "of the person asking alone",
    "audits.appointments.led": "of the person asking alone, as SQL",
    "audits.appointments.manager_rule": "a check, part of planning, approving, assigning and reporting",
    "audits.appointments.require_manager": "a check, part of assigning and reporting",
    "audits.facts.belongings_of": "who belongs where, for services that have checked who asks",
    "audits.facts.dependence": "rules that somebody breaks, for services that have checked who asks",
    "audits.facts.duties_of": "who answers for what, for services that have checked who asks",
    "audits.facts.question_of": "what the solver is asked, for services that have checked who asks",
    "audits.facts.units_of": "the units of a programme, for services that have checked who asks",
    "audits.audits.fill": "of one's own audit alone, whatever one holds",
    "audits.audits.finish": "of one's own audit alone, whatever one holds",
    "audits.audits.holds_open": "of the person asking alone, tells nothing of units",
    "audits.audits.seen": "which audits one may see, as SQL",
    "audits.audits.told": "a row as a value",
    "audits.profiles.read": "the register of auditors for services that have checked who asks",
    "audits.programmes.held": "the row of a programme to be changed, checked",
    "audits.programmes.row_of": "the row of a programme in sight",
    "audits.programmes.told": "a row as a value",
    "audits.terms.audited": "what units ask of auditors, for services that have checked who asks",
    "audits.tree.parts_of": "the departments of an entity: ids only",
    "audits.tree.places_of": "what the rules of independence ask of units: ids only",
}
