"""`daicho rules`: a workspace's own patterns, words, thresholds and allow lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.rules import FOLDER, rule_files, rules_from, rules_of
from daicho.settings import Settings
from registry import feedback, organisation
from registry.access import today_in_japan
from registry.feedback import FeedbackState
from registry.store import utc_now
from registry.views import SensitiveList, note_view
from scanners.rules.model import Allow, RuleSet

app = typer.Typer(
    help=_("独自の規則（検出パターン、見出し語、しきい値、許可リスト）を確かめます。"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "check",
    help=_("規則ファイルを読み、例と事例をすべて試します。合わないものがあれば終了コード 1、誤りは 2 です。")
    + examples("daicho rules check", "daicho rules check draft.yaml"),
)
def check(
    file: Annotated[
        list[Path] | None,
        typer.Argument(help=_("規則ファイル（省略するとワークスペースの rules フォルダ）")),
    ] = None,
    workspace: WorkspaceOption = None,
) -> int:
    """Read the rules, try all their examples with every detector, and report what fails."""
    from scanners.rules import checking

    path = Settings.load(workspace).workspace
    files = file or rule_files(path)
    if not files:
        raise UsageError(_("{path} に規則ファイルはありません。", path=path / FOLDER))
    rules = rules_from(files, today_in_japan(utc_now()))
    failed = list(checking.failures(rules))
    for failure in failed:
        complain(
            _(
                "{place}: {rule}: 見つかるはず {expected}、見つかった {found}",
                place=failure.example.place,
                rule=failure.rule,
                expected=list(failure.example.values),
                found=list(failure.found),
            )
        )
    for allow in rules.expired:
        say(_("{place}: 許可 {id} は期限切れです（{day}、{owner}）。", **_allowance(allow)))
    say(
        _(
            "{files} ファイル、{examples:,} 例のうち {failed:,} 例が合いません。",
            files=len(files),
            examples=checking.examples(rules),
            failed=len(failed),
        )
    )
    return ExitCode.POLICY_BREACHED if failed else ExitCode.DONE


@app.command(
    "list",
    help=_("有効な規則と、期限切れの許可、承認済みの「個人情報ではない」を一覧します。")
    + examples("daicho rules list"),
)
def list_rules(workspace: WorkspaceOption = None) -> None:
    """Print every rule, one a line: kind, name, what it does, where it stands."""
    opened = open_workspace(workspace)
    today = today_in_japan(utc_now())
    for line in _lines(rules_of(opened.path, today)):
        tell("\t".join(line))
    note_view(opened.registry, opened.owner(), SensitiveList.JUDGEMENTS, None)
    with opened.registry.read(opened.owner()) as tx:
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        judged = feedback.judgements(tx, states={FeedbackState.APPROVED})
    for each in judged:
        state = "not_personal" if each.applies(today) else "not_personal_expired"
        category, until = each.category.value, each.expires_on.isoformat()
        tell("\t".join((state, codes.get(each.unit_id, ""), category, each.masked, until, each.decider)))
    opened.close()


def _lines(rules: RuleSet) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = [
        ("pattern", rule.id, rule.category.value, rule.expression, str(rule.place)) for rule in rules.patterns
    ]
    lines += [("label", word, category.value) for category, word in rules.labels]
    lines += [("threshold", category.value, f"{least:g}") for category, least in rules.thresholds.items()]
    lines += [("cases", case.detector, str(len(case.examples)), str(case.place)) for case in rules.cases]
    for state, allows in (("allow", rules.allows), ("allow_expired", rules.expired)):
        for allow in allows:
            told = _allowance(allow)
            lines.append((state, told["id"], told["scope"], told["day"], told["owner"], told["place"]))
    return lines


def _allowance(allow: Allow) -> dict[str, str]:
    """Return an allowance in words; the value itself is shown as the rule file writes it."""
    conditions = (
        ("category", allow.category.value if allow.category else ""),
        ("fingerprint", allow.fingerprint.hex() if allow.fingerprint else ""),
        ("pattern", allow.pattern),
        ("path", allow.path),
    )
    return {
        "id": allow.id,
        "day": allow.expires.isoformat(),
        "owner": allow.owner,
        "place": str(allow.place),
        "scope": " ".join(f"{name}={value}" for name, value in conditions if value),
    }
