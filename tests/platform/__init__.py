"""What only a real deployment can show: docs/unproven-on-aws.md names each of these points.

`make verify URL=https://...` runs them, after the contract suite, on an API that runs on AWS.
With `STAGE=dev`, and credentials, it looks at the account behind it as well.
"""
