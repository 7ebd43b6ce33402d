"""An image in which processes can be started as Lambda starts them."""

import shutil
import tempfile
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
# A copy, since a mount would be left behind where this process is killed.
UNPACK = """name=$(buildah from --pull-never "$1") && files=$(buildah mount "$name") || exit 1
cp -a "$files/." "$2" && mkdir -p "$2/dev" "$2/proc" "$2/tmp" && buildah rm "$name" """
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
        self.root = Path(tempfile.mkdtemp(dir=store.folder))
        store.inside("sh", "-c", UNPACK, "sh", image, str(self.root))

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
        """Delete the files; nothing may run in them any more."""
        self._store.inside("rm", "-rf", str(self.root))
