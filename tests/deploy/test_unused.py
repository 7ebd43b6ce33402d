"""What packages bring and nothing asks for: what goes, and what brings it back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.deploy import bytecode, unused

HERE = next(Path(path) for path in sys.path if Path(path, "botocore").is_dir())
PARTS = unused.parts()

# Imports all modules of some packages but those of names that cannot be had, and tells what failed.
IMPORT_ALL = """
import importlib, json, pkgutil, sys, warnings
warnings.simplefilter("ignore")
packages, gone = json.loads(sys.argv[1])
sys.modules.update(dict.fromkeys(gone))
failed = set()
def of(package):
    for one in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if one.name in gone or one.name.endswith(".__main__"):
            continue
        try:
            module = importlib.import_module(one.name)
        except ImportError as error:
            if any((error.name or "").startswith(name) for name in gone):
                failed.add(one.name)
            continue
        if one.ispkg:
            of(module)
for name in packages:
    of(importlib.import_module(name))
print(json.dumps(sorted(failed)))
"""


@pytest.mark.each_counts
@pytest.mark.parametrize("title", PARTS)
def test_every_pattern_finds_something_in_the_version_that_is_pinned(title: str) -> None:
    for pattern in PARTS[title]["paths"]:
        assert [*HERE.glob(pattern)], pattern


def test_what_stays_is_imported_without_it() -> None:
    paths = [path for part in PARTS.values() for path in part["paths"] if "*" not in path]
    gone = [path.removesuffix(".py").replace("/", ".") for path in paths]
    packages = sorted({name for part in PARTS.values() for name in part["within"]} - {*gone})
    done = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_ALL, json.dumps([packages, gone])],
        capture_output=True,
        text=True,
        check=True,
    )
    # The one module that looks domains up.
    assert json.loads(done.stdout) == ["email_validator.deliverability"]


ASKING = [
    ("dnspython", "import dns.resolver"),
    ("dnspython", "def f():\n    from dns import resolver"),
    ("dnspython", "import os, dns.resolver as resolver"),
    ("dnspython", "import_module('dns.resolver')"),
    ("dnspython", "import_module(f'dns.{name}')"),
    ("dnspython", "validate_email(address)"),
    ("dnspython", "email_validator.validate_email(address, check_deliverability=True)"),
    ("dnspython", "validate_email(\n    address,\n    dns_resolver=caching_resolver(),\n)"),
    ("dnspython", "validate_email(address, check_deliverability=False if local else True)"),
    ("dnspython", "validate_email(\n    address,  # not check_deliverability=False\n)"),
    ("dnspython", "validate_email(address, **{'check_deliverability': False})"),
    ("dnspython", "Email = Annotated[str, AfterValidator(validate_email)]"),
    ("dnspython", "map(validate_email, addresses)"),
    ("dnspython", "partial(email_validator.validate_email, check_deliverability=False)"),
    ("dnspython", "check = email_validator.validate_email"),
    ("dnspython", "getattr(email_validator, 'validate_email')(address)"),
    ("dnspython", "from email_validator import validate_email as check"),
    ("dnspython", "from email_validator.deliverability import validate_email_deliverability"),
    ("pydantic.v1", "from pydantic.v1 import BaseModel"),
    ("pydantic.v1", "from pydantic import BaseModel, v1"),
    ("pydantic.v1", "from pydantic import (\n    BaseModel,\n    v1 as old,\n)"),
    ("pydantic.v1", "importlib.import_module('pydantic.v1')"),
    ("pydantic.v1", "import pydantic as p\n\n\nclass Old(p.v1.BaseModel): ..."),
    ("pydantic.v1", "class Old:\n    @classmethod\n    def __get_validators__(cls): ..."),
    ("pydantic.experimental.pipeline", "from pydantic.experimental.pipeline import validate_as"),
    ("pydantic.experimental.pipeline", "from pydantic import (\n    experimental,\n)"),
    ("dateutil's zones and recurrences", "from dateutil import tz"),
    ("urllib3.contrib.pyopenssl", "from OpenSSL import SSL"),
    ("urllib3.contrib.pyopenssl", "import urllib3.contrib.pyopenssl"),
    ("urllib3.contrib.pyopenssl", "from urllib3.contrib import pyopenssl"),
    ("urllib3.http2.connection", "import urllib3.http2"),
    ("urllib3.http2.connection", "from urllib3 import (\n    PoolManager,\n    http2,\n)"),
    ("urllib3.http2.connection", "import urllib3\nurllib3.http2.inject_into_urllib3()"),
    ("urllib3.contrib.emscripten", "from urllib3.contrib import emscripten"),
]


@pytest.mark.parametrize(("title", "text"), ASKING)
def test_who_asks_for_it_has_it(title: str, text: str) -> None:
    asked = [name for name, part in PARTS.items() if unused.asks(text.encode(), part)]
    assert asked == [title]


@pytest.mark.parametrize(
    "text",
    [
        "validate_email(address, check_deliverability=False)",
        "validate_email(\n    address,\n    check_deliverability=False,\n    strict=True,\n)",
        "from email_validator import EmailNotValidError, validate_email",
        "import email_validator as e\ne.validate_email(address, check_deliverability=False)",
        "class A(Model):\n    @field_validator('email')\n    def validate_email(cls, value): ...",
        "from pydantic import BaseModel, EmailStr\nVERSION = 'v1'",
        "import dnsmasq\nimport mypy\nTLS = 'OpenSSL 3.0'",
        "from . import dns\nfrom .dns import resolver",
        "def answer(dns):\n    return dns.resolver  # import dns.resolver",
        "print 'import dns.resolver'",  # no Python, so that nothing imports it
    ],
)
def test_what_only_sounds_alike_asks_for_nothing(text: str) -> None:
    assert not any(unused.asks(text.encode(), part) for part in PARTS.values())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of packages, compiled."""
    files = {
        "dns/__init__.py": "",
        "dns/resolver.py": "import dns.exception",
        "dnspython-2.9.2.dist-info/METADATA": "Name: dnspython",
        "email_validator/deliverability.py": "import dns.resolver",
        "pydantic/mypy.py": "",
        "pydantic/main.py": "from pydantic.v1 import BaseModel",
        "pydantic/v1/__init__.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    bytecode.compile_all(tmp_path, "/opt")
    return tmp_path


def held(site: Path) -> set[str]:
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    compiled = {bytecode.cached(name) for name in files if name.endswith(".py")}
    assert {name for name in files if name.endswith(".pyc")} == compiled
    return files - compiled


def test_it_goes_whole_with_what_was_compiled_of_it(site: Path) -> None:
    left = unused.leave_out(site, [])
    assert left == ["dnspython", "pydantic.v1", "pydantic.mypy"]
    assert held(site) == {"email_validator/deliverability.py", "pydantic/main.py"}


@pytest.mark.parametrize("asker", ["own.py", "flanker/addresses.py", "flanker.py"])
def test_it_stays_for_the_api_and_for_other_packages(site: Path, asker: str) -> None:
    file = site / asker
    file.parent.mkdir(exist_ok=True)
    file.write_text("def mx():\n    import dns.resolver\n")
    bytecode.compile_all(site, "/opt")
    left = unused.leave_out(site, [file] if asker == "own.py" else [])
    assert left == ["pydantic.v1", "pydantic.mypy"]
    assert {"dns/__init__.py", "dns/resolver.py"} < held(site)
