"""What is right to refuse though the OpenAPI document allows it, each with its reason.

No JSON Schema can say these rules. A feature has its own in a file of this name in its folder.
"""

# By the problem's code, its detail, or how the detail of each of its errors begins.
EXCEPTIONS = {
    "stale": "If-Match, or the member etag, names a version: no schema knows which one is stored.",
    "exists": "If-None-Match likewise.",
    "cursor_invalid": "A cursor is a text that only the page before it can give.",
    "idempotency_key_reused": "A key stands for one body: no schema knows for which.",
    "Must be an e-mail address.": "idn-email also has addresses that no mail can reach: a@b.test.",
    "Must hold a character that can be seen.": "A pattern that every parser reads has no \\p{L}.",
    "Decimal input should have no more than": (
        "How many places a number may have, a schema can say only where it is written as text."
    ),
    "Must be a number of 38 digits": "A pattern that counts digits and weighs exponents is no use.",
    "Cannot be combined with": "OpenAPI has no words for parameters that exclude each other.",
    "Give segment and segments, or neither.": "Nor for those that need each other.",
    "Must be less than segments.": "Nor for what one says of another.",
    "Only with Accept: application/x-ndjson.": "Nor for those that a media type needs.",
    "The body is not strict JSON: a number is out of range.": (
        "DynamoDB keeps nothing nearer to 0 than 1E-130, and a schema has no hole around 0."
    ),
}
