"""Make the fonts that charts are drawn with, from the whole ones: chalicelib/charts/fonts.

    python -m tools.fonts NotoSans-Regular.ttf NotoSansCJK-Regular.ttc NotoEmoji_400Regular.ttf

Debian's packages fonts-noto-core and fonts-noto-cjk hold the first two; the third is in the npm
package @expo-google-fonts/noto-emoji. Of Han, what the first levels of GB 2312, JIS X 0208 and Big5
hold is kept, and of Hangul the syllables of KS X 1001.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]  # has none
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]  # as above

from tools import kit

ALPHABETS = (
    *((0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F)),
    *((0x1E00, 0x1FFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x2070, 0x209F), (0x20A0, 0x20BF)),
    *((0x2100, 0x214F), (0x2190, 0x21FF), (0x2212, 0x2212), (0xFFFD, 0xFFFD)),
)
EASTERN = (
    *((0x2190, 0x22FF), (0x2460, 0x2473), (0x25A0, 0x25FF)),  # signs that the alphabets lack
    *((0x3000, 0x30FF), (0xFF01, 0xFF9F), (0xFFE0, 0xFFE6)),
)
FIRST_HAN = {"gb2312": (0xB0, 0xD7), "euc_jp": (0xB0, 0xCF), "big5": (0xA4, 0xC6)}
HANGUL = {"euc_kr": (0xB0, 0xC8)}
JAPANESE = 0  # of the fonts in the collection


def _span(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {code for first, last in ranges for code in range(first, last + 1)}


def _of(codecs: dict[str, tuple[int, int]]) -> Iterator[int]:
    """The characters of these rows of double-byte character sets."""
    for codec, (first, last) in codecs.items():
        for pair in (
            bytes([row, cell]) for row in range(first, last + 1) for cell in range(64, 255)
        ):
            text = pair.decode(codec, errors="ignore")
            if len(text) == 1 and ord(text) > 0x1100:
                yield ord(text)


def _subset(font: TTFont, codes: set[int], name: str) -> TTFont:
    options = Options(
        layout_features=["kern", "mark", "mkmk", "ccmp", "locl"],
        hinting=False,
        desubroutinize=False,
        name_IDs=[0, 1, 2, 6, 13, 14],  # without 6, a PostScript name, fontdb takes no font
        notdef_outline=True,
        drop_tables=[*Options().drop_tables, "vhea", "vmtx", "VORG", "BASE"],
    )
    options.layout_features = ["*"] if name == "emoji" else options.layout_features
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.recalcTimestamp = False
    return font


def _advances(font: TTFont) -> dict[str, int]:
    """How far each character moves the pen, in thousandths of the size."""
    em = font["head"].unitsPerEm
    return {chr(c): round(font["hmtx"][g][0] * 1000 / em) for c, g in font.getBestCmap().items()}


def main() -> None:
    kit.on_path()
    from chalicelib.charts.text import ADVANCES, FOLDER

    alphabets, east, emoji = sys.argv[1:]
    han = {*_of(FIRST_HAN), *_of(HANGUL)} | _span(EASTERN)
    collection = TTCollection(east, lazy=True)
    made = {
        "alphabets.ttf": _subset(TTFont(alphabets), _span(ALPHABETS), "alphabets"),
        "east.otf": _subset(collection.fonts[JAPANESE], han, "east"),
        "emoji.ttf": _subset(TTFont(emoji), {*TTFont(emoji).getBestCmap()}, "emoji"),
    }
    advances: dict[str, int] = {}
    for name, font in reversed(made.items()):
        whole = BytesIO()
        font.save(whole)
        (FOLDER / name).write_bytes(whole.getvalue())
        print(f"{name}: {len(font.getBestCmap())} characters, {len(whole.getvalue())} bytes")
        advances |= {c: wide for c, wide in _advances(font).items() if wide != 1000}
    text = json.dumps(dict(sorted(advances.items())), ensure_ascii=False, separators=(",", ":"))
    ADVANCES.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
