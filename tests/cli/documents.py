"""Synthetic documents whose values are known; every person is invented."""

VALUES = {
    "PERSON": "小笠原 千尋",
    "PHONE": "080-4412-9071",
    "EMAIL": "c.ogasawara@mail.example.jp",
    "MY_NUMBER": "123456789018",
    "POSTAL_CODE": "100-0005",
}

FAMILY_NAMES = ("佐々木", "小川", "三浦", "藤原", "岡本")
GIVEN_NAMES = ("健太", "美咲", "直樹", "由美子", "翔", "恵子", "和也", "千夏")  # 40 persons with the above

FORM = (
    "入会申込書\r\n"
    f"氏名：{VALUES['PERSON']}\r\n"
    f"〒{VALUES['POSTAL_CODE']} 東京都千代田区丸の内9丁目8-7\r\n"
    f"電話番号：{VALUES['PHONE']}\r\n"
    f"メール：{VALUES['EMAIL']}\r\n"
    f"個人番号：{VALUES['MY_NUMBER']}\r\n"
)

PART_LIST = "部品表\n型番 090-1234-5678\n伝票番号 123456789012\nロット TR12345\n数量 1,200\n単価 3,400 円\n"

ENGLISH_NOTE = "Maintenance schedule\nThe pump is inspected every six months. Order code 4501-22-118.\n"
