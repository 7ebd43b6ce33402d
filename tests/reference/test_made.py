"""What is made of the package from npm, and what a payload holds of it."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from chalicekit import assets as kit_assets
from tests.engines import ROOT
from tools import assets, npm, stages
from tools.deploy import extras, sources
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

BUILT = "chalicelib/web/reference/built"
STAGE = stages.read("dev")
OFF = replace(STAGE, environment=STAGE.environment | {"REFERENCE_PAGE": "off"})


@pytest.fixture
def clone(tmp_path: Path) -> assets.Assets:
    """A folder with nothing but what the page's files are made from."""
    (tmp_path / "chalicelib/web").mkdir(parents=True)
    for name in ("package-lock.json", "chalicelib/web/reference.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return assets.Assets(tmp_path, "reference")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """npm, which gives what is installed here; what it was asked for."""
    said: list[str] = []
    package = ROOT / "node_modules/swagger-ui-dist"

    def files(
        wanted: str, integrity: str, _root: Path, _show: Show, _seconds: int
    ) -> dict[str, bytes]:
        assert integrity.startswith("sha512-")
        said.append(wanted)
        return {path.name: path.read_bytes() for path in package.iterdir() if path.is_file()}

    monkeypatch.setattr(npm, "files", files)
    return said


def test_the_same_package_makes_the_same_files(clone: assets.Assets, asked: list[str]) -> None:
    made = []
    for _ in range(2):
        clone.make(lambda _: None)
        made.append({path.name: path.read_bytes() for path in clone.folder.iterdir()})
        shutil.rmtree(clone.folder)
    assert made[0] == made[1]
    assert made[0].keys() == {"index.json", *(f"{name}.gz" for name in clone.named["files"])}
    assert asked == [f"swagger-ui-dist@{clone.locked['version']}"] * 2
    assert [*clone.folder.parent.iterdir()] == []
    assert [path.name for path in (clone.root / ".local").iterdir()] == ["assets.lock"]


def test_two_at_once_make_it_once(clone: assets.Assets, asked: list[str]) -> None:
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(clone.make, [lambda _: None] * 8):
            pass
    assert len(asked) == 1
    assert clone.fresh


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_what_is_not_whole_is_made_anew(clone: assets.Assets, asked: list[str], text: str) -> None:
    clone.make(lambda _: None)
    for name in ("index.json", "swagger-ui.css.gz"):
        (clone.folder / name).write_text(text)
        assert not clone.fresh
        assert kit_assets.version(clone.folder) == "" or name != "index.json"
        assert assets.tried(clone.root) == []
        assert clone.fresh
    assert len(asked) == 3


def test_it_is_made_once_for_what_is_pinned(clone: assets.Assets, asked: list[str]) -> None:
    assets.ready(STAGE, clone.root, lambda _: None)
    assets.ready(STAGE, clone.root, lambda _: None)
    assert len(asked) == 1
    lock = clone.root / "package-lock.json"
    changed = json.loads(lock.read_text())
    changed["packages"]["node_modules/swagger-ui-dist"]["integrity"] = "sha512-other"
    lock.write_text(json.dumps(changed))
    assert not assets.Assets(clone.root, "reference").fresh
    assets.ready(STAGE, clone.root, lambda _: None)
    assert len(asked) == 2


def test_a_stage_that_does_without_asks_for_nothing(clone: assets.Assets, asked: list[str]) -> None:
    assets.ready(OFF, clone.root, lambda _: None)
    assert asked == []
    assert not clone.folder.exists()


def test_without_npm_a_run_goes_on_and_a_deployment_does_not(
    clone: assets.Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.install.npm", lambda: None)
    (line,) = assets.tried(clone.root)
    assert line == (
        "The page of reference is not there yet. There is no npm here: `make assets` brings one."
    )
    with pytest.raises(Refusal, match=r"`make assets` .* Or set REFERENCE_PAGE=off for stage dev."):
        assets.ready(STAGE, clone.root, lambda _: None)


def test_npm_is_brought_where_something_is_lacking(
    clone: assets.Assets, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.install.bring_npm", lambda: asked.append("npm"))
    monkeypatch.setattr(assets, "found", lambda: [clone])
    for _ in range(2):
        assets.main()
    assert asked == ["npm", f"swagger-ui-dist@{clone.locked['version']}"]


def test_another_package_than_the_pinned_one_is_refused(
    clone: assets.Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.install.npm", lambda: "npm")
    monkeypatch.setattr(npm, "_packed", lambda *_: b"something else")
    with pytest.raises(Refusal, match=r"What npm gave is not what package-lock.json pins."):
        clone.make(lambda _: None)
    assert not clone.folder.exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            ["code E404", "404 Not Found - GET http://localhost:9/x", "404", "404  You may not."],
            "(E404: 404 Not Found - GET http://localhost:9/x): `npm config get registry` names",
        ),
        (
            ["code E401", "401 Unauthorized - GET http://localhost:9/x"],
            "(E401: 401 Unauthorized - GET http://localhost:9/x): give npm a token",
        ),
        (
            [
                *("code ECONNREFUSED", "syscall connect", "errno ECONNREFUSED"),
                "FetchError: request to http://localhost:9/x failed, reason: connect ECONNREFUSED",
                *("    at ClientRequest.emit (node:events:524:28)", "  code: 'ECONNREFUSED',"),
            ],
            "(ECONNREFUSED: connect ECONNREFUSED): `make assets` tries again;",
        ),
        ([], "(no code: it says nothing): `make assets` tries again;"),
    ],
)
def test_what_npm_says_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str], told: str
) -> None:
    command(tmp_path, monkeypatch, *(f'echo "npm error {line}" >&2' for line in said), "exit 1")
    with pytest.raises(Refusal) as raised:
        npm.files("swagger-ui-dist@5.35.0", "sha512-", tmp_path, lambda _: None)
    assert str(raised.value).startswith(f"npm cannot get swagger-ui-dist@5.35.0 {told}")


def test_a_silent_network_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(Refusal, match="did not get x within 1 seconds: `make assets` tries again"):
        npm.files("x", "sha512-", tmp_path, lambda _: None, seconds=1)


def command(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let npm be a script of these lines."""
    script = folder / "npm"
    script.write_text("\n".join(["#!/bin/sh", *lines]))
    script.chmod(0o755)
    monkeypatch.setattr("tools.install.npm", lambda: str(script))


@pytest.mark.parametrize(("stage", "held"), [(STAGE, True), (OFF, False)])
def test_a_payload_holds_what_its_stage_shows(stage: Stage, held: bool) -> None:
    listed = sources.listed(ROOT, stage=stage)
    named = assets.Assets(ROOT, "reference").named["files"]
    built = {f"{BUILT}/{name}.gz" for name in named} | {f"{BUILT}/index.json"}
    assert {path for path in listed if path.startswith(f"{BUILT}/")} == (built if held else set())
    assert "chalicelib/reference.py" in listed


def test_it_is_within_a_budget_of_its_own() -> None:
    (extra,) = (each for each in extras.extras() if each.module == "reference")
    assert (extra.title, extra.budget) == ("for reference", 1.0)
    paths = [path for path in sources.listed(ROOT) if extra.owns(path)]
    assert f"{BUILT}/swagger-ui-bundle.js.gz" in paths
    assert "chalicelib/reference.py" in paths
    assert sum((ROOT / path).stat().st_size for path in paths) < 0.55e6


def test_git_knows_nothing_of_it() -> None:
    assert "/chalicelib/web/*/built/" in (ROOT / ".gitignore").read_text().splitlines()
