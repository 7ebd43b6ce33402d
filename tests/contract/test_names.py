"""Names: any script, counted in code points, without control characters."""

import pytest

from tests.contract.client import Api, assert_problem

NAMES = [
    "Ada Lovelace",
    "Łukasz Żółć",
    "Ελένη Παπαδοπούλου",
    "Пётр Чайковский",
    "שרה כהן",
    "محمد بن أحمد",
    "佐藤 花子",
    "王小明",
    "김민준",
    "प्रिया शर्मा",
    "ประยุทธ์ จันทร์",
    "Nguyễn Thị Hồng",
    "ᚠᚢᚦᚨᚱᚲ",
    "𐎀𐎁𐎂",
    "O'Brien-Smith, Jr. (né Ó Briain)",
    "👩‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇺🇳 👍🏽",
    "Zalgo Z̷̧̛a̶l̵g̸o̴",
    "e\u0301",
    "é",
    "می‌خواهم",
    '<b>"quoted" & \\escaped\\</b>',
    "null",
    "7",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script(api: Api, name: str) -> None:
    text = api.resource.text
    item = api.made(**{text: name})
    assert item[text] == name
    assert api.shown(item[api.resource.key])[text] == name


@pytest.mark.parametrize("char", ["x", "é", "字", "😀", "𝒳"])
def test_length_is_counted_in_code_points(api: Api, char: str) -> None:
    text = api.resource.text
    assert api.made(**{text: char * 100})[text] == char * 100
    body = assert_problem(
        api.post(api.resource.sample() | {text: char * 101}),
        422,
        "invalid_body",
        {f"/{text}": "too_long"},
    )
    assert body["errors"][0]["params"] == {"max": 100}


def test_length_counts_combining_marks(api: Api) -> None:
    text = api.resource.text
    assert api.made(**{text: "e\u0301" * 50})[text] == "e\u0301" * 50
    longer = api.resource.sample() | {text: "e\u0301" * 50 + "e"}
    assert_problem(api.post(longer), 422, "invalid_body", {f"/{text}": "too_long"})


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u3000"])
def test_names_are_trimmed_first(api: Api, space: str) -> None:
    text = api.resource.text
    assert api.made(**{text: f"{space}Ada{space}L{space}"})[text] == f"Ada{space}L"
    assert api.made(**{text: space * 60 + "y" * 100 + space * 60})[text] == "y" * 100
    for blank in ("", space, space * 200):
        response = api.post(api.resource.sample() | {text: blank})
        body = assert_problem(response, 422, "invalid_body", {f"/{text}": "too_short"})
        assert body["errors"][0]["params"] == {"min": 1}


@pytest.mark.parametrize("char", ["\x00", "\x01", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9f"])
def test_control_characters_are_refused(api: Api, char: str) -> None:
    text = api.resource.text
    response = api.post(api.resource.sample() | {text: f"a{char}b"})
    assert_problem(response, 422, "invalid_body", {f"/{text}": "invalid"})
