"""A local run draws charts, and its links lead to them."""

import requests

from tests.running.clone import Clone

CHART = {"type": "bar", "labels": ["a", "b"], "datasets": [{"data": [1, 2]}]}


def test_a_chart_of_a_local_run_is_seen(clone: Clone) -> None:
    server = clone.make().serving()
    for form, start in (("png", b"\x89PNG\r\n"), ("svg", b"<svg ")):
        made = requests.post(f"{server.url}/charts", json=CHART | {"format": form}, timeout=30)
        assert made.status_code == 201, server.output
        image = requests.get(server.url + made.headers["Location"], timeout=30)
        assert [answer.status_code for answer in (*image.history, image)] == [302, 200], image.text
        assert image.content.startswith(start)
