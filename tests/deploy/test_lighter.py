"""Packages made lighter to import: which changes are made, what fits, and that names stay there."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.hooks import EVENT_ALIASES, EventAliaser

from tools.deploy import lighter
from tools.deploy.lighter import MisfitError

HERE = next(Path(path) for path in sys.path if Path(path, "botocore").is_dir())

SOURCE = '''\
"""A module."""

import json
import os, textwrap
from decimal import (
    Decimal,
    InvalidOperation,
)


def written(value):
    """Text."""
    if value is None:
        return None
    with open(os.devnull):
        return json.dumps(value)


def wrapped(text):
    return textwrap.wrap(text)


class Numbers:
    def number(self, text):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
'''


def loaded(source: str) -> ModuleType:
    module = ModuleType("lighter")
    exec(source, module.__dict__)
    return module


def changed(source: str, *names: str) -> str:
    return lighter.changed_source(source, {"defer": [*names]})


@pytest.mark.each_counts
@pytest.mark.parametrize("path", lighter.changes())
def test_every_change_fits_the_version_that_is_pinned(path: str) -> None:
    source = (HERE / path).read_text()
    made = lighter.changed_source(source, lighter.changes()[path])
    assert made != source
    compile(made, path, "exec")


def test_the_classes_of_core_schemas_still_make_dicts() -> None:
    path = "pydantic_core/core_schema.py"
    source = lighter.changed_source((HERE / path).read_text(), lighter.changes()[path])
    light: Any = loaded(source)
    assert light.CoreConfig(title="x") == {"title": "x"}
    assert type(light.ModelSchema({"type": "model"}, cls=int)) is dict
    assert light.str_schema(min_length=1) == {"type": "str", "min_length": 1}


def test_the_names_of_hooks_are_what_they_were() -> None:
    path = "botocore/hooks.py"
    source = lighter.changed_source((HERE / path).read_text(), lighter.changes()[path])
    made: list[Any] = [EventAliaser, vars(loaded(source))["EventAliaser"]]
    parts = [*EVENT_ALIASES, *EVENT_ALIASES.values(), "GetItem", "x.y"]
    for name in [f"before-call.{part}{end}" for part in parts for end in ("", ".Run", ".y.z")]:
        whole, light = (aliaser(None)._alias_event_name(name) for aliaser in made)
        assert light == whole


def test_a_name_is_imported_where_it_is_used() -> None:
    module = loaded(changed(SOURCE, "json", "textwrap", "Decimal", "InvalidOperation"))
    assert {"json", "textwrap", "Decimal", "InvalidOperation"} & {*vars(module)} == set()
    assert module.os.sep
    assert module.written({"a": 1}) == '{"a": 1}'
    assert module.wrapped("a b") == ["a b"]
    assert str(module.Numbers().number("1.50")) == "1.50"
    assert module.Numbers().number("x") is None


def test_it_is_imported_as_late_as_it_may_be() -> None:
    lines = changed(SOURCE, "json").splitlines()
    at = lines.index("        import json")
    assert lines[at - 1 : at + 2] == [
        "    with open(os.devnull):",
        "        import json",
        "        return json.dumps(value)",
    ]


def test_what_stands_beside_it_in_an_import_stays() -> None:
    assert changed(SOURCE, "textwrap").splitlines()[3] == "import os"
    assert changed(SOURCE, "Decimal").splitlines()[4] == "from decimal import InvalidOperation"


def test_others_still_find_the_name_in_the_module() -> None:
    module: Any = loaded(changed(SOURCE, "json", "Decimal"))
    assert module.json.loads("[1]") == [1]
    assert module.Decimal("1") == 1
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        _ = module.other


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import os\n", "it does not import json"),
        ("import json\nX = json.dumps(1)\n", "it uses json while it is imported"),
        ("import json\ndef f(x=json):\n    pass\n", "it uses json while it is imported"),
        ("import json\ndef f(x: json):\n    pass\n", "it uses json while it is imported"),
        ("import json\n@json.x\ndef f():\n    pass\n", "it uses json while it is imported"),
        ("import json\nclass A:\n    x = json\n", "it uses json while it is imported"),
        ("import json\ndef f():\n    json = 1\n    return json\n", "it sets json, too"),
        ("import json\ndef f(json):\n    return json\n", "it sets json, too"),
        ("import json\ndef f(): return json\n", "f is one line"),
        ("import json\nf = lambda: json\n", "it uses json while it is imported"),
    ],
)
def test_what_cannot_be_imported_later_is_a_misfit(source: str, why: str) -> None:
    with pytest.raises(MisfitError) as raised:
        changed(source, "json")
    assert str(raised.value) == why


def test_annotations_that_nobody_evaluates_do_not_count() -> None:
    source = "from __future__ import annotations\nimport json\ndef f(x: json) -> json:\n    pass\n"
    assert "json" not in vars(loaded(changed(source, "json")))


def test_a_text_that_is_not_there_once_is_a_misfit() -> None:
    wanted = {"replace": [{"old": "os", "new": ""}]}
    with pytest.raises(MisfitError, match="it holds 'os' not once"):
        lighter.changed_source("os.os", wanted)


def test_a_newer_package_is_left_as_it_is_and_named(tmp_path: Path) -> None:
    file = tmp_path / "botocore/configloader.py"
    file.parent.mkdir()
    file.write_text("import tomllib\n")
    [line] = lighter.lighten(tmp_path)
    assert line == (
        "botocore/configloader.py is left as it is, and slower to import: "
        "it does not import configparser."
    )
    assert file.read_text() == "import tomllib\n"
