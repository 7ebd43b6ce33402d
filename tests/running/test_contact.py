"""A local run keeps its mails, and shows them."""

import requests

from tests.running.clone import Clone

ADA = {"name": "Ada", "email": "ada@example.org", "message": "Hello <b>"}


def test_the_mails_of_a_local_run_are_on_a_page(clone: Clone) -> None:
    server = clone.make().serving()
    assert f"Mail stays here: {server.url}/local/mails" in server.output
    assert "None yet." in server.get("/local/mails").text
    sent = requests.post(f"{server.url}/contact", json=ADA, timeout=30)
    assert sent.json() == {"status": "sent"}, server.output
    page = server.get("/local/mails").text
    assert "<h2>Message from Ada</h2>" in page
    assert "from contact@example.com to contact@example.com" in page
    assert "Ada &lt;ada@example.org&gt; wrote:\n\nHello &lt;b&gt;\n</pre>" in page
    assert server.get("/contact").status_code == 200


def test_only_a_local_run_has_such_a_page(clone: Clone) -> None:
    for module in (clone.folder / "app.py", *clone.folder.glob("chalicelib/*.py")):
        assert "/local/" not in module.read_text()
    server = clone.chalice(
        "--stage",
        "dev",
        LOCAL_AWS="off",
        AWS_PROFILE="",
        AUTH="none",
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
    ).serving()
    assert server.get("/local/mails").status_code == 404
    assert "Mail stays here" not in server.output
