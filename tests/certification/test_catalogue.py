"""The catalogue of requirements: complete, without loose ends, and read strictly."""

from __future__ import annotations

from datetime import date

import pytest

from data import read_text
from privacy_mark.laws.catalogue import laws
from privacy_mark.requirements.catalogue import FOLDER, product
from privacy_mark.requirements.loading import load_mappings, load_set
from privacy_mark.requirements.model import Frequency, SetKind
from registry.errors import ReferenceFileError
from registry.model import UnitKind


def test_every_item_has_its_place_and_both_languages() -> None:
    """Parents exist in the same set, what applies has needs, and nothing is marked as read that was not."""
    known = product()
    for each in known.requirements.values():
        assert not each.parent or known.requirements[each.parent].set_id == each.set_id, each.id
        assert each.title.ja, each.id
        assert each.title.en, each.id
    headings = {each.parent for each in known.requirements.values()}
    for name, of in known.sets.items():
        if of.kind is not SetKind.REQUIREMENTS:
            continue
        bare = [each.id for each in known.of_set(name) if not each.needs and each.id not in headings]
        assert bare == []
    assert [each.id for each in known.of_set("pmark-j") if each.id.count(".") == 2] == [
        f"J.{number}.{part}"
        for number, parts in enumerate((5, 4, 4, 5, 1, 3, 2, 10, 4, 7, 1), start=1)
        for part in range(1, parts + 1)
    ]
    assert sum(each.parent != "" for each in known.of_set("iso-27001-2022")) == 93
    assert sum(each.parent != "" for each in known.of_set("iso-27001-2013")) == 114
    assert sum(each.parent == "JIS.A" for each in known.of_set("jis-2023")) == 28


def test_mapping_tables_say_something_of_every_number() -> None:
    """A number stands in a row or a stated gap; read back, the table says the same."""
    known = product()
    table = known.mappings["j-jis2017"]
    assert table.rows["J.3.1.1"] == ("JIS17.A.3.3.1",)
    assert "J.3.4" in table.gaps
    assert table.back()["JIS17.A.3.3.3"] == ("J.3.1.2", "J.3.1.3", "J.3.1.4")
    text = read_text(f"{FOLDER}/mappings.yaml").replace("      J.1.4: [JIS.4.3]\n", "")
    with pytest.raises(
        ReferenceFileError, match=r"m\.yaml:\d+: .*J\.1\.4 is neither in a row nor a stated gap"
    ):
        load_mappings(text, "m.yaml", known)


def test_security_measures_lead_to_controls() -> None:
    """From J.9.2 and JIS A.10 over the guideline's measures to every control, or to why there is none."""
    known = product()
    measures = set(known.mappings["j-security"].rows["J.9.2"])
    assert measures == set(known.mappings["jis2023-security"].rows["JIS.A.10"])
    for year, number in (("2013", 114), ("2022", 93)):
        table = known.mappings[f"security-iso{year}"]
        reached = {control for each in table.rows.values() for control in each}
        assert len(reached | table.to_gaps.keys()) == number
        assert measures <= table.rows.keys()
    assert "I22.8.24" in known.mappings["security-iso2022"].rows["SEC.6.4"]
    # What both tables say of a measure agrees with the table between the versions.
    between = known.mappings["iso2022-iso2013"].rows
    for measure, new in known.mappings["security-iso2022"].rows.items():
        old = {each for control in new for each in between.get(control, ())}
        assert old & set(known.mappings["security-iso2013"].rows[measure]) or measure == "SEC.7"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("      J.9.3: [SEC.4.1, SEC.4.2]\n", "", r"J\.9\.3 is neither in a row nor a stated gap"),
        ("part: [J.4.4.2, J.9.2", "part: [J.4.4.3, J.9.2", r"there is no 'J\.4\.4\.3'"),
        ("      J.9.3: [SEC", "      J.8.1: [SEC", r"there is no 'J\.8\.1'"),
        ("SEC.8.3: [I22.5.22]", "SEC.8.3: [I22.5.21]", r"I22\.5\.22 is neither in a row nor a stated gap"),
    ],
)
def test_a_table_of_a_part_forgets_nothing_of_it(old: str, new: str, message: str) -> None:
    """It speaks of the named items and what stands below them, and of nothing else."""
    text = read_text(f"{FOLDER}/mappings.yaml")
    assert old in text
    with pytest.raises(ReferenceFileError, match=rf"m\.yaml:\d+: .*{message}"):
        load_mappings(text.replace(old, new, 1), "m.yaml", product())


