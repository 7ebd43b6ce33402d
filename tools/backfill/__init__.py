"""Mend what an older version, a hand or a restored table left behind: `make backfill STAGE=`.

__main__     the command
environment  where the tables of a stage are
run          all tables, segment by segment
items        one item: its claims, index keys, defaults and revision
claims       one claim: freed where its item is gone, or holds another value
scan         a segment of a table, its pace, and patience with a busy DynamoDB
checkpoint   how far it got, for the next run; what it did and found
report       that, in lines
"""

from tools import kit

kit.on_path()
