"""A list as lines of JSON, of a running API into a file: `make export URL=... RESOURCE=users`.

__main__  the command
walk      all segments at once
lines     the API: one answer after the other, with patience
output    the file, and how far it got: killed at any moment, the same command goes on
"""

from tools import kit

kit.on_path()  # it asks as the kit answers
