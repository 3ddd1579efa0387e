"""Numbers that only their label tells apart: those of patients, members of staff and customers."""

import re
from typing import Final

from scanners.detectors.evidence import PATTERN, alone, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Match

_GROUPS: Final = "(-[0-9]{1,8}){0,5}"
FORM: Final = f"([A-Za-z]{{1,4}}[0-9]{{1,2}}-)?[A-Za-z]{{0,4}}-?[0-9]{{2,12}}{_GROUPS}"
SHORT_FORM: Final = f"([A-Za-z]{{1,4}}-){{0,2}}[A-Za-z]{{0,4}}[0-9]{{1,12}}{_GROUPS}"
REACH: Final = 18  # characters between label and value
_LEAST: Final = 3  # digits of a number: one or two count something
_BETWEEN: Final = re.compile(
    r"(?:番号|コード|No|ID|is|number|は|第|[一-龥ぁ-ヴー]{1,12}(?:病院|医院|[内外歯眼膚児]科|クリニック)|\([^()\n]{1,10}\)|[ .:#=\"'()\[\]<>/*|\t-]){0,8}\Z",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(
    r"[ ]?(?:%|年(?!齢)|月(?!額)|日(?=[ 付に以ま、。(]|\Z)|時|分(?!類)|名(?!前|称|義|簿)|"
    r"人(?=[ 、。でがをの]|\Z)|件(?!名)|円|桁|歳|個(?!人)|回(?!答|線)|ヶ?月|か月|以上|以下|未満|以内|"
    r"程度|文字|番台|,[0-9]{3})"
)
_DATE: Final = re.compile("(?:19|20)[0-9]{2}-[01]?[0-9]-[0-3]?[0-9]")


def labelled_id(hit: Hit, text: Text, labels: frozenset[str], category: Category, rule: str) -> Match | None:
    """Return the number right behind one of `labels` or in their column, or None."""
    written = text.value[hit.start : hit.end]
    if sum(map(str.isdigit, written)) < _LEAST or _DATE.fullmatch(written):
        return None
    label = text.label(hit.start, hit.end, labels, REACH)
    if label is None or not alone(text.value, hit.start, hit.end, label):
        return None
    if not label.column:
        between = text.value[hit.start - label.distance : hit.start]
        if written.startswith("-") and between[-1:].isalpha():
            between = between[:-1]  # 「診察券 東-44177」: a branch in one character
        if not _BETWEEN.match(between.strip("\n")) or _COUNTED.match(text.value, hit.end, hit.end + 5):
            return None
    return number(rule, category, hit.start, hit.end, PATTERN, label)


class StaffId:
    """Staff number: an employer's own number of a member of staff 社員番号.

    What: letters, three digits or more, maybe with hyphens between.
    Source: each employer's own rule; no check digit. With the employer's list it names one person (APPI
    Art. 2(1)(i)).
    Found: right behind its label (社員番号, 職員ID, "employee no") or in such a column.
    Rejected: everything without label; codes of departments, posts and terminals; dates and counts.
    """

    name = "staff_id"
    version = 2
    categories = frozenset({Category.STAFF_ID})
    patterns = (Pattern("id", SHORT_FORM, announced=True),)
    labels = frozenset(
        {
            "社員番号",
            "社員No",
            "社員ID",
            "社員コード",
            "社員証番号",
            "社員証No",
            "社員証ID",
            "社員識別番号",
            "社員管理番号",
            "社員CD",
            "職員番号",
            "職員No",
            "職員ID",
            "職員コード",
            "職員証番号",
            "教職員番号",
            "職員CD",
            "従業員番号",
            "従業員No",
            "従業員ID",
            "従業員コード",
            "従業員CD",
            "従業員証番号",
            "従業者番号",
            "スタッフ番号",
            "スタッフID",
            "スタッフコード",
            "スタッフNo",
            "派遣社員番号",
            "パート番号",
            "クルー番号",
            "乗務員番号",
            "個人コード",
            "ショクインバンゴウ",
            "ジュウギョウインバンゴウ",
            "人事番号",
            "シャインバンゴウ",
            "employee no",
            "employee id",
            "employee number",
            "employee code",
            "emp no",
            "emp id",
            "emp number",
            "emp code",
            "staff no",
            "staff id",
            "staff number",
            "staff code",
            "worker no",
            "payroll no",
            "payroll number",
            "badge no",
            "badge number",
            "shain no",
            "shain bango",
            "personnel no",
            "personnel number",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the label directly before the value."""
        return labelled_id(hit, text, self.labels, Category.STAFF_ID, "staff_id/1")


class CustomerId:
    """Customer number: a firm's own number of a customer or member 顧客番号.

    What: letters, three digits or more, maybe with hyphens between.
    Source: each firm's own rule; no check digit. With the firm's list it names one person (APPI Art.
    2(1)(i)).
    Found: right behind its label (お客様番号, 会員ID, "member no") or in such a column.
    Rejected: everything without label; numbers of orders, contracts, suppliers 取引先コード, point cards;
    dates and counts.
    """

    name = "customer_id"
    version = 2
    categories = frozenset({Category.CUSTOMER_ID})
    patterns = (Pattern("id", SHORT_FORM, announced=True),)
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
            "会員CD",
            "会員登録番号",
            "メンバーID",
            "メンバー番号",
            "メンバーズ番号",
            "顧客管理番号",
            "お客さまID",
            "お客様CD",
            "お客さまコード",
            "ご利用者番号",
            "ユーザー番号",
            "契約者ID",
            "ご契約者番号",
            "オキャクサマバンゴウ",
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
            "member code",
            "membership id",
            "subscriber no",
            "subscriber id",
            "policyholder no",
            "member id",
            "member number",
            "membership no",
            "membership number",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the label directly before the value."""
        return labelled_id(hit, text, self.labels, Category.CUSTOMER_ID, "customer_id/1")
