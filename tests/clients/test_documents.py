"""Documents of other APIs: what cannot be read is refused in one line, and none writes a script."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.files import Quiet, files_of
from tools.clients import command, document, postman, programs
from tools.refusals import Refusal

Json = dict[str, Any]


def described(schema: Json, *, tag: str = "things", components: Json | None = None) -> Json:
    """A document of two operations on what a schema tells of."""
    operation: Json = {
        "operationId": "make",
        "summary": "Make",
        "tags": [tag],
        "responses": {"201": {"content": {"application/json": {"schema": schema}}}},
    }
    taken = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    return {
        "info": {"title": "x"},
        "paths": {"/things": {"post": operation | taken}, "/things/{id}": {"get": operation}},
        "components": {"schemas": components or {}},
    }


def test_a_tag_is_text_in_a_script() -> None:
    thing = {"type": "object", "properties": {"id": {"type": "string"}}}
    made = postman.collection(described(thing, tag='a"); evil(); ("'))
    script = json.loads(json.dumps(made))["item"][0]["item"][0]["event"][0]["script"]["exec"]
    (kept,) = [line for line in script if "collectionVariables" in line]
    assert kept.strip() == r'pm.collectionVariables.set("a\"); evil(); (\"_id", item["id"]);'


def test_a_model_may_hold_itself() -> None:
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Node"}},
        "required": ["next"],
    }
    ref = {"$ref": "#/components/schemas/Node"}
    made = postman.collection(described(ref, components={"Node": node}))
    body = json.loads(made["item"][0]["item"][0]["request"]["body"]["raw"])
    assert re.fullmatch(r'(\{"next": )+null\}+', json.dumps(body))


@pytest.mark.parametrize("to", ["#/components/schemas/A", "https://example.org/a.json"])
def test_a_reference_that_leads_nowhere_is_refused(to: str) -> None:
    given = described({"$ref": "#/components/schemas/A"}, components={"A": {"$ref": to}})
    with pytest.raises(Refusal, match="leads nowhere within it"):
        postman.collection(given)


def test_no_file_and_no_other_address_is_read(tmp_path: Path) -> None:
    given = described({"type": "object"})
    answers = given["paths"]["/things"]["post"]["responses"]
    answers["201"]["headers"] = {"X-A": {"$ref": "/etc/hostname"}}
    (tmp_path / "openapi.json").write_text(json.dumps(given))
    with files_of(tmp_path) as port, pytest.raises(Refusal) as refused:
        document.of(f"http://127.0.0.1:{port}")
    assert str(refused.value).endswith("leads out of it: '/etc/hostname'.")


def test_a_token_stays_with_whom_it_is_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    asked: list[tuple[str, str | None]] = []

    class Moved(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - its name in the standard library
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{port}/openapi.json")
            self.end_headers()

    class Elsewhere(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - its name in the standard library
            asked.append(("elsewhere", self.headers["Authorization"]))
            super().do_GET()

    (tmp_path / "openapi.json").write_text(json.dumps(described({"type": "object"})))
    with files_of(tmp_path, Elsewhere) as port, files_of(tmp_path, Moved) as first:
        assert document.of(f"http://127.0.0.1:{first}")["info"] == {"title": "x"}
    assert asked == [("/openapi.json", "Bearer secret"), ("elsewhere", None)]


def test_half_a_character_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = described({"type": "object"})
    given["paths"]["/things"]["post"]["summary"] = "\ud800"
    (tmp_path / "openapi.json").write_text(json.dumps(given))
    monkeypatch.setattr(programs, "there", lambda *_: False)
    with files_of(tmp_path) as port:
        monkeypatch.setattr(sys, "argv", ["", "--installed", f"--url=http://127.0.0.1:{port}"])
        with pytest.raises(Refusal, match="No client can be made of that document: Unicode"):
            command.main()


def test_an_operation_without_a_tag_has_a_folder() -> None:
    given = described({"type": "object"})
    for methods in given["paths"].values():
        for operation in methods.values():
            del operation["tags"]
    assert [folder["name"] for folder in postman.collection(given)["item"]] == ["default"]


def test_a_password_is_not_shown() -> None:
    with pytest.raises(Refusal) as refused:
        document.of("http://user:secret@127.0.0.1:9")
    assert str(refused.value).startswith("There is no document at http://127.0.0.1:9/openapi.json")
    assert "secret" not in str(refused.value)
