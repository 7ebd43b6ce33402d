"""This API: one module a resource or feature; none imports another."""
