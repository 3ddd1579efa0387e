"""The demo's applications: one waits, one was returned, one was approved by another person."""

from __future__ import annotations

from registry import applications, ledger
from registry.access import bootstrap_principal
from registry.applications import ApplicationState
from tests.plugins.demo_run import DemoRun


def test_every_page_of_applications_has_something_to_show(demo_run: DemoRun) -> None:
    """Who decided is never who applied, and what was approved stands in the ledger."""
    workspace = demo_run.open()
    try:
        with workspace.registry.read(bootstrap_principal()) as tx:
            (waiting,) = applications.applications(tx)
            ended = applications.decided(tx)
            approved = next(each for each in ended if each.state is ApplicationState.APPROVED)
            assert approved.entry_id is not None
            entry = ledger.entry(tx, approved.entry_id)
    finally:
        workspace.close()
    assert waiting.state is ApplicationState.SUBMITTED
    assert {each.state for each in ended} == {ApplicationState.APPROVED, ApplicationState.RETURNED}
    assert all(each.decider and each.decider != each.applicant for each in ended)
    assert next(each.note for each in ended if each.state is ApplicationState.RETURNED)
    assert entry.approved_by == approved.decider
