"""Numbers of other countries, by Presidio's recognizers and by their names."""

from __future__ import annotations

import pytest

from daicho.cli.abroad import chosen_countries
from daicho.errors import UsageError
from scanners.detection import analyzer
from scanners.extension import ExtendedAnalyzer
from scanners.model import Category
from scanners.presidio.countries import COUNTRIES, country_detectors

TRUE = {
    "US": ("Applicant SSN 536-22-8726 on file", "536-22-8726", Category.FOREIGN_ID),
    "GB": ("NHS number: 943 476 5919", "943 476 5919", Category.FOREIGN_ID),
    "SG": ("NRIC S1234567D of the guarantor", "S1234567D", Category.FOREIGN_ID),
    "IN": ("Aadhaar 2341 2341 2346", "2341 2341 2346", Category.FOREIGN_ID),
    "KR": ("RRN 960121-1234567", "960121-1234567", Category.FOREIGN_ID),
    "TH": ("Thai National ID 1101700230708", "1101700230708", Category.FOREIGN_ID),
    "ES": ("el trabajador 12345678Z firma", "12345678Z", Category.FOREIGN_ID),
    "DE": ("IBAN DE89370400440532013000", "DE89370400440532013000", Category.BANK_ACCOUNT),
}
NOBODYS = [
    "Lot 536-22-8726 shipped",
    "Part no. 9434765919, 40 pcs",
    "Invoice 2341 2341 2346",
    "order S1234567 of 2025-01-15",
    "バッチ 960121-1234567",
]


def reading(*countries: str) -> ExtendedAnalyzer:
    """Return our analyzer with the detectors of countries beside it."""
    return ExtendedAnalyzer(analyzer(names=False), country_detectors(countries))


@pytest.mark.parametrize("country", TRUE)
def test_a_number_is_found_for_its_country(country: str) -> None:
    """The recognizer of the country finds it, by name or by its own form and check digits."""
    text, value, category = TRUE[country]
    found = [(text[match.start : match.end], match.category) for match in reading(country).text(text)]
    assert (value, category) in found


def test_bare_digits_prove_nothing() -> None:
    """With every country chosen, lots and invoices stay nobody's."""
    all_countries = reading(*COUNTRIES)
    found = {
        text: [match.category for match in all_countries.text(text) if match.category is Category.FOREIGN_ID]
        for text in NOBODYS
    }
    assert found == {text: [] for text in NOBODYS}


def test_the_heading_of_a_column_names_its_numbers() -> None:
    """A column called NRIC holds such numbers."""
    table = reading("SG").table("staff", ("Name", "NRIC"), 0)
    rows = [("Tan Wei Ling", "S1234567D"), ("Lim Boon", "T0123456G"), ("Goh Mei", "S9876543C")]
    found = {(match.row, match.match.category) for match in table.block(rows) if match.column == 1}
    assert found == {(row, Category.FOREIGN_ID) for row in range(3)}


def test_unknown_countries_are_refused() -> None:
    """The sentence names what is known."""
    assert chosen_countries(" us, GB ") == ("GB", "US")
    with pytest.raises(UsageError, match=r"XX.*GB"):
        chosen_countries("US,XX")
