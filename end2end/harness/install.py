"""Installs what the suites need, each thing once, into `.cache` (or by apt when root)."""

import fcntl
import functools
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

from .paths import CACHE, E2E, REPORT

#: Versions of Apache Kafka whose tools and Java client are tried, and the one the benchmark compares with.
KAFKA_VERSIONS = ("2.7.2", "3.9.2", "4.3.1")
KAFKA_NEWEST = KAFKA_VERSIONS[-1]

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>millrace.end2end</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
{}</dependencies></project>
"""
DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>\n"


class Missing(Exception):
    """A tool that cannot be had here; its suites are skipped, which under CI is a failure."""


class Broken(Exception):
    """Our own sources do not compile: never a reason to skip."""


_WITHIN = threading.RLock()
_depth = 0


def alone(install):
    """One install at a time, also among suites that run beside each other: two would trip over each other."""
    @functools.wraps(install)
    def locked(*arguments, **options):
        global _depth
        with _WITHIN:
            CACHE.mkdir(parents=True, exist_ok=True)
            with (CACHE / "lock").open("w") as lock:
                # What an install needs itself is had under the same lock.
                if _depth == 0:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                _depth += 1
                try:
                    return install(*arguments, **options)
                finally:
                    _depth -= 1
    return locked


def build(command, what, **options):
    """Compiles sources of ours, with everything they need already there."""
    run(command, what, tries=1, trouble=Broken, **options)


def run(command, what, tries=3, trouble=Missing, **options):
    """Runs an install step, a few times because registries have bad moments; its output goes to the report folder."""
    REPORT.mkdir(parents=True, exist_ok=True)
    log = REPORT / "install.log"
    for attempt in range(1, tries + 1):
        with log.open("ab") as out:
            out.write(f"\n== {what}, try {attempt}: {command}\n".encode())
            out.flush()
            try:
                done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=1200, **options)
                if done.returncode == 0:
                    return
            except (OSError, subprocess.TimeoutExpired) as error:
                out.write(f"{error}\n".encode())
        if attempt < tries:
            time.sleep(3 * attempt)
    tail = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise trouble(f"{what}: {' '.join(tail)[:300]} (see end2end/report/install.log)")


def stamp(path, text):
    """True when `path` already records `text`; call `path.write_text(text)` once the work is done."""
    return path.exists() and path.read_text() == text


@alone
def apt(*packages, commands=()):
    """Debian packages; nothing is done when every one of `commands` is there (or the packages, if none is named)."""
    if commands and all(shutil.which(c) for c in commands):
        return
    have = subprocess.run(["dpkg-query", "-W", "-f=${Status}\n", *packages], capture_output=True, text=True)
    if not commands and have.stdout.count("install ok installed") == len(packages):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"needs {' '.join(packages)}, and only root may install packages")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "update", "-q"], "apt-get update", env=environment)
    run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], f"apt {' '.join(packages)}", env=environment)


@alone
def python():
    """A virtual environment with the pinned Python clients; returns its interpreter."""
    venv, wanted = CACHE / "venv", (E2E / "requirements.txt").read_text()
    if not stamp(venv / "stamp", wanted):
        if shutil.which("apt-get") and not _has_venv():
            apt("python3-venv")
        run(["python3", "-m", "venv", "--clear", str(venv)], "python venv")
        run([str(venv / "bin/pip"), "install", "-q", "--disable-pip-version-check", "-r", str(E2E / "requirements.txt")], "pip install")
        (venv / "stamp").write_text(wanted)
    return str(venv / "bin/python")


def _has_venv():
    return subprocess.run(["python3", "-c", "import ensurepip, venv"], capture_output=True).returncode == 0


@alone
def node():
    """Node with the locked packages."""
    apt("nodejs", "npm", commands=("node", "npm"))
    wanted = hashlib.sha256((E2E / "package-lock.json").read_bytes()).hexdigest()
    mark = E2E / "node_modules" / "stamp"
    if not stamp(mark, wanted):
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci", cwd=E2E)
        mark.write_text(wanted)


@alone
def chromium():
    """Debian's Chromium and a font for Chinese; returns the browser's path."""
    apt("chromium", commands=("chromium",))
    apt("fontconfig", commands=("fc-list",))
    if not subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout:
        apt("fonts-noto-cjk")
    return shutil.which("chromium")


@alone
def faketime():
    """The library that gives a process another time of day; returns its path."""
    library = pathlib.Path(f"/usr/lib/{os.uname().machine}-linux-gnu/faketime/libfaketime.so.1")
    if not library.exists():
        apt("libfaketime")
    return str(library)


@alone
def kcat():
    apt("kcat", commands=("kcat",))
    return shutil.which("kcat")


@alone
def go_modules():
    """Go with the locked modules."""
    apt("golang-go", commands=("go",))
    run(["go", "mod", "download"], "Go modules", cwd=E2E / "go")


@alone
def go_binary(name):
    """Builds `go/<name>` and returns the binary."""
    go_modules()
    binary = CACHE / "bin" / f"go-{name}"
    build(["go", "build", "-o", str(binary), f"./{name}"], f"go build {name}", cwd=E2E / "go")
    return str(binary)


@alone
def rust_binary(name):
    """Builds a binary of the `rust/` workspace and returns it."""
    apt("gcc", "g++", "make", "zlib1g-dev", commands=("gcc", "g++", "make"))
    run(["cargo", "fetch", "--locked"], "crates", cwd=E2E / "rust")
    build(["cargo", "build", "--release", "--locked", "--quiet", "--bin", name], f"cargo build {name}", cwd=E2E / "rust")
    return str(E2E / "rust" / "target" / "release" / name)


@alone
def kafka_jars(version):
    """The class path of one Apache Kafka release, broker and tools, from its Maven artefacts."""
    home = CACHE / f"kafka-{version}"
    if not (home / "complete").exists():
        apt("maven", "default-jdk-headless", commands=("mvn", "javac"))
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        rows = [("org.apache.kafka", "kafka_2.13", version), ("org.apache.kafka", "kafka-tools", version), ("org.slf4j", "slf4j-simple", "1.7.36")]
        (home / "pom.xml").write_text(POM.format("".join(DEPENDENCY.format(*row) for row in rows)))
        run(["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={home}/jars"], f"Apache Kafka {version}", cwd=home)
        for jar in (home / "jars").glob("slf4j-*"):
            if "1.7.36" not in jar.name and not jar.name.startswith("slf4j-api"):
                jar.unlink()
        (home / "complete").write_text(version)
    return str(home / "jars" / "*")


@alone
def java_classes(version):
    """Compiles the tools driver against one release; returns the class path to run it with."""
    jars, out = kafka_jars(version), CACHE / f"java-{version}"
    sources = sorted((E2E / "java").glob("*.java"))
    wanted = hashlib.sha256(b"".join(s.read_bytes() for s in sources)).hexdigest()
    if not stamp(out / "stamp", wanted):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        build(["javac", "-nowarn", "-cp", jars, "-d", str(out), *map(str, sources)], f"javac against {version}")
        (out / "stamp").write_text(wanted)
    return f"{out}:{jars}"


@alone
def librdkafka():
    """librdkafka built from the source that the pinned `rdkafka-sys` crate carries; returns its `src` folder."""
    apt("gcc", "g++", "make", "zlib1g-dev", commands=("gcc", "g++", "make"))
    run(["cargo", "fetch", "--locked"], "cargo fetch", cwd=E2E / "rust")
    listed = subprocess.run(["cargo", "metadata", "--locked", "--format-version=1", "--quiet"], cwd=E2E / "rust", capture_output=True, text=True, check=True)
    package = next(p for p in json.loads(listed.stdout)["packages"] if p["name"] == "rdkafka-sys")
    home = CACHE / f"librdkafka-{package['version'].split('+')[-1]}"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(pathlib.Path(package["manifest_path"]).parent / "librdkafka", home)
        run(["./configure", "--disable-ssl", "--disable-gssapi", "--disable-curl", "--disable-zstd"], "configure librdkafka", tries=1, cwd=home)
        run(["make", "-j2", "-C", "src", "librdkafka.a"], "make librdkafka", tries=1, cwd=home)
        (home / "complete").write_text("yes")
    return home / "src"


@alone
def load_client():
    """The benchmark's load generator; returns the binary."""
    library, source = librdkafka(), E2E / "bench" / "load.c"
    binary = CACHE / "bin" / "load"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        binary.parent.mkdir(parents=True, exist_ok=True)
        build(["gcc", "-O2", "-Wall", "-o", str(binary), str(source), "-I", str(library), str(library / "librdkafka.a"),
             "-lz", "-lpthread", "-lm", "-ldl", "-lrt"], "cc load.c")
    return str(binary)
