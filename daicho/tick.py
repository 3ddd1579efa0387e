"""The daily jobs of `daicho tick`: each once per day in Japan, started by cron or systemd.

Safe to run as often as one likes and twice at once: a (job, day) is claimed in the registry first.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select

from daicho.errors import DaichoError, UsageError
from daicho.journal_settings import anchor_folder, authority_of
from daicho.notify import deliver, plan
from daicho.remediating import destroy_due, end_exclusions
from daicho.requirements import catalogue_of
from daicho.rules import rules_of
from daicho.settings import CONFIG_NAME
from daicho.workspace import Workspace
from privacy_mark.certificates import facts
from privacy_mark.certificates.correcting import FOLDER as CORRECTIONS
from privacy_mark.changes import detection
from privacy_mark.complaints import handling as complaints
from privacy_mark.confirmations import campaigns
from privacy_mark.documents import fact_links
from privacy_mark.governance import following
from privacy_mark.requirements import group, year_facts
from registry import anchors, cases, claims, expired_runs, expiries, risk_reopening
from registry.access import today_in_japan
from registry.corrections import files_of
from registry.errors import RegistryError
from registry.model import Principal
from registry.store.tables import TickClaim
from scanners.errors import ScannerError


class Outcome(enum.StrEnum):
    """What came of a job."""

    DONE = "done"
    ALREADY = "already"  # done before, or somebody is at it
    NOT_SET_UP = "not_set_up"  # a setting is missing
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ran:
    """One job of one tick: numbers by name, and for FAILED or NOT_SET_UP what to do."""

    job: str
    period: str
    outcome: Outcome
    numbers: Mapping[str, int] = field(default_factory=dict)
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """What runs once a day, what is missing for it (a sentence, empty when nothing is), and who wants it."""

    run: Callable[[Workspace, Principal, date], Mapping[str, int]]
    missing: Callable[[Workspace], str] = lambda _workspace: ""
    wanted: Callable[[Workspace], bool] = lambda _workspace: True  # False: left out without a word


def tick(workspace: Workspace) -> list[Ran]:
    """Run what is due today, one job after the other; a job that fails stops none of the others."""
    principal = workspace.owner()
    with workspace.registry.read(principal) as tx:
        today = today_in_japan(tx.now)
    # asked once: a tick of every minute, with nothing to do, writes nothing
    done = {name for name, _ in claims.done(workspace.registry, principal, [today.isoformat()])}
    return [
        _run(workspace, principal, name, job, today, done=name in done)
        for name, job in JOBS.items()
        if job.wanted(workspace)
    ]


def _run(workspace: Workspace, principal: Principal, name: str, job: Job, today: date, *, done: bool) -> Ran:
    period = today.isoformat()
    advice = job.missing(workspace)
    if advice:
        return Ran(name, period, Outcome.NOT_SET_UP, advice=advice)
    if done:
        return Ran(name, period, Outcome.ALREADY)
    held = claims.claim(workspace.registry, principal, name, period)
    if isinstance(held, claims.Taken):
        return Ran(name, period, Outcome.ALREADY)
    try:
        numbers = job.run(workspace, principal, today)
    except (RegistryError, DaichoError, ScannerError) as error:
        claims.finish(workspace.registry, principal, held, outcome=Outcome.FAILED.value, done=False)
        return Ran(name, period, Outcome.FAILED, advice=str(error))
    except BaseException:
        claims.finish(workspace.registry, principal, held, outcome=Outcome.FAILED.value, done=False)
        raise
    claims.finish(workspace.registry, principal, held, outcome=Outcome.DONE.value, done=True)
    return Ran(name, period, Outcome.DONE, numbers)


def _no_folder(workspace: Workspace) -> str:
    if workspace.settings.anchors is not None:
        return ""
    return f'set [journal] anchors = "/path/on/another/machine" in {workspace.path / CONFIG_NAME}'


def _anchor(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    folder = anchor_folder(workspace)
    if folder is None:
        raise UsageError(_no_folder(workspace))
    authority = authority_of(workspace.settings)
    _path, head = anchors.anchor(workspace.registry, principal, folder, authority=authority)
    return {"records": head.tree_size}


def _expiries(workspace: Workspace, principal: Principal, today: date) -> Mapping[str, int]:
    yesterday = today - timedelta(days=1)
    with workspace.registry.read(principal) as tx:
        last = tx.session.scalar(
            select(func.max(TickClaim.period)).where(
                TickClaim.job == "expiries", TickClaim.done_at.is_not(None)
            )
        )
        # What ended on days without a tick is told by the next one.
        told = date.fromisoformat(last) - timedelta(days=1) if last else yesterday - timedelta(days=1)
        found = expiries.ended(tx, told, yesterday)
    allowances = sum(told < allow.expires <= yesterday for allow in rules_of(workspace.path, today).expired)
    return {"judgements": found.judgements, "roles": found.grants, "allowances": allowances}


def _sessions(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"sessions": expiries.purge_sessions(tx)}


def _findings(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    kept = workspace.settings.findings
    with workspace.registry.write(principal, reason="tick") as tx:
        gone = expired_runs.expire(tx, workspace.findings, keep_days=kept.keep_days, keep_runs=kept.keep_runs)
    return {"runs": gone.runs, "findings": gone.findings}


def _quarantine(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    return {"destroyed": destroy_due(workspace, principal)}


def _exclusions(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    return {"ended": end_exclusions(workspace, principal)}


def _cases(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        found = cases.expire(tx)
        return {"reopened": found.expired, "due": found.due}


def _notify(workspace: Workspace, _principal: Principal, _today: date) -> Mapping[str, int]:
    sent = deliver.deliver(workspace, plan.plan(workspace))
    if (error := deliver.failed(sent)) is not None:
        raise error
    return {name: number for name, number in sent.numbers.items() if number}


def _risk_reviews(workspace: Workspace, principal: Principal, today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"reopened": risk_reopening.reopen_due(tx, today)}


def _confirmations(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"rounds": campaigns.open_due(tx)}


def _certificates(workspace: Workspace, _principal: Principal, _today: date) -> Mapping[str, int]:
    files = files_of(workspace.path / CORRECTIONS)
    facts.check(files)
    return {"corrections": len(files)}


def _readiness(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    catalogue = catalogue_of(workspace.path)
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"fallen": group.settle(tx, catalogue)}


def _plans(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"finished": year_facts.settle(tx)}


def _complaints(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"erased": complaints.erase_due(tx)}


def _rules(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"differing": fact_links.check(tx)}


def _changes(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"opened": detection.open_found(tx)}


def _decisions(workspace: Workspace, principal: Principal, _today: date) -> Mapping[str, int]:
    with workspace.registry.write(principal, reason="tick") as tx:
        return {"followed": following.follow(tx)}


# In this order: the head of a day counts what the other jobs of the day recorded.
JOBS: Mapping[str, Job] = {
    "expiries": Job(_expiries),
    "sessions": Job(_sessions),
    "findings": Job(_findings, wanted=lambda workspace: workspace.settings.findings.keep_days > 0),
    "exclusions": Job(_exclusions, wanted=lambda workspace: workspace.settings.remediation.enabled),
    "quarantine": Job(_quarantine, wanted=lambda workspace: workspace.settings.remediation.enabled),
    "cases": Job(_cases),
    "risk_reviews": Job(_risk_reviews),
    "confirmations": Job(_confirmations),
    "yearly_plans": Job(_plans),
    "readiness": Job(_readiness),
    "certificate_facts": Job(_certificates, wanted=lambda workspace: (workspace.path / CORRECTIONS).is_dir()),
    "complaints": Job(_complaints),
    "internal_rules": Job(_rules),
    "change_reports": Job(_changes),
    "decisions": Job(_decisions),
    "notify": Job(
        _notify,
        missing=lambda workspace: deliver.missing(workspace.settings),
        wanted=lambda workspace: workspace.settings.notify.wanted,
    ),
    "journal_anchor": Job(_anchor, missing=_no_folder),
}
