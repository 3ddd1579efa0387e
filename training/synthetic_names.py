"""Invented texts with persons, organisations and places whose bounds are known, and texts without any.

Templates and words are own lists (templates.yaml, words.yaml); persons come from `training.people`.
A part of the names and of the templates is held out, so that a measurement shares neither with training.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from training.corpora import Labelled, joined, normal
from training.people import People, Person, held_out

_HERE: Final = Path(__file__).resolve().parent
_GAP: Final = re.compile(r"\{([A-Za-z_]+)([0-9]?)\}")
_LIST: Final = re.compile(r"\{([PS])L\}")
_BETWEEN: Final = ("、", "、", "、", "，", ",", ", ", "・", "・", "　", "／", "/", "\n", "と", "；")
# How often each part of templates.yaml is drawn.
_SHARES: Final = {"prose": 46, "form": 34, "negative": 18, "history": 2}
_HALF_KANA: Final = str.maketrans(
    {
        **dict(zip("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン",
                   "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ", strict=True)),
        **dict(zip("ァィゥェォッャュョー", "ｧｨｩｪｫｯｬｭｮｰ", strict=True)),
        **{
            voiced: plain + "ﾞ"
            for voiced, plain in zip(
                "ガギグゲゴザジズゼゾダヂヅデドバビブベボ", "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ", strict=True
            )
        },
        **dict(zip("パピプペポ", ("ﾊﾟ", "ﾋﾟ", "ﾌﾟ", "ﾍﾟ", "ﾎﾟ"), strict=True)),
    }
)  # fmt: skip
_FULL_WIDTH: Final = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def half_width(kana: str) -> str:
    """Return full-width katakana in the half-width form of bank files."""
    return kana.translate(_HALF_KANA)


def invented(count: int, seed: int, *, held_out: bool) -> Iterator[Labelled]:
    """Yield `count` texts in the normal spelling; `held_out` chooses the measuring half."""
    writer = _Writer(random.Random(seed), measuring=held_out)  # noqa: S311 - invents sentences
    for _ in range(count):
        yield normal(writer.text())


def renamed(texts: Sequence[Labelled], seed: int) -> Iterator[Labelled]:
    """Yield the texts that name persons once more with other persons of the same kind of spelling."""
    writer = _Writer(random.Random(seed), measuring=False)  # noqa: S311 - draws names
    for text in texts:
        if any(kind == "PERSON" for *_, kind in text.entities):
            yield writer.renamed(text)


class _Writer:
    def __init__(self, chance: random.Random, *, measuring: bool) -> None:
        self._chance = chance
        self._words: Mapping[str, Sequence[str]] = _yaml("words.yaml")
        self._people = People(self._words, measuring=measuring)
        self._templates = {
            part: [each for each in templates if held_out(each) == measuring] or templates
            for part, templates in _yaml("templates.yaml").items()
        }
        self._persons: dict[str, Person] = {}

    def text(self) -> Labelled:
        """Return one text: mostly a sentence or form, sometimes several lines of them."""
        draw = self._chance.random()
        if draw < 0.62:
            return self._sentence()
        if draw < 0.72:
            return self._list()
        parts = [self._sentence() for _ in range(self._chance.randint(2, 4))]
        return joined(parts, self._chance.choice(["\n", "\n", "\n", "　", " ", ""]))

    def renamed(self, labelled: Labelled) -> Labelled:
        """Return the text with other names; the same name gets the same new one."""
        others: dict[str, str] = {}
        text, entities, at = "", [], 0
        for start, end, kind in sorted(labelled.entities):
            word = labelled.text[start:end]
            if kind == "PERSON":
                word = others.setdefault(word, self._alike(word))
            text += labelled.text[at:start]
            entities.append((len(text), len(text) + len(word), kind))
            text += word
            at = end
        return Labelled(text + labelled.text[at:], tuple(entities))

    def _alike(self, word: str) -> str:
        if re.fullmatch("[一-龥々]{3,6}", word):
            return self._name("N", "").replace("\u3000", "").replace(" ", "").replace("\n", "")
        if re.fullmatch("[一-龥々]{1,2}", word):
            return self._name("S" if self._chance.random() < 0.8 else "G", "")
        if re.fullmatch("[ァ-ヴー]+", word) and len(word) > 2:
            return self._people.foreign(self._chance, "kana")[self._chance.random() < 0.5]
        if re.fullmatch("[ァ-ヴー]+[・=][ァ-ヴー]+", word):
            return "・".join(self._people.foreign(self._chance, "kana"))
        return word

    def _list(self) -> Labelled:
        """Return one form repeated, as rows of a list are."""
        template = self._chance.choice(self._templates["form"])
        return joined([self._filled(template) for _ in range(self._chance.randint(2, 6))], "\n")

    def _sentence(self) -> Labelled:
        part = self._chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        return self._filled(self._chance.choice(self._templates[part]))

    def _filled(self, template: str) -> Labelled:
        self._persons = {}
        text, entities, at = "", [], 0
        # Forms are typed in full width, in half width or as they come.
        template = _LIST.sub(self._listed, template)
        colon = self._chance.choice(["：", "：", ":", "： ", " : ", "　"])
        for gap in _GAP.finditer(template):
            text += template[at : gap.start()].replace("：", colon)
            word, kind = self._gap(gap[1], gap[2])
            if kind:
                entities.append((len(text), len(text) + len(word), kind))
            text += word
            at = gap.end()
        return Labelled(text + template[at:].replace("：", colon), tuple(entities))

    def _listed(self, gap: re.Match[str]) -> str:
        """Return a list of names in the gap's kind, with one kind of sign between them."""
        glue = self._chance.choice(_BETWEEN)
        # Two words with a blank between are one name; only a longer row is a list.
        least = 3 if glue in "　 " else 2
        return glue.join([f"{{{gap[1]}}}"] * self._chance.randint(least, 5))

    def _gap(self, name: str, number: str) -> tuple[str, str]:
        made = _MADE.get(name)
        if made is not None:
            return made(self._chance), ""
        if name == "O":
            return self._organisation(surname_share=0.45), "ORG"
        if name == "NO":
            return self._organisation(surname_share=0.75), "ORG"
        if name == "EO":
            return self._organisation_in_english(), "ORG"
        if name == "B":
            return self._building(), ""
        if name == "L":
            return self._chance.choice(self._words["loc_plain"]), "LOC"
        if name == "NL":
            return self._place(), "LOC"
        if name == "HP":
            return self._chance.choice(self._words["history"]), ""
        if name == "plainorg":
            return self._chance.choice(self._words["org_plain"]), ""
        if name in self._words:
            return self._chance.choice(self._words[name]), ""
        return self._name(name, number), "PERSON"

    def _name(self, name: str, number: str) -> str:
        chance = self._chance
        if name == "P":
            draw = chance.random()
            name = "N" if draw < 0.84 else "F" if draw < 0.92 else "Z" if draw < 0.96 else "H"
        if name == "F":
            given, family = self._people.foreign(chance, "kana")
            form = chance.random()
            return (
                given if form < 0.1 else family if form < 0.2 else given + chance.choice("・・・ ＝") + family
            )
        if name == "EG":
            return self._people.foreign(chance, "en")[0]
        if name == "E":
            return self._in_latin_script()
        if name == "Z":
            person = self._people.asian(chance)
            return person.family.written + chance.choice(["", "", "　"]) + person.given.written
        person = self._persons.setdefault(number or f"-{len(self._persons)}", self._people.japanese(chance))
        return self._spelled(name, person)

    def _in_latin_script(self) -> str:
        chance, words = self._chance, self._words
        if chance.random() < 0.25:
            parts = [chance.choice(words[f"{part}_sea"]) for part in ("family", "middle", "given")]
            return " ".join(parts if chance.random() < 0.7 else parts[::2])
        given, family = self._people.foreign(chance, "en")
        full = f"{given} {family}"
        return chance.choice(
            [full, full, full, family, f"{given} {chance.choice('ABCDEHJKLMPRSTW')}. {family}"]
        )

    def _spelled(self, name: str, person: Person) -> str:
        chance = self._chance
        blank = chance.choices(["", "　", " ", "\n"], [60, 24, 15, 1])[0]
        family, given = person.kana
        latin = [person.family.latin.capitalize(), person.given.latin.capitalize()]
        if chance.random() < 0.3:
            latin = (
                [latin[0].upper(), latin[1]] if chance.random() < 0.5 else [part.upper() for part in latin]
            )
        half = chance.random() < 0.3
        match name:
            case "S":
                return person.family.written
            case "G":
                return person.given.written
            case "K":
                kana = family + chance.choice(["", "　", " "]) + given
                return half_width(kana) if half else kana
            case "KS" | "KG":
                kana = family if name == "KS" else given
                return half_width(kana) if half else kana
            case "H":
                return person.family.reading + blank + person.given.reading
            case "R":
                order = latin if chance.random() < 0.45 else latin[::-1]
                return " ".join(order)
            case "RS":
                return latin[0]
            case "RG":
                return latin[1]
            case _:
                return person.family.written + blank + person.given.written

    def _organisation(self, surname_share: float) -> str:
        chance, words = self._chance, self._words
        draw = chance.random()
        if draw < 0.15:
            return chance.choice(words["org_known"])
        named = chance.random() < surname_share
        stem = self._people.family(chance).written if named else chance.choice(words["org_plain"])
        tail = chance.choice(words["org_tail"])
        form = chance.random()
        if form < 0.35:
            return chance.choice(words["org_head"]) + chance.choice(["", "", " "]) + stem + tail
        if form < 0.5:
            return chance.choice(words["org_head"]) + stem
        if form < 0.62:
            return stem + chance.choice(words["org_tail_alone"])
        if form < 0.75:
            return stem + tail + "株式会社"
        return stem + tail

    def _organisation_in_english(self) -> str:
        chance, words = self._chance, self._words
        stems = [self._people.family(chance).latin.capitalize(), chance.choice(words["last_en"])]
        stems += [chance.choice(["Blue", "Global", "First", "Pacific", "United", "Nova", "Sunrise", "Green"])]
        middle = chance.choice(["", "", "", " Medical", " Trading", " Technologies"])
        return chance.choice(stems) + middle + " " + chance.choice(words["org_en_tail"])

    def _building(self) -> str:
        chance, words = self._chance, self._words
        stem = self._people.family(chance).written
        if chance.random() < 0.5:
            return chance.choice(words["building"]) + stem
        return stem + chance.choice(words["building_tail"])

    def _place(self) -> str:
        chance, words = self._chance, self._words
        stem = (
            self._people.family(chance).written
            if chance.random() < 0.7
            else chance.choice(words["loc_plain"])
        )
        return stem + chance.choice(words["loc_suffix"])


