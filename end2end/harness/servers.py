"""Starting, watching and ending the two brokers: Millrace's release binary and Apache Kafka."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from . import install, wire
from .paths import MILLRACE

PASSWORD = "correct horse battery staple 9"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    """A port free on loopback now, outside the range the kernel gives to outgoing connections."""
    low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(200):
        port = 20_000 + int.from_bytes(os.urandom(2), "big") % max(1, min(low, 32_000) - 20_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port found")


class Process:
    """A broker process with its data directory, log file and counters."""

    def __init__(self, name, data_dir=None):
        self.name = name
        self.owns_dir = data_dir is None
        self.home = pathlib.Path(tempfile.mkdtemp(prefix=f"e2e-{name}-")) if data_dir is None else pathlib.Path(data_dir)
        self.log = self.home.parent / f"{self.home.name}.log"
        self.process = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *_):
        self.remove()

    def spawn(self, command, environment):
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def wait_until(self, ready, seconds):
        """Calls `ready()` until it is true; raises with the log's end when the process ends or time is up."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            try:
                if ready():
                    return
            except (OSError, AssertionError, urllib.error.URLError):
                pass
            time.sleep(0.005)
        raise RuntimeError(f"{self.name} not ready after {seconds} s:\n{self.tail()}")

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def stop(self, seconds=60):
        """Asks the process to end and returns its exit code."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise RuntimeError(f"{self.name} did not stop within {seconds} s") from None
        return self.process.returncode if self.process else None

    def kill(self):
        """kill -9."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def remove(self):
        self.kill()
        if self.owns_dir:
            shutil.rmtree(self.home, ignore_errors=True)
            self.log.unlink(missing_ok=True)

    def cpu_seconds(self):
        """User plus system time of the process so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mib(self):
        """(resident now, resident at most) in MiB."""
        rows = dict(row.split(":", 1) for row in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        return tuple(round(int(rows[key].split()[0]) / 1024, 1) for key in ("VmRSS", "VmHWM"))


class Millrace(Process):
    """The product's release binary."""

    def __init__(self, data_dir=None, kafka_port=None, console_port=None, arguments=(), environment=None, password=PASSWORD):
        super().__init__("millrace", data_dir)
        self.kafka_port, self.console_port = kafka_port or free_port(), console_port or free_port()
        self.arguments, self.extra, self.password = list(arguments), environment or {}, password
        self.start_seconds = None

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.console_port}"

    def command(self):
        return [str(MILLRACE), "--data-dir", str(self.home), "--console-listen", f"127.0.0.1:{self.console_port}",
                "--kafka-listen", self.bootstrap, *self.arguments]

    def environment(self):
        chosen = {"MILLRACE_ADMIN_PASSWORD": self.password} if self.password else {}
        return {**os.environ, **chosen, **self.extra}

    def start(self, seconds=60):
        """Starts and waits until both ports answer; `start_seconds` is the time from exec until then."""
        began = time.monotonic()
        self.spawn(self.command(), self.environment())
        self.wait_until(self.ready, seconds)
        self.wait_until(lambda: wire.api_versions(self.bootstrap), seconds)
        self.start_seconds = time.monotonic() - began
        return self

    def ready(self):
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
            return answer.status == 200


class Kafka(Process):
    """Apache Kafka of one release, one node, default configuration, 1 GB heap."""

    JVM = ("-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent",
           "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")

    def __init__(self, version=install.KAFKA_NEWEST, heap="1g", settings=None):
        super().__init__("kafka")
        self.version, self.heap, self.settings = version, heap, settings or {}
        self.kafka_port, self.controller_port = free_port(), free_port()
        self.url = None

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.kafka_port}"

    def start(self, seconds=90):
        jars, config = install.kafka_jars(self.version), self.home / "server.properties"
        values = {
            "process.roles": "broker,controller", "node.id": 1, "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER", "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.home / "logs", "offsets.topic.replication.factor": 1, "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1, "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1, "group.initial.rebalance.delay.ms": 0, **self.settings,
        }
        if not config.exists():
            config.write_text("".join(f"{k}={v}\n" for k, v in values.items()))
            subprocess.run(["java", "-cp", jars, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(config)],
                           check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        self.spawn(["java", f"-Xmx{self.heap}", f"-Xms{self.heap}", *self.JVM, "-cp", jars, "kafka.Kafka", str(config)], dict(os.environ))
        self.wait_until(lambda: wire.api_versions(self.bootstrap, 3), seconds)
        return self
