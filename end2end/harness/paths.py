"""Where things lie."""

import os
import pathlib

E2E = pathlib.Path(__file__).resolve().parent.parent
ROOT = E2E.parent
CACHE = E2E / ".cache"
REPORT = E2E / "report"
#: The binary under test; another build can be named to try it.
MILLRACE = pathlib.Path(os.environ.get("MILLRACE_E2E_BINARY") or ROOT / "target" / "release" / "millrace")
