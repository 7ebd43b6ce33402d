"""What is compared: each a folder of benchmarks/peers, and this project's own payload."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools import ROOT

FOLDER = ROOT / "benchmarks/peers"
SHARED = FOLDER / "users_table.py"  # DynamoDB by a client, for those that have none of their own
BASE = "bare"  # what all others are told as ratios to


@dataclass(frozen=True)
class Peer:
    """One way to make the users API."""

    name: str
    title: str
    handler: str  # module.attribute
    made: str = "pip"  # how it is packaged: pip, chalice, npm, or as this project is
    shares: bool = True  # whether it takes SHARED

    @property
    def source(self) -> Path:
        return FOLDER / self.name

    @property
    def python(self) -> bool:
        return self.made != "npm"

    @property
    def packed_without(self) -> bool:
        """Whether its usual packaging leaves its .pyc files out."""
        return self.made in ("pip", "chalice")


PEERS = (
    Peer("bare", "bare handler, boto3 client", "app.handler"),
    Peer("powertools", "Powertools REST resolver", "app.handler"),
    Peer("fastapi", "FastAPI, Mangum", "app.handler"),
    Peer("flask", "Flask, apig-wsgi", "app.handler"),
    Peer("express", "Express, serverless-http", "app.handler", "npm", shares=False),
    Peer("chalice", "Chalice, boto3 resource", "app.app", "chalice", shares=False),
    Peer("this", "this project", "app.app", "this", shares=False),
)


def chosen(names: str) -> list[Peer]:
    """Those that are named, the base among them, in their order; all where no name is given.

    Raises LookupError for a name that is none.
    """
    wanted = {BASE, *names.replace(",", " ").split()} if names else {peer.name for peer in PEERS}
    if unknown := wanted - {peer.name for peer in PEERS}:
        raise LookupError(min(unknown))
    return [peer for peer in PEERS if peer.name in wanted]
