"""The smallest greedy route: it says what it was asked."""

from chalicekit.endpoint import Call, Routes

routes = Routes(__name__, public=True)


@routes.any("/welcome")
@routes.any("/welcome/{proxy+}")
def welcome(call: Call) -> dict[str, str]:
    """Answer the method, the path, and the part of it that is below /welcome.

    Both are as they were sent, percent-encoded: split at "/" before you decode a part.
    """
    return {"method": call.method, "path": call.path, "proxy": call.proxy}
