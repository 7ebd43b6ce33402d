"""What `make lint` says of the scripts of pages, which share one scope."""

from pathlib import Path

import pytest

from tools.javascript import command, eslint, sources
from tools.javascript.sources import Source
from tools.refusals import Refusal

SHARED = """"use strict";
function both() {}
function one() {}
function nobody() {}
"""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sources, "WEB", tmp_path)
    return tmp_path


def test_pages_are_looked_at_whole(web: Path) -> None:
    files = {
        "shared.js": SHARED,
        "a.js": "\nboth(one());\nlater();\nfunction later() {}\n",
        "b.js": "both();\nlater();\nif (0 == window.x) alert(1)",
        "c.mjs": "import fs from 'node:fs';\nprocess.exit(document);\n",
    }
    for name, text in files.items():
        (web / name).write_text(text)
    for page in "ab":
        (web / f"{page}.html").write_text(f"<p>{{{{shared.js}}}}</p><p>{{{{{page}.js}}}}</p>")
    module = Source((web / "c.mjs",), module=True)
    found = [line.removeprefix(f"{web}/") for line in eslint.complaints([*sources.pages(), module])]
    assert found == [
        "b.js:2:1: 'later' is not defined. (no-undef)",
        "b.js:3:7: Expected '===' and instead saw '=='. (eqeqeq)",
        "c.mjs:1:8: 'fs' is defined but never used. (no-unused-vars)",
        "c.mjs:2:14: 'document' is not defined. (no-undef)",
        "shared.js:4:10: 'nobody' is defined but never used. (no-unused-vars)",
    ]


def test_a_script_that_no_page_has_is_told(web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (web / "page.html").write_text("{{page.js}}{{style.css}}")
    (web / "page.js").write_text("")
    (web / "left.js").write_text("")
    monkeypatch.setattr(sources, "ROOT", web)
    monkeypatch.setattr(eslint, "complaints", lambda given: [str(len(given[0].files))])
    with pytest.raises(Refusal) as raised:
        command.main()
    assert str(raised.value) == "left.js: no page has it\n1"
