"""Calls a handler, and says where its instructions go: to be run by valgrind's cachegrind.

    valgrind ... --cachegrind-out-file=FOLDER/%p python -S marks.py EVENT

Where one part of the program ends and another begins, a child is forked that ends at once: what is
written of it is all that was counted until then. Prints a list of JSON for each: what was done, the
part that did it, the child, and how many calls were watched meanwhile.
"""

# Nothing else yet: what is imported here is not counted as the handler's.
import os
import sys

WARMING, REQUESTS = 16, 10  # Python adapts its code to what it has run eight times
LIBRARY = "Python's library"
IMPORTED = {
    "botocore": "botocore jmespath dateutil six certifi",
    "urllib3, http": "urllib3 http email ssl socket",
    "pydantic": "pydantic pydantic_core annotated_types typing_extensions typing_inspection",
    "chalice": "chalice",
    "the kit": "chalicekit",
    "the API": "app chalicelib",
}
PARTS = {name: part for part, names in IMPORTED.items() for name in names.split()}


class Marks:
    """Which part runs: the last one entered that has not been left; and the marks between them."""

    def __init__(self) -> None:
        self.made: list[list[object]] = []
        self.begin("cold", "Python started")

    def begin(self, doing: str, part: str) -> None:
        """Do something else, by this part."""
        self.doing, self.running, self.calls = doing, [part], 0

    def mark(self, part: str) -> None:
        """What was counted since the last mark is this part's."""
        if not (child := os.fork()):
            os._exit(0)
        os.waitpid(child, 0)
        self.made.append([self.doing, part, child, self.calls])
        self.calls = 0

    def enter(self, part: str) -> None:
        if part != self.running[-1]:
            self.mark(self.running[-1])
        self.running.append(part)

    def leave(self) -> None:
        part = self.running.pop()
        if part != self.running[-1]:
            self.mark(part)


def watch_imports(marks: Marks) -> None:
    """A module that is imported belongs to its package."""
    bootstrap = vars(sys.modules["_frozen_importlib"])
    load = bootstrap["_find_and_load"]  # private: no other hook knows what finding it takes

    def loaded(name, import_):  # type: ignore[no-untyped-def]  # Python's own have none
        marks.enter(PARTS.get(name.partition(".")[0], LIBRARY))
        try:
            module = load(name, import_)
        finally:
            marks.leave()
        if name == "botocore.session":
            watch_clients(marks, module.Session)
        return module

    bootstrap["_find_and_load"] = loaded


def watch_clients(marks: Marks, session):  # type: ignore[no-untyped-def]  # botocore's has no types
    """What it takes to make a client, without what is imported for it."""
    make = session.create_client

    def made(*args: object, **named: object) -> object:
        marks.enter("the client made")
        try:
            return make(*args, **named)
        finally:
            marks.leave()

    session.create_client = made


def watch_calls(marks: Marks) -> None:
    """A function belongs to its package; one of Python's library to the part that calls it."""
    known: dict[str, str] = {}

    def part(file: str) -> str:
        if file not in known:
            names = file.removesuffix(".py").split("/")
            known[file] = next((PARTS[name] for name in names if name in PARTS), "")
        return known[file]

    def called(frame, what: str, _: object) -> None:  # type: ignore[no-untyped-def]  # as above
        marks.calls += 1
        if what == "call":
            marks.enter(part(frame.f_code.co_filename) or marks.running[-1])
        elif what == "return" and len(marks.running) > 1:
            marks.leave()

    sys.setprofile(called)


def main() -> None:
    marks = Marks()
    marks.mark("Python started")
    for _ in range(3):
        marks.mark("a mark")
    import json  # the handler wants it, too

    watch_imports(marks)
    marks.begin("cold", "the API")
    from app import app

    if call := sys.modules.get("chalicekit.call"):  # counting slows a hundred times
        vars(call)["PATIENCE"] = 600
    marks.mark("the API")
    marks.begin("cold", "the first request")
    event = json.loads(sys.argv[1])
    assert app(dict(event), None)["statusCode"] == 200
    marks.mark("the first request")
    warm(marks, lambda: app(dict(event), None))
    for line in marks.made:
        print(json.dumps(line))


def warm(marks: Marks, ask) -> None:  # type: ignore[no-untyped-def]  # typing would be imported
    """Some requests as they are, and one whose calls are watched."""
    for doing, times in (("warming", WARMING), ("plain", REQUESTS)):
        marks.begin(doing, doing)
        for _ in range(times):
            ask()
        marks.mark(doing)
    marks.begin("warm", "Lambda's loop")
    watch_calls(marks)
    ask()
    sys.setprofile(None)
    marks.mark("Lambda's loop")


main()
