"""Container images in tests: a base, a store, a Runtime API, and what stands before it.

    def test_something(store: Store) -> None:              # tests/conftest.py
        store.buildah("bud", "--tag", "mine", "folder")    # FROM the Dockerfile's BASE works
        subprocess.run([...], env=os.environ | store.environment)  # any command that starts buildah

Real base images are out of reach of most machines that run tests, so the base is a stand-in made
of the Python that runs them (standin.py); `BASE_IMAGE=public.ecr.aws/lambda/python:3.11` takes the
real one instead. Where buildah is missing these tests are dropped with a line that says what to
install; with CI=true they fail.
"""
