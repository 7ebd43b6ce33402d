"""ministack whose Lambda functions get a bare Python: the standard library, and their own layers.

Functions of PackageType Image get their image, whole: tests/images/functions.py.

Run by .venv-ministack's Python, as `tests/cloud_server.py <folder>`; started by tests/cloud.py.
Left alone it starts functions with its own Python, whose packages would hide what a layer lacks.
"""

import os
import sys
import tempfile
from pathlib import Path

# On Lambda nothing of a developer's environment is there; ministack hands all of its own on.
for name in [name for name in os.environ if name.startswith(("AWS_", "PYTHON"))]:
    del os.environ[name]
folder = Path(sys.argv.pop())
# Each function that runs is unpacked in there, and left behind where ministack is killed.
tempfile.tempdir = str(folder)

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from ministack import app  # noqa: E402  it reads the environment when it is imported
from ministack.core.lambda_runtime import Worker  # noqa: E402  see above

from tests.deploy import import_api, send_email  # noqa: E402  see above
from tests.images import functions, registry  # noqa: E402  see above

bare = folder / "python"
# -S, -s: neither the site-packages of that Python nor the user's.
bare.write_text(f'#!/bin/sh\nexec "{sys._base_executable}" -S -s "$@"\n')  # type: ignore[attr-defined]  # as venv does
bare.chmod(0o700)
sys.executable = str(bare)
# It waits 50 ms after each call for a line of the log, and most calls write none.
Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.001, 0.25)
import_api.install()
send_email.install()
registry.install()
functions.install(folder / "functions")
app.main()
