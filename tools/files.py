"""Files that are written whole or not at all: a full disk or kill -9 leaves the one before."""

from __future__ import annotations

from pathlib import Path


def replace(file: Path, text: str) -> None:
    """Write the file anew. Raises OSError, and then nothing has changed."""
    draft = file.with_name(f".{file.name}.new")
    try:
        draft.write_text(text)
        draft.replace(file)
    except BaseException:  # Ctrl-C, too: no draft is left behind
        draft.unlink(missing_ok=True)
        raise
