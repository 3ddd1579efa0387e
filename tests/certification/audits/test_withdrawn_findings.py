"""A nonconformity of an audit whose corrective action was withdrawn may be said anew."""

from __future__ import annotations

import pytest

from privacy_mark.actions import register
from privacy_mark.actions.model import ActionState
from privacy_mark.audits import assigning, audits, results
from privacy_mark.audits.model import PaperResult
from registry.errors import InvalidValue
from registry.model import Principal
from tests.access.audits import answer
from tests.certification.audits.company import Company, approved

ITEM = "J.9.2-c"


def test_the_answer_is_corrected_once_its_action_is_withdrawn(company: Company) -> None:
    """Not before; a nonconformity after all opens another action."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        of = next(each for each in audits.audits(tx, programme_id=made.id) if each.kind.value == "conformity")
    bad = answer(ITEM, result=PaperResult.NONCONFORMING)
    with company.registry.write(Principal(of.auditor_id, "監査員", ())) as tx:
        paper = audits.fill(tx, of.id, bad)
        assert paper.action_id is not None
        with pytest.raises(InvalidValue, match="followed"):
            audits.fill(tx, of.id, answer(ITEM), expected_version=paper.version)
    with company.registry.write(company.top) as tx:
        register.withdraw(tx, paper.action_id, reason="問いの取り違え", expected_version=1)
    with company.registry.write(Principal(of.auditor_id, "監査員", ())) as tx:
        (seen,) = audits.papers(tx, of.id)
        assert seen.action_id is None
        (finding,) = results.of_audit(tx, of.id).findings
        assert finding.action is not None
        assert finding.action.state is ActionState.WITHDRAWN
        good = audits.fill(tx, of.id, answer(ITEM), expected_version=paper.version)
        assert good.action_id is None
        again = audits.fill(tx, of.id, bad, expected_version=good.version)
        assert again.action_id not in (None, paper.action_id)
