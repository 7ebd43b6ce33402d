"""What VIA=package and VIA=image share: a stack whose function has versions, and an alias."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from tools import ROOT
from tools.aws import Account
from tools.cloudformation import parameters, stack
from tools.deploy import alias, template
from tools.deploy import canary as canaries
from tools.deploy.signing import Signer
from tools.lines import Show
from tools.refusals import Refusal, answered
from tools.stages import Stage


@dataclass(frozen=True)
class Made:
    """A template, ready for CloudFormation."""

    template: template.Template
    address: str  # its JSON, or the URL of it
    values: dict[str, str] = field(default_factory=dict)  # of parameters, beside the stage's own


@dataclass(frozen=True)
class Release(ABC):
    """A stage, as one of the ways releases it."""

    stage: Stage
    account: Account
    root: Path = ROOT
    via: ClassVar[str]
    capabilities: ClassVar[tuple[str, ...]] = ("CAPABILITY_IAM",)  # a role is made

    @property
    @abstractmethod
    def stack(self) -> str:
        """The stack's name."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the API answers, without a slash at its end; "" where it was never whole."""

    @abstractmethod
    def make(self, folder: Path, show: Show) -> Made:
        """Build what is deployed in `folder`, and upload it. Raises Refusal, ClientError."""

    @property
    def signer(self) -> Signer | None:
        """What signs requests to the URL; None where it asks for no signature."""
        return None

    @property
    def outputs(self) -> dict[str, str]:
        """What the stack gives; nothing where there is none. Asked each time."""
        return stack.outputs(self.account.client("cloudformation"), self.stack)

    @property
    def there(self) -> bool:
        """Whether there is a stack, in whatever state."""
        return bool(stack.status_of(self.account.client("cloudformation"), self.stack))

    def live(self) -> alias.Live | None:
        """What is live now; None before the first deployment."""
        given = self.outputs
        return alias.read(self._lambda, given["APIHandlerName"]) if "Alias" in given else None

    def deploy(self, folder: Path, show: Show, canary: int = 0) -> str:
        """Make or update the stack; gives the URL. Raises Refusal, ClientError.

        `folder` is emptied, and holds what is built. `canary` is how many percent of the calls the
        new version gets, 0 for all.
        """
        formation = self.account.client("cloudformation")
        stack.check_ours(formation, self.stack, self.stage.app, self.stage.name)
        before = self._at_rest(canary, show)
        made = self.make(folder, show)
        chosen = canaries.parameters(formation, self.stack, made.template, before, canary, show)
        values = parameters.of(made.template, self.stage) | made.values | chosen
        try:
            self._apply(made.address, values, show)
            self._go_live(before, values, show)
        except Refusal as refusal:
            # After a `make rollback` CloudFormation goes back to the version that was left.
            again = self.take_back(before) if before else ""
            raise Refusal(f"{refusal} {again}".rstrip()) from None
        return self.url

    def take_back(self, before: alias.Live, broken: str = "") -> str:
        """Serve again what was live before a deployment; gives a line about it.

        "" where the same is live now: then the deployment has not made it worse. `broken` is a
        version that failed its try: it gets no part of the calls, even where it was a canary
        before.
        """
        to = replace(before, coming="")
        if broken and before.canary == broken:
            to = replace(to, canary="", weight=0.0)
        now = self.live()
        if now is None or replace(now, before=to.before) == to:
            return ""
        client, function = self._lambda, self.outputs["APIHandlerName"]
        try:
            alias.point(client, function, to)
        except ClientError as error:
            rollback = f"`make rollback STAGE={self.stage.name} VIA={self.via}`"
            return f"It is not taken back: {rollback}. {answered(error)}"
        if alias.read(client, function).coming:
            return f"Live again as soon as Lambda has it ready: {to}."
        if to.version == now.version and not to.canary:
            return f"All calls go to {to}."
        return f"Live again: {to}."

    @property
    def _lambda(self) -> Any:
        return self.account.client("lambda")

    def _at_rest(self, canary: int, show: Show) -> alias.Live | None:
        """What is live, with nothing in the way of a deployment. Raises Refusal."""
        given = self.outputs
        if "Alias" not in given:
            return None
        client, function = self._lambda, given["APIHandlerName"]
        now = alias.settled(client, function, show)
        canaries.check(self.stage, self.via, client, function, now, canary)
        if now.coming:
            # Its weights are Lambda's own, and Lambda takes no other version beside them.
            alias.point(client, function, now)
            show(f"  Version {now.coming} did not get ready and is given up.")
        return replace(now, coming="")

    def _apply(self, address: str, values: dict[str, str], show: Show) -> None:
        changed = stack.apply(
            self.account.client,
            self.stack,
            address,
            values,
            capabilities=self.capabilities,
            protected=self.stage.protected,
            show=show,
        )
        if not changed:
            show("  Nothing has changed.")

    def _go_live(self, before: alias.Live | None, values: dict[str, str], show: Show) -> None:
        """See that the alias leads where the stack says, and remember what was live before.

        `make rollback` moves the alias, and CloudFormation does not notice. Raises Refusal.
        """
        given = self.outputs
        client, function = self._lambda, given["APIHandlerName"]
        wanted = _wanted(before, given["Version"], values)
        if alias.settled(client, function, show) != wanted:
            alias.point(client, function, wanted)
        if coming := alias.settled(client, function, show).coming:
            raise Refusal(
                f"Version {coming} does not get ready for its provisioned concurrency: the log "
                f"group {given['LogGroup']} may say why."
            )
        show(f"  Live: {wanted}.")


def _wanted(before: alias.Live | None, new: str, values: dict[str, str]) -> alias.Live:
    """Where the alias is to lead, by the stack's parameters."""
    version = values["StableVersion"] or new
    former = ""
    if before:
        former = before.before if before.version == version else before.version
    if version == new:
        return alias.Live(new, before=former)
    return alias.Live(version, new, float(values["CanaryWeight"]), former)
