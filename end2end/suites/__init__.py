"""The suites, one module each; see `harness/suite.py` for what a suite is."""

#: In the order they run: cheap and telling first.
NAMES = (
    "kcat",
    "python-clients",
)
