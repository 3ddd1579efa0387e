"""Words of the table for people: Japanese message ids, translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scanners.model import Category, Reason

CATEGORY: Mapping[Category, str] = MappingProxyType(
    {
        Category.PERSON: "氏名",
        Category.ADDRESS: "住所",
        Category.POSTAL_CODE: "郵便番号",
        Category.PHONE: "電話番号",
        Category.EMAIL: "メールアドレス",
        Category.DOB: "生年月日",
        Category.MY_NUMBER: "個人番号",
        Category.DRIVER_LICENSE: "運転免許証番号",
        Category.PASSPORT: "旅券番号",
        Category.RESIDENCE_CARD: "在留カード番号",
        Category.HEALTH_INSURANCE: "被保険者番号",
        Category.PENSION_NUMBER: "基礎年金番号",
        Category.EMPLOYMENT_INSURANCE: "雇用保険被保険者番号",
        Category.RESIDENT_CODE: "住民票コード",
        Category.BANK_ACCOUNT: "口座番号",
        Category.CREDIT_CARD: "カード番号",
        Category.PATIENT_ID: "患者番号",
        Category.STAFF_ID: "社員番号",
        Category.CUSTOMER_ID: "顧客番号",
        Category.FOREIGN_ID: "外国の番号",
        Category.MEDICAL: "健康情報",
        Category.MEDICAL_CONTEXT: "診療の情報",
        Category.DISABILITY: "障害",
        Category.CREED: "信条",
        Category.RACE_ORIGIN: "人種・社会的身分",
        Category.CRIMINAL_RECORD: "犯罪の経歴",
        Category.CRIME_VICTIM: "犯罪の被害",
    }
)
REASON: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.DENIED: "読む権限がない",
        Reason.VANISHED: "走査中に消えた",
        Reason.CHANGED: "走査中に変わった",
        Reason.UNREADABLE: "装置が読めない",
        Reason.ENCRYPTED: "パスワード付き",
        Reason.DAMAGED: "壊れている",
        Reason.OVERSIZED: "大きすぎる",
        Reason.EXPANDS_TOO_FAR: "展開すると大きすぎる",
        Reason.TOO_DEEP: "入れ子が深すぎる",
        Reason.TOO_MANY_MEMBERS: "中身が多すぎる",
        Reason.TIME_LIMIT: "時間切れ",
        Reason.MEMORY_LIMIT: "メモリー不足",
        Reason.CRASHED: "読み取りが異常終了",
        Reason.UNDECODABLE: "文字コードが不明",
        Reason.UNSUPPORTED: "未対応の形式",
        Reason.SAMPLED: "抜き取りで調査",
        Reason.NOT_REGULAR: "通常のファイルではない",
        Reason.LINK: "リンク",
        Reason.EXCLUDED: "除外の設定",
        Reason.NOT_LISTED: "一覧を取れない",
        Reason.UNREACHABLE: "サーバーが応答しない",
        Reason.IN_USE: "ほかのプログラムが使用中",
        Reason.INTERNAL: "内部の誤り",
    }
)
