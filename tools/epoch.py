"""When all that is shipped was made, so that the same source makes the same bytes."""

# 2000-01-01: a zip tells local time, and its first year, 1980, may be 1979 there.
MADE = 946_684_800
