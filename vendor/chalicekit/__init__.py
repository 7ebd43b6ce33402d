"""What every API of a team shares: typed views, the HTTP contract, DynamoDB tables.

Chalice packs `vendor/` into the Lambda layer, which is why this package lives there.
"""

from . import ahead

ahead.begin()  # before anything else is imported
