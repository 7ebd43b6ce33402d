"""What tests/fuzz lets pass: how the members of a description must be to each other."""

EXCEPTIONS = {
    "Too short: ": "There are as many labels as values, and some of both.",
    "Too long: ": "Likewise; and each type has a most of its own.",
    "Must be a number or null.": "The type says whether values or points are drawn.",
    "Must be a point of x and y.": "Likewise.",
    "Must not be below 0 in a pie.": "Only a pie minds.",
    "Must hold a value above 0 in a pie.": "Likewise.",
}
