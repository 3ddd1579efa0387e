"""`daicho notify`: tells who has something to do, now, or shows what would be told."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, complain, examples, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.notify import deliver, plan
from daicho.notify.plan import Plan
from registry.digests import Digest

HELP = (
    _(
        "対応が必要なことのある人へメールで、ほかのプログラムへ Webhook で、件数とリンクだけを知らせます。"
        "同じ期間に二度は送りません。daicho tick も毎日これを行います。"
    )
    + examples("daicho notify --dry-run", "daicho notify")
    + "\n\n"
    + _("終了コード: 0 完了、2 設定が足りない、4 送れなかったものがある。")
)


def notify(
    workspace: WorkspaceOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("送らずに、送るものの件数を示します。"), show_default=False)
    ] = False,
) -> int:
    """Send what is due and print numbers by name; or one line per message that would be sent."""
    opened = open_workspace(workspace)
    try:
        wanted = plan.plan(opened)
        if dry_run:
            _show(wanted)
            return ExitCode.DONE
        sent = deliver.deliver(opened, wanted)
    finally:
        opened.close()
    for name, number in sent.numbers.items():
        tell(f"{name}\t{number}")
    if (error := deliver.failed(sent)) is not None:
        complain(str(error))
        return ExitCode.FAILED
    return ExitCode.DONE


def _show(wanted: Plan) -> None:
    for letter in wanted.letters:
        who = letter.recipient
        tell("\t".join(("mail", str(who.user_id), letter.period, who.language, _counts(letter.digest))))
    for each in wanted.deliveries:
        tell("\t".join(("webhook", each.unit, each.period, "", _counts(each.digest))))
    numbers = {
        "mails": len(wanted.letters),
        "webhooks": len(wanted.deliveries),
        "no_address": wanted.no_address,
        "already": wanted.already,
        "off": wanted.off,
        "nothing": wanted.nothing,
    }
    for name, number in numbers.items():
        tell(f"{name}\t{number}")


def _counts(digest: Digest) -> str:
    return " ".join(f"{line.task}={line.count}" for line in digest.lines)