def _yaml(name: str) -> Any:
    with (_HERE / name).open(encoding="utf-8") as file:
        content = yaml.safe_load(file)
    return {key: [str(each) for each in values] for key, values in content.items()}


def _date(chance: random.Random) -> str:
    year, month, day = chance.randint(1940, 2026), chance.randint(1, 12), chance.randint(1, 28)
    forms = [f"{year}年{month}月{day}日", f"{year}/{month:02}/{day:02}", f"{year}-{month:02}-{day:02}"]
    forms += [f"{month}月{day}日", f"{month}/{day}", f"令和{chance.randint(1, 8)}年{month}月{day}日"]
    return chance.choice([*forms, f"S{chance.randint(20, 63)}.{month}.{day}"])


def _phone(chance: random.Random) -> str:
    middle, tail = chance.randint(1000, 9999), f"{chance.randint(0, 9999):04}"
    forms = [f"090-{middle}-{tail}", f"0{chance.randint(3, 9)}-{middle}-{tail}", f"080{middle}{tail}"]
    number = chance.choice([*forms, f"(0{chance.randint(11, 99)}){middle // 10}-{tail}"])
    return number.translate(_FULL_WIDTH) if chance.random() < 0.2 else number


def _mail(chance: random.Random) -> str:
    local = "".join(chance.choices("abcdefghikmnorstuy", k=chance.randint(3, 9)))
    host = chance.choice(["example.co.jp", "example.com", "mail.example.jp"])
    return f"{local}{chance.choice(['', '.', '_'])}{chance.randint(1, 99)}@{host}"


def _number(chance: random.Random) -> str:
    return str(chance.randint(1, chance.choice([9, 99, 9999, 99_999_999])))


_MADE: Final[Mapping[str, Callable[[random.Random], str]]] = {
    "date": _date,
    "tel": _phone,
    "mail": _mail,
    "num": _number,
    "zip": lambda chance: f"{chance.randint(10, 999):03}-{chance.randint(0, 9999):04}",
    "time": lambda chance: f"{chance.randint(0, 23)}:{chance.randint(0, 59):02}",
}
