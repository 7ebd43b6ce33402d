"""What frontends are given: the examples against a live API, and what `make client` writes."""
