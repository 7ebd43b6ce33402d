"""What is mounted in these tests, and where."""

from functools import cache

from chalice.app import Chalice

from chalicekit.api import complete
from chalicekit.endpoint import Routes
from chalicelib.mounts import greet

routes = Routes(__name__)


routes.mount("/flask", "tests.mounted.flask_site:app", public=True)
routes.mount("/django", "tests.mounted.django_site:create()", public=True)
routes.mount("/plain", greet, public=True)


@cache  # A blueprint registered twice turns POST into GET (chalice 1.34).
def mount(app: Chalice) -> None:
    app.register_blueprint(routes)
    complete(app)
