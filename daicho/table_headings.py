"""The columns of a table of people, and of a table of units, as people head them in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping

from registry import organisation_import, people_lines

PEOPLE_HEADINGS: Mapping[str, str] = {
    **{column: column for column in people_lines.COLUMNS},
    "mail": "login",
    "e-mail": "login",
    "email": "login",
    "メールアドレス": "login",
    "サインイン名": "login",
    "氏名": "name",
    "言語": "language",
    "所属": "unit",
    "所属の記号": "unit",
    "所属区分": "kind",
    "affiliation": "kind",
    "所属開始日": "from",
    "所属終了日": "until",
    "役割": "role",
    "roles": "role",
    "役割の単位": "role_unit",
    "役割開始日": "role_from",
    "役割終了日": "role_until",
}
UNIT_HEADINGS: Mapping[str, str] = {
    **{column: column for column in organisation_import.COLUMNS},
    "記号": "code",
    "名称": "name_ja",
    "名称（日本語）": "name_ja",
    "名称（英語）": "name_en",
    "英語名": "name_en",
    "種類": "kind",
    "上位": "parent",
    "上位の記号": "parent",
    "国": "country",
    "プライバシーマーク": "privacy_mark",
}
