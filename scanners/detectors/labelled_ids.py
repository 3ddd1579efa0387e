"""Numbers that only their label tells apart: those of patients, members of staff and customers."""

import re

from scanners.detectors.evidence import PATTERN, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Match

FORM = "[A-Za-z]{0,4}-?[0-9]{2,12}(-[0-9]{1,8}){0,2}"  # of four digits or more
REACH = 14  # characters between label and value
_BETWEEN = re.compile(r"(?:番号|No|ID|is|number|[ .:#=\"'()\[\]>]){0,8}\Z", re.IGNORECASE)


def labelled_id(hit: Hit, text: Text, labels: frozenset[str], category: Category, rule: str) -> Match | None:
    """Return the number right behind one of `labels` or in their column, or None."""
    if len(digits(text.value[hit.start : hit.end])) < 4:
        return None
    label = text.label(hit.start, hit.end, labels, REACH)
    if label is None or not alone(text.value, hit.start, hit.end, label):
        return None
    if not label.column:
        between = text.value[hit.start - label.distance : hit.start]
        if not _BETWEEN.match(between.strip("\n")):
            return None
    return number(rule, category, hit.start, hit.end, PATTERN, label)


class StaffId:
    """Staff number: an employer's own number of a member of staff 社員番号.

    What: up to four letters, 4 to 12 digits, maybe a hyphen between or a short branch behind.
    Source: each employer's own rule; no check digit. With the employer's list it names one person (APPI
    Art. 2(1)(i)).
    Found: right behind its label (社員番号, 職員ID, "employee no") or in such a column.
    Rejected: everything without label; codes of departments, posts and terminals.
    """

    name = "staff_id"
    version = 1
    categories = frozenset({Category.STAFF_ID})
    patterns = (Pattern("id", FORM, announced=True),)
    labels = frozenset(
        {
            "社員番号",
            "社員No",
            "社員ID",
            "社員コード",
            "社員証番号",
            "社員CD",
            "職員番号",
            "職員No",
            "職員ID",
            "職員コード",
            "職員証番号",
            "従業員番号",
            "従業員No",
            "従業員ID",
            "従業員コード",
            "従業者番号",
            "スタッフ番号",
            "スタッフID",
            "スタッフコード",
            "人事番号",
            "社番",
            "シャインバンゴウ",
            "employee no",
            "employee id",
            "employee number",
            "employee code",
            "emp no",
            "emp id",
            "staff no",
            "staff id",
            "staff number",
            "personnel no",
            "personnel number",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the label directly before the value."""
        return labelled_id(hit, text, self.labels, Category.STAFF_ID, "staff_id/1")


class CustomerId:
    """Customer number: a firm's own number of a customer or member 顧客番号.

    What: up to four letters, 4 to 12 digits, maybe a hyphen between or a short branch behind.
    Source: each firm's own rule; no check digit. With the firm's list it names one person (APPI Art.
    2(1)(i)).
    Found: right behind its label (お客様番号, 会員ID, "member no") or in such a column.
    Rejected: everything without label; numbers of orders, contracts, suppliers 取引先コード, point cards.
    """

    name = "customer_id"
    version = 1
    categories = frozenset({Category.CUSTOMER_ID})
    patterns = (Pattern("id", FORM, announced=True),)
    labels = frozenset(
        {
            "顧客番号",
            "顧客No",
            "顧客ID",
            "顧客コード",
            "顧客CD",
            "お客様番号",
            "お客さま番号",
            "お客様No",
            "お客様ID",
            "お客様コード",
            "会員番号",
            "会員No",
            "会員ID",
            "会員コード",
            "会員証番号",
            "組合員番号",
            "利用者番号",
            "利用者ID",
            "契約者番号",
            "加入者番号",
            "コキャクバンゴウ",
            "カイインバンゴウ",
            "customer no",
            "customer id",
            "customer number",
            "customer code",
            "member no",
            "member id",
            "member number",
            "membership no",
            "membership number",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the label directly before the value."""
        return labelled_id(hit, text, self.labels, Category.CUSTOMER_ID, "customer_id/1")
