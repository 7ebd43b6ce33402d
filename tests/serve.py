"""Chalice's own command line, with the wares resource mounted beside the app's own.

python -m tests.serve local --stage local --no-autoreload --port 8001
"""

from typing import Any

from chalice.app import Chalice
from chalice.cli import main
from chalice.cli.factory import CLIFactory

_load = CLIFactory.load_chalice_app


def load_with_wares(self: CLIFactory, *args: Any, **kwargs: Any) -> Chalice:
    app = _load(self, *args, **kwargs)
    # Imported here: Chalice puts vendor/ on the path only when it loads the app.
    from tests import wares

    wares.mount(app)
    return app


if __name__ == "__main__":
    CLIFactory.load_chalice_app = load_with_wares  # type: ignore[method-assign]  # no other way in
    main()
