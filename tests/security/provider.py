"""A real OpenID Connect provider, in a process of its own: see provider.mjs.

with provider(tmp_path) as running:
    token = running.token("users:read")
    running.rotate("ES256", "EdDSA")
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.engines import ROOT, free_port
from tests.issuing import AUDIENCE
from tests.targets import direct_session

SCRIPT = Path(__file__).with_name("provider.mjs")


class Provider:
    """The process; `kill` ends it as a power cut would, `start` begins it anew with new keys."""

    def __init__(self, log: Path, page: str = "") -> None:
        self._log, self._port, self._page = log, free_port(), page
        self._process: subprocess.Popen[str] | None = None
        self._session = direct_session()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a stage sets that takes its tokens."""
        return {"AUTH": "", "AUTH_ISSUER": self.url, "AUTH_AUDIENCE": AUDIENCE}

    def start(self) -> None:
        path = os.pathsep.join([os.environ["PATH"], str(ROOT / ".venv/bin")])  # npm's own node
        node = shutil.which("node", path=path)
        assert node, "node is missing: make install brings it where npm is missing, too"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [node, str(SCRIPT), str(self._port), AUDIENCE, self._page],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._until_ready()

    def rotate(self, *algorithms: str) -> None:
        """Have other keys, of these algorithms; the first signs."""
        assert self._process
        assert self._process.stdin
        print(*algorithms, file=self._process.stdin, flush=True)
        self._until_ready()

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def token(self, scope: str) -> str:
        """A token of a client that is a program (RFC 6749, section 4.4)."""
        answer: requests.Response = self._session.post(
            f"{self.url}/token",
            data={"grant_type": "client_credentials", "scope": scope, "resource": AUDIENCE},
            auth=("machine", "of%20the%20tests"),
            timeout=20,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def _until_ready(self) -> None:
        assert self._process
        assert self._process.stdout
        said = iter(self._process.stdout.readline, "")  # its own notices are among it
        assert "ready\n" in said, self._log.read_text()[-2000:]


@contextmanager
def provider(directory: Path, page: str = "") -> Iterator[Provider]:
    running = Provider(directory / "provider.log", page)
    running.start()
    try:
        yield running
    finally:
        running.kill()
