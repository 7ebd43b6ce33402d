"""`make bench`: this API and what else it could have been made of, on the same work."""
