"""Chalice's own command line, with these sites mounted beside the app's own routes.

python -m tests.mounted.serve local --stage local --no-autoreload --port 8001
"""

from typing import Any

from chalice.app import Chalice
from chalice.cli import main
from chalice.cli.factory import CLIFactory

_load = CLIFactory.load_chalice_app


def load_with_sites(self: CLIFactory, *args: Any, **kwargs: Any) -> Chalice:
    app = _load(self, *args, **kwargs)
    # Imported here: Chalice puts vendor/ on the path only when it loads the app.
    from tests.mounted import sites

    sites.mount(app)
    return app


if __name__ == "__main__":
    CLIFactory.load_chalice_app = load_with_sites  # type: ignore[method-assign]  # no other way in
    main()
