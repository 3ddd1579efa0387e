"""The demo's risk analyses: one stands, one is begun, and one was opened again by what the scan found."""

from __future__ import annotations

from registry import risk_register
from registry.access import bootstrap_principal
from registry.risk_model import RiskState
from registry.risk_register import RiskFilter
from tests.plugins.demo_run import DemoRun


def test_a_scan_opened_one_analysis_again(demo_run: DemoRun) -> None:
    """It was accepted a month before; nobody but the scan touched it since, and it says what was found."""
    workspace = demo_run.open()
    try:
        with workspace.registry.read(bootstrap_principal()) as tx:
            counted = risk_register.totals(tx)
            (reopened,) = risk_register.summaries(tx, RiskFilter(state=RiskState.REOPENED)).rows
    finally:
        workspace.close()
    states = {state: counted.by_state[state] for state in RiskState if state is not RiskState.NONE}
    assert states == {RiskState.DRAFT: 1, RiskState.ACCEPTED: 1, RiskState.REOPENED: 1}
    assert counted.late_measures
    assert reopened.reopened.categories or reopened.reopened.persons or reopened.reopened.exposure
