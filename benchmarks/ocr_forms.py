"""Draws a Japanese form as a scanner gives it: fonts, resolution, blur, noise and a little tilt."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import noto_cjk_sans_jp_regular
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FIELDS = (
    ("申込日", "令和6年4月1日"),
    ("フリガナ", "ヤマダ ハナコ"),
    ("氏名", "山田 花子"),
    ("生年月日", "昭和55年3月12日"),
    ("性別", "女性"),
    ("郵便番号", "150-0002"),
    ("住所", "東京都渋谷区渋谷2-21-1"),
    ("電話番号", "03-0000-5678"),
    ("携帯電話", "090-0000-5678"),
    ("メール", "hanako@example.co.jp"),
    ("勤務先", "株式会社架空商事"),
    ("部署", "総務部人事課"),
    ("被保険者番号", "12345678"),
    ("銀行名", "架空銀行渋谷支店"),
    ("口座番号", "7654321"),
    ("緊急連絡先", "山田 太郎"),
    ("診断名", "高血圧症"),
)
_MINCHO = Path("/usr/share/fonts")


@dataclass(frozen=True, slots=True)
class Look:
    """How a form was printed and scanned."""

    font: str = "gothic"  # or "mincho"
    dpi: int = 200
    blur: float = 0.8
    noise: float = 10.0  # standard deviation, of 255
    tilt: float = 1.0  # degrees

    def __str__(self) -> str:
        return f"{self.font} {self.dpi} dpi, blur {self.blur}, noise {self.noise}, tilt {self.tilt}°"


LOOKS = (
    Look(dpi=150, blur=0.0, noise=0.0, tilt=0.0),
    Look(dpi=150),
    Look(),
    Look(dpi=300, blur=0.5, noise=20.0, tilt=-1.5),
    Look("mincho"),
    Look("mincho", dpi=300),
)


def mincho() -> str | None:
    """Return the Mincho font of this system; None where there is none."""
    return next((str(path) for path in sorted(_MINCHO.rglob("NotoSerifCJK-*.ttc"))), None)


def drawn(look: Look) -> Image.Image:
    """Return the form as a grey picture of A4."""
    width, height = int(8.27 * look.dpi), int(11.69 * look.dpi)
    picture = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(picture)
    path = str(noto_cjk_sans_jp_regular.FONT_PATH) if look.font == "gothic" else mincho()

    def points(count: float) -> int:
        return int(count * look.dpi / 72)

    font, title = (ImageFont.truetype(path, points(size)) for size in (11, 18))
    draw.text((width // 2, points(60)), "入会申込書", font=title, fill=0, anchor="mm")
    top, row, line = points(90), points(34), max(1, look.dpi // 100)
    for label, value in FIELDS:
        draw.rectangle((points(50), top, width - points(50), top + row), outline=0, width=line)
        draw.line((points(160), top, points(160), top + row), fill=0, width=line)
        draw.text((points(58), top + row // 2), label, font=font, fill=0, anchor="lm")
        draw.text((points(170), top + row // 2), value, font=font, fill=0, anchor="lm")
        top += row
    if look.tilt:
        picture = picture.rotate(look.tilt, fillcolor=255, resample=Image.Resampling.BICUBIC)
    if look.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(look.blur * look.dpi / 200))
    if look.noise:
        noise = np.random.default_rng(1).normal(0, look.noise, (height, width))
        picture = Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))
    return picture


def pixels(look: Look) -> NDArray[np.uint8]:
    """Return the form as an array."""
    return np.array(drawn(look), dtype=np.uint8)


def _folded(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def fields_found(text: str) -> list[str]:
    """Return the labels whose values stand in the text, letter for letter but for spaces and width."""
    folded = _folded(text)
    return [label for label, value in FIELDS if _folded(value) in folded]
