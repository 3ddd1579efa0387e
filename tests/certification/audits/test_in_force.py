"""Audits ask about the requirements that are in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy_mark.audits import assigning, audits
from privacy_mark.audits.checklist import checklist
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.corrections import corrected
from registry.errors import InvalidValue
from tests.access.audits import answer
from tests.certification.audits.company import TODAY, Company, approved


def test_what_ended_is_not_asked(company: Company) -> None:
    """What was answered before it ended stays in the work paper; what was not is no open question."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx, programme_id=made.id)[0]
    last = TODAY - timedelta(days=1)
    text = f"version: 1\nsource: test\nend: {{J.1.1: {last}, J.1.2: {last}, J.1.3: {TODAY}}}\n"
    known = corrected(product(), [(text, "own.yaml")])
    asked = {item.requirement_id: item.id for item in checklist(first.kind)}
    with company.registry.write(company.who_audits(first)) as tx:
        audits.fill(tx, first.id, answer(asked["J.1.1"]))
        left = {item.requirement_id for item in audits.questions(tx, first.id, known)}
        assert asked.keys() - left == {"J.1.2"}
        with pytest.raises(InvalidValue, match="unknown"):
            audits.fill(tx, first.id, answer(asked["J.1.2"]), catalogue=known)
        for item in audits.questions(tx, first.id, known):
            if item.id != asked["J.1.1"]:
                audits.fill(tx, first.id, answer(item.id), catalogue=known)
        version = audits.audit(tx, first.id).version
        with pytest.raises(InvalidValue, match="open_questions"):
            audits.finish(tx, first.id, conclusion="済", expected_version=version)
        done = audits.finish(tx, first.id, conclusion="済", expected_version=version, catalogue=known)
        assert "J.1.2" not in {item.requirement_id for item in audits.questions(tx, done.id)}
