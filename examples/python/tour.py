"""What a program does with the API, step by step, by requests: `python examples/python/tour.py`.

URL=http://127.0.0.1:8000 and TOKEN= say where, and as whom. It deletes what it makes.
"""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

Json = dict[str, Any]

URL = os.environ.get("URL", "http://127.0.0.1:8000")
TOKEN = os.environ.get("TOKEN")
RUN = uuid.uuid4().hex[:8]  # so that it may run twice at once
SECONDS = 35  # the API has answered by then, or its gateway has


def session() -> requests.Session:
    """A session that sends again what did not come through, and waits as long as it is told."""
    retries = Retry(
        total=3,
        backoff_factor=0.25,
        backoff_jitter=0.25,
        retry_after_max=30,
        status_forcelist=(429, 502, 503, 504),
        # POST, too: each one here has an Idempotency-Key, or makes nothing.
        allowed_methods={"GET", "POST", "PUT", "PATCH", "DELETE"},
        raise_on_status=False,  # the last answer is given as any other
    )
    made = requests.Session()
    made.mount(URL, HTTPAdapter(max_retries=retries))
    if TOKEN:
        made.headers["Authorization"] = f"Bearer {TOKEN}"
    return made


api = session()


def create(name: str, key: str) -> requests.Response:
    about = {"id": f"{name.lower()}-{RUN}", "name": name}
    about["email"] = f"{name.lower()}-{RUN}@example.org"
    headers = {"Idempotency-Key": key}
    return api.post(f"{URL}/users", json=about, headers=headers, timeout=SECONDS)


def rename(user: Json, name: str) -> requests.Response:
    """Only the version that was read."""
    address, headers = f"{URL}/users/{user['id']}", {"If-Match": f'"{user["etag"]}"'}
    return api.patch(address, json={"name": name}, headers=headers, timeout=SECONDS)


def pages(**query: str | int) -> Iterator[list[Json]]:
    """One page after the other, each read when it is asked for."""
    cursor: Json = {}
    while True:
        page = done(api.get(f"{URL}/users", params={**query, **cursor}, timeout=SECONDS)).json()
        yield page["items"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def done(answer: requests.Response) -> requests.Response:
    answer.raise_for_status()
    return answer


def field_errors(problem: Json) -> dict[str, Json]:
    """The faults by JSON Pointer: `errors["/email"]["code"]`."""
    return {fault["pointer"]: fault for fault in problem.get("errors", []) if "pointer" in fault}


def told(answer: requests.Response) -> str:
    faults = sorted(f"{at} {fault['code']}" for at, fault in field_errors(answer.json()).items())
    return f"{answer.status_code}: {', '.join(faults)}"


def names(users: list[Json]) -> str:
    return ", ".join(user["name"] for user in users)


def tour() -> None:
    people = ("Ada", "Grace", "Mary", "Joan", "Lise")
    made = [done(create(name, str(uuid.uuid4()))).json() for name in people]
    print("created:", names(made))
    show_errors()
    show_pages(len(made))
    show_conflict(made[0])
    show_key()
    for name in (*people, "Hedy"):
        done(api.delete(f"{URL}/users/{name.lower()}-{RUN}", timeout=SECONDS))
    query = {"id": [user["id"] for user in made]}
    left = done(api.get(f"{URL}/users", params=query, timeout=SECONDS)).json()
    print("deleted:", len(left["items"]), "left")


def show_errors() -> None:
    wrong = {"name": "", "email": "nobody"}
    print("refused:", told(api.post(f"{URL}/users", json=wrong, timeout=SECONDS)))
    taken = {"name": "Another Ada", "email": f"ADA-{RUN}@example.org"}
    print("taken:", told(api.post(f"{URL}/users", json=taken, timeout=SECONDS)))


def show_pages(many: int) -> None:
    seen = 0
    for page in pages(sort="-created_at", limit=2):
        ours = [user for user in page if user["id"].endswith(RUN)]
        print("page:", names(ours))
        seen += len(ours)
        if seen == many:
            break  # no further page is read


def show_conflict(ada: Json) -> None:
    print("renamed:", done(rename(ada, "Ada King")).json()["name"])
    # `ada` is what was read before: somebody else's change, as far as the API can tell.
    late, own = rename(ada, "Ada Byron"), {"name": "Ada Byron"}
    if late.status_code == 412:
        current = late.json()["current"]
        for member, value in own.items():
            # Where nothing differs, an earlier try was done, and only its answer was lost.
            if current[member] != value:
                print(f"conflict: {member} is {value} here, {current[member]} there")
        print("merged:", done(rename(current, "Ada Byron King")).json()["name"])


def show_key() -> None:
    key = str(uuid.uuid4())
    for answer in (create("Hedy", key), create("Hedy", key)):
        again = "Idempotent-Replayed" in answer.headers
        name = done(answer).json()["name"]
        print("with a key:", name, "the first answer again" if again else "made")


if __name__ == "__main__":
    tour()
