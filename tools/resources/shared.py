"""Files that modules share, as they are without one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tools import assets
from tools.image.lock import LOCKED, SHIPPED
from tools.policies import statements
from tools.renaming import pascal, snake, upper
from tools.resources import edits
from tools.resources.names import APP, DATA
from tools.resources.owned import is_resource
from tools.stages import table_setting

CONFIG = ".chalice/config.json"
CI = "infra/ci.json"
NPM = "package.json"
POLICIES = ".chalice/policy-*.json"
# UsersTable in infra/data.json; ContactIdentity with its parameter and condition.
KINDS = "(?:Table|Bucket|BucketPolicy|Queue|Topic|Identity(?:Named?)?)"


def without(root: Path, name: str, found: Iterable[Path]) -> dict[str, str]:
    """The text of each file that changes with a module, whose own files are those found."""
    texts = {
        APP: edits.unmounted((root / APP).read_text(), snake(name)),
        DATA: edits.without((root / DATA).read_text(), pascal(name) + KINDS),
        CI: edits.without_statements((root / CI).read_text(), rf"{pascal(name)}{KINDS}\w*"),
        CONFIG: edits.without((root / CONFIG).read_text(), _settings(root, name)),
        **_policies(root, name),
        **_pins(root, name),
        **_packages(root, found),
        **_pages(root, name, found),
    }
    return {path: text for path, text in sorted(texts.items()) if text != (root / path).read_text()}


def _settings(root: Path, name: str) -> str:
    """Matches the settings of a module, and the parameters of what it has in the data stack.

    Those of a resource named `auth` are none that begin with AUTH_, but for what it reads itself.
    """
    own = f"{upper(name)}_[A-Z_]+"
    if is_resource(root, name):
        own = "|".join(
            re.findall(rf"\b{own}\b", (root / f"chalicelib/{snake(name)}.py").read_text())
        )
    return "|".join(filter(None, [table_setting(name), own, pascal(name) + KINDS]))


def _policies(root: Path, name: str) -> dict[str, str]:
    """Without somebody's own statements about it; those of its tables are made from the modules."""
    return {
        str(path.relative_to(root)): statements.without(
            path.read_text(), rf"{pascal(name)}[A-Z]\w*"
        )
        for path in root.glob(POLICIES)
    }


def _pins(root: Path, name: str) -> dict[str, str]:
    """Requirements without the module's sections: `# Charts as PNG`, of a resource `# charts:`."""
    name = f"{name}:" if is_resource(root, name) else name
    texts = {path.name: path.read_text() for path in root.glob("requirements*.txt")}
    locked = edits.unlocked(texts[LOCKED], edits.section((root / SHIPPED).read_text(), name))
    rest = {path: edits.without_section(text, name) for path, text in texts.items()}
    return rest | {LOCKED: locked}


def _packages(root: Path, found: Iterable[Path]) -> dict[str, str]:
    """What pins the npm package of a module's page; empty where it takes none."""
    mine = (each for each in assets.found(root) if each.file in found)
    if not (names := "|".join(re.escape(each.named["package"]) for each in mine)):
        return {}
    return {
        NPM: edits.without((root / NPM).read_text(), names),
        assets.LOCK: edits.without(
            (root / assets.LOCK).read_text(), f"(?:node_modules/)?(?:{names})"
        ),
    }


def _pages(root: Path, name: str, found: Iterable[Path]) -> dict[str, str]:
    """The README and the pages of docs, without rows of tables that tell of it."""
    folders = (root / "docs", root / "chalicelib")
    linked = [str(path.relative_to(root)) for path in found if path.parent in folders]
    return {
        str(page.relative_to(root)): edits.without_rows(
            page.read_text(), _settings(root, name), linked
        )
        for page in {root / "README.md", *root.glob("docs/*.md")} - {*found}
    }
