"""The console in Chromium, by journeys: one for each thing a person does, with and without JavaScript; axe on every page."""

import os

from harness import install
from harness.paths import E2E, MILLRACE, REPORT
from harness.suite import lines

SECONDS = 420


def prepare():
    install.node()
    install.chromium()


def check_journeys(world):
    environment = dict(os.environ, E2E_URL=world.server.url, E2E_BOOTSTRAP=world.bootstrap, E2E_PASSWORD=world.server.password,
                       E2E_CHROMIUM=install.chromium(), E2E_MILLRACE=str(MILLRACE))
    only = [os.environ["MILLRACE_E2E_JOURNEY"]] if os.environ.get("MILLRACE_E2E_JOURNEY") else []
    lines(["node", E2E / "journeys" / "run.mjs", REPORT / "journeys", *only], env=environment)
