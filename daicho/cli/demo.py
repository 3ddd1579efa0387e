"""`daicho demo`: a synthetic group, scanned, reconciled and shown."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer
from sqlalchemy import make_url

from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.progress import ScanProgress
from daicho.demo.history import BEFORE, a_month_before, changed_sources
from daicho.demo.model import DemoGroup
from daicho.scanning import ScanOutcome, scan_targets, targets_for
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import situation
from registry.model import RiskLevel
from registry.store import utc_now
from scanners.reports import report

HELP = _("見本の企業集団を作り、走査し、台帳と突き合わせて、画面を開きます。") + examples(
    "daicho demo", "daicho demo --no-serve", "daicho demo --directory /tmp/daicho-demo --port 8600"
)


def demo(
    directory: Annotated[Path, typer.Option(help=_("見本を置くフォルダ（前の見本は作り直します）"))] = Path(
        "demo-workspace"
    ),
    seed: Annotated[int, typer.Option(help=_("乱数の種（同じ種からは同じ見本ができます）"))] = 20261123,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help=_("最後に画面を開くかどうか"))] = True,
    port: Annotated[int, typer.Option(help=_("待ち受けるポート"), min=1, max=65535)] = 8501,
) -> int:
    """Make, scan, compare and show the demo group; exit code 0 when all that can be examined was."""
    from daicho.demo import answers, audits, confirmations, reviews, self_check
    from daicho.demo.actions import register_actions
    from daicho.demo.applications import register_applications
    from daicho.demo.assessments import register_assessments
    from daicho.demo.certificates import register_certificates, register_years
    from daicho.demo.changes import register_changes
    from daicho.demo.complaints import register_complaints
    from daicho.demo.governance import register_governance
    from daicho.demo.laws import register_laws
    from daicho.demo.processors import evaluate_processors
    from daicho.demo.registration import make_workspace
    from daicho.demo.requirements import register_requirements
    from daicho.demo.rights import register_rights
    from daicho.demo.risks import register_risks
    from daicho.demo.rules import register_rules
    from daicho.demo.training import register_training

    settings = replace(Settings.load(directory / "workspace"), registry_url="", master_key="")
    say(_("見本のデータを作っています。"))
    _lend_password(settings.demo_database_url)
    now = utc_now()
    group, earlier = make_workspace(directory.absolute(), settings, seed=seed, clock=lambda: now - BEFORE)
    say(
        _(
            "見本: {units} 単位、{objects:,} 件、走査の対象 {sources} か所（{path}）",
            units=len(group.units),
            objects=len(group.objects),
            sources=len(group.sources),
            path=directory,
        )
    )
    register_risks(earlier, group)
    say(_("ひと月前の姿を走査しています。"))
    with a_month_before(group):
        _scan(earlier, settings, changed_sources(group), io.StringIO(), lambda: now - BEFORE)
    answers.a_month_ago(earlier)
    confirmations.confirm_a_month_ago(earlier)
    audits.audit_a_month_ago(earlier)
    reviews.hold_a_month_ago(earlier)
    earlier.close()
    workspace = Workspace.open(settings)
    register_applications(workspace)  # before the scan, so that the comparison knows what was approved
    say(_("今の姿を走査しています。"))
    outcome = _scan(workspace, settings, (), sys.stdout, utc_now)
    register_rights(workspace, group, seed=seed)
    register_certificates(workspace, group)
    register_years(workspace, group)
    register_assessments(workspace)
    register_training(workspace, group, seed=seed)
    register_requirements(workspace, group)
    answers.today(workspace)
    confirmations.confirm_today(workspace)
    self_check.check_abroad(workspace)
    register_complaints(workspace)
    evaluate_processors(workspace)
    register_laws(workspace)
    register_changes(workspace)
    register_actions(workspace)
    register_rules(workspace)
    register_governance(workspace)
    audits.audit_today(workspace)
    reviews.register_reviews(workspace)
    _tell(workspace, group)
    workspace.close()
    if not _as_planned(outcome, group):
        complain(_("調べられなかったものが、見本に仕込んだ数と違います。"))
        return ExitCode.INCOMPLETE
    if not serve:
        say(_("画面を開くには: daicho serve --workspace {path}", path=settings.workspace))
        return ExitCode.DONE
    from daicho.server import serve as run_server

    tell(_("画面の住所: http://{host}:{port}/  （終えるには Ctrl+C）", host="127.0.0.1", port=port))
    run_server(workspace.path, "127.0.0.1", port, demo_accounts=True)
    return ExitCode.DONE


def _lend_password(url: str) -> None:
    """Let this process and its workers reach the demo's PostgreSQL: its address holds no password."""
    password = make_url(url).password if url else None
    if password:
        os.environ["PGPASSWORD"] = str(password)


def _scan(
    workspace: Workspace,
    settings: Settings,
    sources: tuple[str, ...],
    out: TextIO,
    clock: Callable[[], datetime],
) -> ScanOutcome:
    owner = workspace.owner()
    with ScanProgress(live=sys.stderr.isatty()) as progress:
        return scan_targets(
            targets_for(workspace, owner, sources, ""),
            workspace=workspace,
            principal=owner,
            settings=settings,
            report=report("table", out, findings=False, translate=_),
            on_listed=progress.listed,
            on_result=progress.result,
            clock=clock,
        )


def _tell(workspace: Workspace, group: DemoGroup) -> None:
    """Print the weightiest companies and the sign-ins of the demo."""
    with workspace.registry.read(workspace.owner()) as tx:
        found = [each for each in situation.situations(tx, workspace.findings) if each.risk]
    for each in sorted(found, key=lambda one: -(one.risk.score if one.risk else 0))[:3]:
        score = each.risk.score if each.risk else 0
        shape = {80: "■", 60: "▲", 40: "△", 20: "◇", 0: "○"}[RiskLevel.of(score)]
        tell(f"  {shape} {score:3d}  {each.unit.name(_.language)}")
    tell(_("見本のサインイン（パスワードはどれも {password}）:", password=group.accounts[0].password))
    for account in group.accounts:
        tell(f"  {account.login}\t{account.role.value}\t{account.name}")


def _as_planned(outcome: ScanOutcome, group: DemoGroup) -> bool:
    """Only what the demo made unreadable on purpose may be left unexamined."""
    totals = outcome.totals
    if outcome.unavailable:
        return False
    return totals.listed - totals.complete - totals.by_policy == len(group.unexaminable)
