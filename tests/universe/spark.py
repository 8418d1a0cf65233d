"""Whether Spark can run here, and a real cluster of one master and two workers on this computer."""

import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

JAVA_MIN = 17


def absent() -> str:
    """Why Spark cannot run here; empty if it can."""
    java = shutil.which("java") or shutil.which("java", path=f"{os.environ.get('JAVA_HOME', '')}/bin")
    if java is None:
        return "Java is not installed"
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed (requirements/spark.txt)"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60).stderr
    version = told.split('"')[1].split(".")[0] if '"' in told else "0"
    return (
        "" if version.isdigit() and int(version) >= JAVA_MIN else f"Java {version} is older than {JAVA_MIN}"
    )


@contextmanager
def cluster(folder: Path) -> Iterator["Cluster"]:
    """A standalone master and two workers of one core and 512 MB each, on loopback, ended by pid."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = Cluster(f"spark://127.0.0.1:{port}", folder)
    try:
        started.run("master.Master", "--port", str(port))
        for number in (1, 2):
            work = ["--cores", "1", "--memory", "512m", "--work-dir", str(folder / f"work{number}")]
            started.run("worker.Worker", *work, started.address)
        yield started
    finally:
        started.stop()


class Cluster:
    """The processes of a cluster: the master first, then the workers."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self.processes: list[subprocess.Popen[bytes]] = []
        conf = folder / "conf"
        conf.mkdir()
        defaults = {"spark.executor.memory": "512m", "spark.executor.cores": "1", "spark.cores.max": "2"}
        lines = [f"{name} {value}\n" for name, value in defaults.items()]
        (conf / "spark-defaults.conf").write_text("".join(lines))
        self.conf = conf

    def run(self, name: str, *arguments: str) -> None:
        import pyspark  # noqa: TID251 for its programs only

        home = Path(pyspark.__file__).parent
        told = os.environ | {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_HOME": str(home),
        }
        command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}"]
        options = ["--host", "127.0.0.1", "--webui-port", "0", *arguments]
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            self.processes.append(subprocess.Popen([*command, *options], env=told, stdout=log, stderr=log))

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=20)
