"""An image in which processes can be started as Lambda starts them."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.images.store import Store

# Lambda's user is an ordinary one, too: files must be readable for all, and only /tmp is writable.
USER, GROUP = "993", "990"
# When standard input ends, the command is killed. What sh starts in the background gets none of
# its own: hence 3.
KEEPER = """exec 3<&0
"$@" 3<&- </dev/null & child=$!
{ cat <&3 >/dev/null; kill -KILL $child; } 2>/dev/null & keeper=$!
wait $child; code=$?
kill $keeper 2>/dev/null
exit $code"""
# The first process of a PID namespace: with it all of them end. It stays root, since who changes
# the user is no longer killed with its parent.
INSIDE = """root=$1 writable=$2; shift 2
mount --rbind /dev "$root/dev" && mount --bind "$writable" "$root/tmp" || exit 125
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc" || exit 125
"$@"
exit $?"""
NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child")


class Container:
    """One copy of an image's files, for any number of processes, which cannot change it."""

    def __init__(self, store: Store, image: str, handler: Sequence[str] = ()) -> None:
        """`handler` takes the place of the image's own CMD."""
        config = store.settings(image)
        self._entry = [*config.get("Entrypoint", []), *(handler or config.get("Cmd", []))]
        self._environment = dict(pair.split("=", 1) for pair in config.get("Env", []))
        self._folder = config.get("WorkingDir") or "/"
        self._store = store
        self.name = store.buildah("from", "--pull-never", image)
        # With vfs a mounted container is a folder as any other.
        self.root = Path(store.inside("buildah", "mount", self.name))
        store.inside("mkdir", "-p", *(f"{self.root}/{name}" for name in ("dev", "proc", "tmp")))

    def command(self, variables: Mapping[str, str], writable: Path) -> Sequence[str]:
        """A command line that starts the entry point, with `writable` as its /tmp.

        The network is this machine's. It ends when its standard input does.
        """
        given = {**self._environment, **variables}
        start = ["env", "-i", *("=".join(pair) for pair in given.items())]
        start += [str(shutil.which("unshare")), "--root", str(self.root), "--wd", self._folder]
        start += ["--setgid", GROUP, "--setuid", USER, "--", *self._entry]
        mounted = [*NAMESPACES, "sh", "-c", INSIDE, "sh", str(self.root), str(writable), *start]
        return [*self._store.namespace, "sh", "-c", KEEPER, "sh", *mounted]

    def remove(self) -> None:
        self._store.buildah("rm", self.name)
