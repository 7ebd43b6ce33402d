"""`form`: the form of each target, for an address that has sent nothing yet."""

import pytest

from tests.contact.client import ADDRESS, Form
from tests.targets import Target


@pytest.fixture
def form(target: Target) -> Form:
    if target.client is not None:
        target.clear("claims", "pk")
    return Form(target)


@pytest.fixture
def mailing(form: Form) -> Form:
    """The same, where SES takes mail from the address of stage local."""
    client = form.target.aws("sesv2")
    names = [one["IdentityName"] for one in client.list_email_identities()["EmailIdentities"]]
    if ADDRESS not in names:
        client.create_email_identity(EmailIdentity=ADDRESS)
    return form
