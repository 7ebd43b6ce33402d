"""What is mounted where."""

import os

from chalicekit.api import Api, complete
from chalicelib import charts, console, contact, home, mounts, reference, users, welcome

app = Api(app_name=os.environ.get("APP_NAME", "api"))  # the name stands in .chalice/config.json

app.register_blueprint(charts.routes)
app.register_blueprint(console.routes)
app.register_blueprint(contact.routes)
app.register_blueprint(mounts.routes)
app.register_blueprint(reference.routes)
app.register_blueprint(users.routes)
app.register_blueprint(welcome.routes)
app.register_blueprint(home.routes)

complete(app)  # last: CORS, problems, request ids and the log, on every answer

if "AWS_CHALICE_CLI_MODE" in os.environ:  # `chalice local`, never Lambda
    from tools.local import local

    local.prepare()
