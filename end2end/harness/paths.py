"""Where things lie."""

import pathlib

E2E = pathlib.Path(__file__).resolve().parent.parent
ROOT = E2E.parent
CACHE = E2E / ".cache"
REPORT = E2E / "report"
MILLRACE = ROOT / "target" / "release" / "millrace"
