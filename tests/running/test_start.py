"""Starting: `make run`, plain `chalice local`, a taken port, the real AWS."""

import http.server
import json
import socket
from threading import Thread
from typing import ClassVar

import requests

from tests.running.clone import ADA, Clone, Server, until


def test_make_run_serves_and_the_next_one_finds_the_data(clone: Clone) -> None:
    server = clone.make().serving()
    assert server.post(**ADA).status_code == 201
    aws = clone.aws()["url"]
    assert f"Local AWS: {aws}" in server.output
    assert "AUTH=none" in server.output
    assert "Installing" not in server.output

    server.ctrl_c()
    server.wait()
    until(clone.ended)
    assert "Traceback" not in server.output

    again = clone.make().serving()
    assert again.names() == ["Ada"]
    assert again.post(**ADA).json()["code"] == "id_taken"


def test_plain_chalice_local_is_the_local_stage_with_its_own_aws(clone: Clone) -> None:
    server = clone.chalice().serving()
    assert server.post(**ADA).status_code == 201
    answer = requests.get(
        f"{server.url}/users", headers={"Origin": "http://localhost:5173"}, timeout=10
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"

    server.process.terminate()  # Chalice's parent tells its worker nothing
    server.wait()
    until(clone.ended)


def test_a_taken_port_is_one_line(clone: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        made = Server(clone, ["make", "run", f"PORT={port}"], port)
        assert made.wait() != 0
        lines = [line for line in made.output.splitlines() if not line.startswith("make")]
        assert len(lines) == 1
        assert f"Port {port} " in lines[0]
        assert f"make run PORT={port + 1}" in lines[0]

        plain = Server(clone, [".venv/bin/chalice", "local", "--port", str(port)], port)
        plain.wait()
        assert plain.output.splitlines() == lines
    until(clone.ended)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Stands where AWS would, and refuses everything."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((body["TableName"], self.headers["Authorization"]))
        self.send_response(400)
        self.end_headers()
        self.wfile.write(b'{"__type": "com.amazonaws#AccessDeniedException"}')

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_local_aws_off_serves_the_real_tables_of_the_stage(clone: Clone) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as aws:
        Thread(target=aws.serve_forever, daemon=True).start()
        server = clone.chalice(
            "--no-autoreload",
            LOCAL_AWS="off",
            AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{aws.server_port}",
            AWS_PROFILE="",  # unset
            AWS_ACCESS_KEY_ID="mine",
            AWS_SECRET_ACCESS_KEY="mine",
            AWS_DEFAULT_REGION="eu-west-1",
            NO_PROXY="127.0.0.1",
        ).serving()
        assert "tables of stage dev" in server.output
        assert server.get("/users").json()["code"] == "unavailable"
        aws.shutdown()
    (table, authorization) = Recorder.seen[0]
    assert table == "users-api-dev-users"
    assert "Credential=mine/" in authorization
    assert "/eu-west-1/dynamodb/" in authorization
    assert not (clone.folder / ".local/aws.json").exists()
