"""`daicho locked`: files that no listed password opened."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from registry import locked_files, organisation
from registry.views import SensitiveList, note_view

HELP = _("どのパスワードでも開けず、中身を調べられなかったファイルを一覧します。") + examples(
    "daicho locked", "daicho locked --unit TOWA-SYS"
)


def locked(
    unit: Annotated[str, typer.Option(help=_("この単位とその下だけ"))] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Print a line for each: place, unit, kind, bytes, day of the scan, decision; undecided ones first."""
    opened = open_workspace(workspace)
    owner = opened.owner()
    try:
        with opened.registry.read(owner) as tx:
            chosen = organisation.unit_by_code(tx, unit) if unit else None
            if unit and chosen is None:
                raise UsageError(
                    _("{code} という単位はありません。daicho unit list で確かめてください。", code=unit)
                )
            found = locked_files.locked(tx, opened.findings, unit_id=chosen.id if chosen else None)
            codes = {each.id: each.code for each in organisation.units(tx)}
        if found.files:
            note_view(opened.registry, owner, SensitiveList.LOCATIONS, chosen.id if chosen else None)
        for each in found.files:
            row, decision = each.row, each.decision
            day = each.found_at.date().isoformat() if each.found_at else ""
            state = "" if decision is None else decision.choice.value
            tell("\t".join((row.shown, codes[row.unit_id], row.kind, str(row.bytes), day, state)))
        say(
            _(
                "開けなかったファイル {total:,} 件、うち扱いが決まっていないもの {open:,} 件。",
                total=found.total,
                open=found.open,
            )
        )
    finally:
        opened.close()
