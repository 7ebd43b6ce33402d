"""What SAM makes of a template, printed as JSON: as CloudFormation does when it is deployed.

Run by .venv-ministack's Python, which has aws-sam-translator:

    .venv-ministack/bin/python tests/deploy/sam.py template.json
"""

import json
import os
import sys
from pathlib import Path

from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """Names of AWS's own policies are looked up here; the template has none."""

    def load(self) -> dict[str, str]:
        return {}


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1))
