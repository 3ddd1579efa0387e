"""Check digits against worked examples."""

import pytest

from scanners import check_digits


@pytest.mark.parametrize("number", ["123456789018", "983205673214"])
def test_my_number_accepts_worked_examples_and_no_other_last_digit(number: str) -> None:
    """Exactly one of the ten last digits is right."""
    right = [digit for digit in "0123456789" if check_digits.my_number(number[:-1] + digit)]
    assert right == [number[-1]]


def test_numbers_of_one_repeated_digit_are_never_right() -> None:
    """A placeholder such as 000000000000 passes the arithmetic and is refused all the same."""
    assert not check_digits.my_number("000000000000")
    assert not check_digits.luhn("0000000000000000")
    assert not check_digits.modulus_10_weight_21("00000000")


def test_corporate_number_of_the_tax_agency_is_right() -> None:
    """The tax agency's own example has its check digit in front."""
    right = [d for d in "0123456789" if check_digits.corporate_number(d + "700110005901")]
    assert right == ["8"]


@pytest.mark.parametrize("number", ["33120015", "01130012", "01010016", "138313"])
def test_insurer_numbers_are_right_with_one_digit_only(number: str) -> None:
    """Eight digits, or six of the national health insurance, share one rule."""
    right = [d for d in "0123456789" if check_digits.modulus_10_weight_21(number[:-1] + d)]
    assert right == [number[-1]]


@pytest.mark.parametrize(("body", "check"), [("3020012345", "6"), ("6212345678", "1")])
def test_driver_licence_check_digit_stands_before_the_reissue_count(body: str, check: str) -> None:
    """The last digit counts re-issues and may be anything; a remainder of 0 gives 1."""
    right = [d for d in "0123456789" if check_digits.driver_licence(body + d + "0")]
    assert right == [check]


def test_machine_readable_zone_digits() -> None:
    """Passport number and birth date of the worked examples give 2 and 8."""
    assert check_digits.machine_readable("TR1234567") == 2
    assert check_digits.machine_readable("000101") == 8


def test_yucho_symbol_checks_symbol_and_number() -> None:
    """Only 10130 of the symbols 101c0 fits the number 12345671."""
    right = [c for c in "0123456789" if check_digits.yucho(f"101{c}0", "12345671")]
    assert right == ["3"]


@pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "3530111333300000"])
def test_card_test_numbers_pass_luhn(number: str) -> None:
    """The brands' published test numbers are right."""
    assert check_digits.luhn(number)
    assert not check_digits.luhn(number[:-1] + str((int(number[-1]) + 1) % 10))
