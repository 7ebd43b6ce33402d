"""`form`: the form of each target, for an address that has sent nothing yet."""

from typing import Any

import pytest
from botocore.session import get_session

from chalicekit import limits
from tests.contact.client import ADDRESS, IN_PROCESS, Form, services
from tests.engines import CREDENTIALS, REGION
from tests.targets import Target


@pytest.fixture
def form(target: Target) -> Form:
    if target.client is not None:
        target.clear("claims", "pk")
    limits.reset()  # where the app is in this process; elsewhere test_times.py comes last
    return Form(target)


@pytest.fixture
def mailing(form: Form) -> Form:
    """The form of a target that has an SES."""
    client: Any = get_session().create_client(
        "sesv2",
        region_name=REGION,
        endpoint_url=None if form.target.name in IN_PROCESS else services(form.target),
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    names = [one["IdentityName"] for one in client.list_email_identities()["EmailIdentities"]]
    if ADDRESS not in names:
        client.create_email_identity(EmailIdentity=ADDRESS)
    return form
