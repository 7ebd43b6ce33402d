"""The OpenAPI document as a file, for who has no running API, and what it promises to clients."""
