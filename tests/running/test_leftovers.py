"""What others, or a broken disk, left in .local/ or on a port."""

import http.server
import re
import subprocess
from threading import Thread

from tests.running.clone import ADA, Clone, until


def test_files_that_cannot_be_read_stop_nothing(clone: Clone) -> None:
    local = clone.folder / ".local"
    for name in ("owners", "state"):
        (local / name).mkdir(parents=True)
    (local / "aws.json").write_text("{}")
    (local / "seen.json").write_text("[]")
    (local / "owners/.DS_Store").write_text("")
    (local / "state/dynamodb.json").write_text('{"__ministack_format__": 2, "payl')
    server = clone.make().serving()
    assert server.post(**ADA).status_code == 201
    assert "it is kept as dynamodb.json.bad." in server.output
    server.ctrl_c()
    server.wait()
    until(clone.ended)


def test_what_nobody_thought_of_is_one_line_and_leaves_nothing(clone: Clone) -> None:
    (clone.folder / ".local").mkdir()
    (clone.folder / ".local/owners").write_text("")  # a file, where the folder would be
    server = clone.chalice()
    server.wait()
    until(clone.ended)
    assert re.fullmatch("Not served: FileExistsError: .*\n", server.output), server.output


class Neighbour(http.server.BaseHTTPRequestHandler):
    """Answers as another clone's ministack does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"pid": 1, "folder": "/another/clone"}')

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_another_clones_ministack_is_not_taken_for_ours(clone: Clone) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Neighbour) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        script = (
            "from tools.local import localaws\n"
            "with localaws.lock():\n    print(localaws._launch({}))"
        )
        done = subprocess.run(
            [clone.folder / ".venv/bin/python", "-c", script.format(other.server_port)],
            cwd=clone.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        other.shutdown()
    assert done.stdout == "None\n"
    assert clone.ended()
    assert not (clone.folder / ".local/aws.json").exists()
