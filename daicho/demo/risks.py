"""A few risk analyses of the demonstration group, as its officers would have written them a month ago.

They come before the first scan, so that what it finds opens one of them again by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from daicho.demo.model import DemoGroup
from daicho.workspace import Workspace
from registry import accounts, ledger, organisation, people, risk_analysis
from registry.access import today_in_japan
from registry.model import DiscrepancyKind, LedgerEntry, Principal, Role, UnitId
from registry.risk_model import Decision, PlannedMeasure, RiskDraft
from registry.store import Tx
from registry.threat_proposals import Proposal
from registry.threats import Phase
from scanners.model import LEGAL_CLASS, LegalClass

HOSPITAL = "HOSP-SAKURA"
_REASON = "daicho demo"
_PER_PHASE = 3  # so many proposed threats of a phase are taken, the others left with a reason
_GRAVE = frozenset({LegalClass.SPECIAL_CARE, LegalClass.MY_NUMBER})
_OVERTAKEN = (DiscrepancyKind.CATEGORY_DRIFT, DiscrepancyKind.COUNT_DRIFT, DiscrepancyKind.OVER_EXPOSED)
"""What the scan finds of an entry that was analysed without knowing of it."""


def register_risks(workspace: Workspace, group: DemoGroup) -> None:
    """Analyse the patient register and an entry that reality overtakes, and begin with a third one."""
    registry = workspace.registry
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        entries = ledger.entries(tx)
        today = today_in_japan(tx.now)
    codes = {basis.unit_code for basis in group.bases}
    patients = next(each for each in entries if each.name == "患者登録簿")
    overtaken = _overtaken(group, entries, units)
    staff = next(each for each in entries if each.name == "社員マスタ")
    _analyse(workspace, group, patients, today)
    _accept(workspace, patients, HOSPITAL)
    if overtaken is not None:
        entry, code = overtaken
        _analyse(workspace, group, entry, today)
        if code in codes:
            _accept(workspace, entry, code)
    _analyse(workspace, group, staff, today, only=(Phase.ACQUIRE, Phase.STORE))


def _overtaken(
    group: DemoGroup, entries: Sequence[LedgerEntry], units: dict[str, UnitId]
) -> tuple[LedgerEntry, str] | None:
    """Return the first entry of an entity with a representative that a planted difference is about."""
    parents = {unit.code: unit.parent_code for unit in group.units}
    with_representative = {basis.unit_code for basis in group.bases}
    for planted in group.planted:
        if planted.kind not in _OVERTAKEN:
            continue
        for demo in group.entries:
            if demo.source_name != planted.source_name or not planted.path.startswith(demo.prefix):
                continue
            code: str | None = demo.unit_code
            while code is not None and code not in with_representative:
                code = parents[code]
            found = [
                each
                for each in entries
                if each.unit_id == units[demo.unit_code]
                and each.name == demo.name
                and [place.prefix for place in each.places] == [demo.prefix]
            ]
            if code is not None and found:
                return found[0], code
    return None


def _analyse(
    workspace: Workspace,
    group: DemoGroup,
    entry: LedgerEntry,
    today: date,
    only: Sequence[Phase] = tuple(Phase),
) -> None:
    writer = _officer(workspace, group, entry)
    with workspace.registry.write(writer, reason=_REASON) as tx:
        risk_analysis.save(tx, entry.id, _judged(tx, entry, today, only), expected_version=0)


def _officer(workspace: Workspace, group: DemoGroup, entry: LedgerEntry) -> Principal:
    """Return who writes: the hospital's own officer, for all others that of the group."""
    hospital = entry.name == "患者登録簿"
    role = Role.OFFICER if hospital else Role.GROUP_OFFICER
    login = next(
        each.login
        for each in group.accounts
        if each.role is role and (not hospital or each.unit_code == HOSPITAL)
    )
    return _principal(workspace, login)


def _accept(workspace: Workspace, entry: LedgerEntry, code: str) -> None:
    representative = _principal(workspace, f"{code.lower()}-representative@towa.example")
    with workspace.registry.write(representative, reason=_REASON) as tx:
        risk_analysis.accept(tx, entry.id, expected_version=1)


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)


def _judged(tx: Tx, entry: LedgerEntry, today: date, only: Sequence[Phase]) -> list[RiskDraft]:
    drafts = []
    taken: dict[Phase, int] = {}
    for each in risk_analysis.proposals(tx, entry.id):
        if each.phase not in only:
            continue
        place = taken.get(each.phase, 0)
        taken[each.phase] = place + 1
        if place < _PER_PHASE:
            drafts.append(_taken(each, place, entry, today))
        else:
            drafts.append(
                RiskDraft(
                    each.phase,
                    each.threat.id,
                    Decision.LEFT,
                    left_reason="この記載の業務では起こらないことを担当部門に確かめた。",
                )
            )
    return drafts


def _taken(of: Proposal, place: int, entry: LedgerEntry, today: date) -> RiskDraft:
    grave = any(LEGAL_CLASS[category] in _GRAVE for category in entry.items)
    impact = 4 if grave else 3
    measures = of.threat.measures
    planned: tuple[PlannedMeasure, ...] = ()
    if place == 0:
        due = today + timedelta(days=20 + 15 * list(Phase).index(of.phase))
        planned = (PlannedMeasure(measures[-1].name.ja, "情報システム部 個人情報担当", due),)
    return RiskDraft(
        of.phase,
        of.threat.id,
        present=measures[0].name.ja if place else "担当者への注意喚起だけを行っている",
        likelihood=4 - place,
        impact=impact,
        residual_likelihood=max(1, 3 - place),
        residual_impact=impact - (1 if place else 0),
        measures=planned,
    )
