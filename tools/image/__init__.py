"""`make image`: the API as a container image, built alike by Docker, podman and buildah."""
