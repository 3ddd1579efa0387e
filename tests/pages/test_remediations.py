"""The page of remediation: one person proposes, another approves, and off it is out of the menu."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from daicho.remediation_settings import RemediationSettings
from registry import inventory, remediation, remediation_places
from registry.access import bootstrap_principal
from registry.model import ObjectId
from registry.remediation_states import Remediation, RemediationKind, RemediationState
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, HOSPITAL, OFFICER, WORST, opened, shown

PAGE = "remediations"


def enabled(group: Group, tmp_path: Path) -> Group:
    """Return the group with remediation on."""
    settings = replace(
        group.workspace.settings,
        remediation=RemediationSettings(enabled=True, quarantine=tmp_path / "quarantine"),
    )
    return replace(group, workspace=replace(group.workspace, settings=settings))


def kept(group: Group) -> list[Remediation]:
    """Return all remediations."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return remediation.remediations(tx)


def test_off_it_says_so_and_offers_nothing(changeable: Group) -> None:
    """Neither page nor inventory lead to it."""
    assert "是正は使わない設定です。" in shown(opened(changeable, OFFICER, PAGE))
    assert "是正を提案する" not in [
        each.label for each in opened(changeable, HOSPITAL, "inventory", object=WORST).button
    ]


def test_one_proposes_and_another_approves(changeable: Group, tmp_path: Path) -> None:
    """From the inventory to the form; the proposer's buttons are closed; approved, it takes effect."""
    group = enabled(changeable, tmp_path)
    labels = [each.label for each in opened(group, HOSPITAL, "inventory", object=WORST).button]
    assert "是正を提案する" in labels
    test = opened(group, HOSPITAL, PAGE, object=WORST)
    test.radio(key="remediation-kind").set_value(RemediationKind.EXCLUDE_OBJECT).run()
    test.button(key="remediation-propose").click().run()
    assert "理由を書いてください。" in shown(test)
    test.text_area(key="remediation-reason").set_value("架空の値だけ")
    text = shown(test.button(key="remediation-propose").click().run())
    assert "提案しました。" in text
    (made,) = kept(group)
    assert (made.kind, made.reason, made.proposer) == (
        RemediationKind.EXCLUDE_OBJECT,
        "架空の値だけ",
        "中村 裕子",
    )
    own = opened(group, HOSPITAL, PAGE, remediation=str(made.id))
    assert own.button(key="remediation-approve").disabled
    other = opened(group, OFFICER, PAGE, remediation=str(made.id))
    other.button(key="remediation-approve").click().run()
    assert kept(group)[0].state is RemediationState.APPROVED
    assert "Left out" in shown(opened(group, OFFICER, PAGE, "en"))
    assert "権限" in shown(opened(group, EXECUTIVE, PAGE))


def test_a_permitted_place_offers_quarantine(changeable: Group, tmp_path: Path) -> None:
    """Where nothing may be removed the choice is not there, and the page says why."""
    group = enabled(changeable, tmp_path)
    kinds = opened(group, HOSPITAL, PAGE, object=WORST).radio(key="remediation-kind").options
    assert "隔離" not in kinds
    with group.workspace.registry.write(bootstrap_principal()) as tx:
        row = inventory.object_row(tx, group.workspace.findings, ObjectId(WORST))
        assert row.source_id is not None
        remediation_places.permit(tx, row.source_id, credential="env:HANDS")
    kinds = opened(group, HOSPITAL, PAGE, object=WORST).radio(key="remediation-kind").options
    assert "隔離" in kinds