def test_every_law_abroad_that_is_known_has_its_set() -> None:
    """The countries of the list of laws and norms, and of nobody twice; elsewhere the general set alone."""
    of_countries = [each for each in product().sets.values() if UnitKind.OVERSEAS in each.applies.kinds]
    covered = [country for each in of_countries for country in each.applies.countries]
    assert len(covered) == len(set(covered))
    assert {country for law in laws().values() for country in law.countries} <= set(covered)

    def sets(country: str, day: date) -> set[str]:
        return {each.set_id for each in product().applying(UnitKind.OVERSEAS, country, day)}

    today = date(2026, 12, 1)
    assert sets("GB", today) == {"uk-gdpr", "overseas"}
    assert sets("ZA", today) == {"overseas"}
    assert sets("IN", today) == {"overseas"}  # its duties begin later
    assert sets("IN", date(2027, 6, 1)) == {"in-dpdp", "overseas"}

    def vietnam(day: date) -> set[str]:
        of = product().applying(UnitKind.OVERSEAS, "VN", day)
        return {each.source for each in of if each.set_id == "vn-pdpl"}

    assert (vietnam(date(2025, 12, 31)), vietnam(date(2026, 1, 1))) == ({"decree"}, {"law"})


def test_days_decide_what_is_in_force() -> None:
    """The former number is out since the guideline of 2024."""

    def ids(day: date) -> set[str]:
        return {each.id for each in product().applying(UnitKind.COMPANY, "JP", day)}

    assert "J.2.4" in ids(date(2024, 9, 30))
    assert "J.2.4" not in ids(date(2024, 10, 1))


@pytest.mark.parametrize(
    ("frequency", "effective", "until"),
    [
        (Frequency.YEARLY, date(2024, 2, 29), date(2025, 2, 28)),
        (Frequency.MONTHLY, date(2026, 1, 31), date(2026, 2, 28)),
        (Frequency.QUARTERLY, date(2026, 11, 30), date(2027, 2, 28)),
        (Frequency.BIENNIAL, date(2026, 4, 1), date(2028, 4, 1)),
        (Frequency.ONCE, date(2026, 4, 1), None),
    ],
)
def test_how_long_evidence_holds(frequency: Frequency, effective: date, until: date | None) -> None:
    """Months are clipped to their last day."""
    assert frequency.until(effective) == until


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: OV.1.2,", "id: OV.1.1,", "given twice"),
        ("parent: OV.1,", "parent: OV.7,", "there is no 'OV.7'"),
        ("source: own", "source: other", "there is no 'other'"),
        ("kinds: [overseas]", "kinds: [department]", "only legal entities"),
        ("from: 2024-04-01", "from: 1.4.2024", "must be a day"),
    ],
)
def test_a_wrong_set_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    """The product's own files are read by the same rules."""
    text = read_text(f"{FOLDER}/overseas.yaml")
    assert old in text
    with pytest.raises(ReferenceFileError, match=rf"o\.yaml:\d+: .*{message}"):
        load_set(text.replace(old, new, 1), "o.yaml")


def test_a_set_tells_an_item_anew_for_later_days() -> None:
    """A revised requirement stands beside the one it replaces; days in common are refused."""
    text = read_text(f"{FOLDER}/overseas.yaml")
    revised = "  - {id: OV.1.1, parent: OV.1, ja: 改正, en: Revised, from: 2027-04-01}\n"
    with pytest.raises(ReferenceFileError, match=r"'OV\.1\.1' is given twice for the same days"):
        load_set(text + revised, "o.yaml")
    text = text.replace("{id: OV.1.1,", "{id: OV.1.1, until: 2027-03-31,")
    _, items = load_set(text + revised, "o.yaml")
    assert [each.title.en for each in items["OV.1.1"]] == ["Know the local law and authority", "Revised"]
