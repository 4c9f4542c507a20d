"""The console in Chromium: specs of topics and tags, see `browser`."""

from suites.browser import SECONDS, TOPICS, checks, prepare  # noqa: F401

globals().update(checks(lambda stem: stem.startswith(TOPICS)))
