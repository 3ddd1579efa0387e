"""Material and test papers: what is refused where, and how questions are drawn and marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daicho.pages import material
from privacy_mark.training import paper
from privacy_mark.training.content import READY_MADE, load, ready_made
from registry.errors import InvalidValue, ReferenceFileError

CONTENT = load(ready_made("all_workers"))


def right(seed: str) -> dict[str, int]:
    """Return the right answers of a paper."""
    return {
        asked.id: asked.answers.index(CONTENT.questions[asked.id].right)
        for asked in paper.drawn(CONTENT, seed)
    }


@pytest.mark.parametrize("name", READY_MADE)
def test_ready_made_courses_are_whole_in_both_languages(name: str) -> None:
    """Every topic has a page and a question, and English is no copy of the Japanese."""
    content = load(ready_made(name), name)
    assert {page.topic for page in content.pages} == set(content.topics)
    assert {question.topic for question in content.questions.values()} == set(content.topics)
    texts = [content.title, *content.topics.values(), *(page.body for page in content.pages)]
    texts += [each.text for each in content.questions.values()]
    assert all((each.en != each.ja and each.en.isprintable()) or "\n" in each.en for each in texts)


def test_the_yearly_course_covers_what_the_standard_asks_for() -> None:
    """Importance, roles, results of violation and the policy are taught and asked."""
    assert {"importance", "roles", "violation", "policy"} <= set(CONTENT.topics)


@given(st.text(min_size=1, max_size=32))
def test_a_seed_gives_the_same_paper_and_covers_every_topic(seed: str) -> None:
    """Papers differ from person to person but can be made again from the record."""
    first = paper.drawn(CONTENT, seed)
    assert first == paper.drawn(CONTENT, seed)
    assert len({asked.id for asked in first}) == CONTENT.asked
    assert {asked.topic for asked in first} == set(CONTENT.topics)


def test_papers_differ() -> None:
    """Neighbours do not answer the same questions in the same order."""
    assert len({tuple(asked.id for asked in paper.drawn(CONTENT, str(seed))) for seed in range(20)}) > 15


def test_marking_counts_by_topic_and_rounds_down() -> None:
    """Two of eight wrong is 75 %, which passes; three are not enough."""
    answers = right("a")
    wrong = list(answers)
    for place, (count, score, passed) in enumerate([(0, 100, True), (2, 75, True), (3, 62, False)]):
        given_answers = dict(answers)
        for name in wrong[:count]:
            given_answers[name] = (given_answers[name] + 1) % 3
        marked = paper.marked(CONTENT, "a", given_answers)
        assert (place, marked.score, marked.passed) == (place, score, passed)
        assert sum(asked for _, asked in marked.by_topic().values()) == CONTENT.asked
        assert paper.sheet_of(paper.sheet(marked, "ja")) == marked


@pytest.mark.parametrize("change", ["missing", "foreign", "outside"])
def test_what_is_no_answer_is_refused(change: str) -> None:
    """Nothing is counted as wrong that was not asked, or not answered."""
    answers = right("a")
    name = next(iter(answers))
    if change == "missing":
        del answers[name]
    elif change == "foreign":
        answers["no_such_question"] = 0
    else:
        answers[name] = 9
    with pytest.raises(InvalidValue) as error:
        paper.marked(CONTENT, "a", answers)
    assert error.value.rule == ("incomplete" if change == "missing" else "unknown")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("asked: 8", "asked: 99", "asked"),
        ("topic: policy", "topic: nothing", "is no topic"),
        ("id: system", "id: whose", "given twice"),
        ("audience: all", "audience: everyone", "must be one of"),
        ("## 預かっているもの", "![](https://evil.example/x.png)", "markup"),
        ("## 預かっているもの", "<script>alert(1)</script>", "markup"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(old: str, new: str, told: str) -> None:
    """Who edits material learns where it is wrong."""
    text = ready_made("all_workers")
    assert old in text
    with pytest.raises(ReferenceFileError, match=rf"own\.yaml:\d+: .*{told}"):
        load(text.replace(old, new, 1), "own.yaml")


def test_material_is_shown_without_foreign_markup() -> None:
    """Everything is escaped; headings, lists and bold are made here."""
    shown = material.html("## 見出し\n- 一\n- **二**\n\n本文 <img src=x> & 'y'\n次の行")
    assert shown == (
        "<h3 class='dc-h2'>見出し</h3><ul><li>一</li><li><b>二</b></li></ul>"
        "<p>本文 &lt;img src=x&gt; &amp; &#x27;y&#x27;<br>次の行</p>"
    )
