"""One Spark session a process: started when first asked for, bounded, quiet, stopped at exit, anew in a fork."""

import atexit
import ctypes
import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from rollcall.core.errors import Invalid, TryLater

_LOGGING = Path(__file__).parent / "log4j2.properties"
# What answers mean depends on these, so they hold in a session that somebody else has started as well.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parser.escapedStringLiterals": "false",
}


class SparkMissing(Invalid):
    """The engine spark needs {what}. Install Java 17 or newer and `requirements/spark.txt`, or set ROLLCALL_ENGINE
    to duckdb."""


class SparkGone(TryLater):
    """Spark did not answer: {reason} Look whether its master {master} and its workers run, then try again."""


class _Held:
    """The session in use, and whether it is ours to stop."""

    session: Any = None
    master = ""
    # Where it sorts and shuffles what is larger than memory. It cannot go on when somebody removes that.
    spills = Path()
    is_ours = False
    number = 0


_lock = threading.RLock()


def session() -> Any:
    """The session of this process, of the master in ROLLCALL_SPARK_MASTER.

    On a platform that starts the session itself (a Databricks job), a session of its own beside that one.

    Raises:
        SparkMissing: no Java, or no PySpark.
        SparkGone: the master does not answer.
    """
    with _lock:
        if _Held.session is None or _Held.master != settings.ROLLCALL_SPARK_MASTER or not _is_alive():
            stop()
            _start()
        return _Held.session


def beside() -> Any:
    """A session of its own on the same Spark: views and functions that are made in it are not seen elsewhere."""
    made = session().newSession()
    _mean(made)
    return made


def number() -> int:
    """Grows with each session that was started: what was registered in an older one is gone."""
    return _Held.number


def java_pid() -> int:
    """The process that PySpark started for this one."""
    from pyspark import SparkContext

    return int(SparkContext._gateway.proc.pid)


@contextmanager
def answering() -> Iterator[None]:
    """A cluster that fails becomes an error that says what to do; a query that cannot be read stays a fault of ours.

    Raises:
        SparkGone
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException:
        raise
    except (Py4JError, PySparkException, ConnectionError) as error:
        raise SparkGone(reason=_first_line(error), master=settings.ROLLCALL_SPARK_MASTER) from error


def stop() -> None:
    """End the session and its Java process; the next question starts another."""
    with _lock:
        if _Held.session is not None and _Held.is_ours:
            _stop_ours()
        _Held.session = None


def _start() -> None:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise SparkMissing(what="PySpark") from None
    active = SparkSession.getActiveSession()
    _Held.is_ours = active is None
    # It would write the failed query, with what was searched for.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    _Held.session = _ours() if active is None else active.newSession()
    _Held.master = settings.ROLLCALL_SPARK_MASTER
    _Held.number += 1
    _mean(_Held.session)


def _mean(made: Any) -> None:
    for name, value in _MEANING.items():
        made.conf.set(name, value)


def _ours() -> Any:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    if not shutil.which(str(Path(os.environ.get("JAVA_HOME", ""), "bin", "java"))) and not shutil.which(
        "java"
    ):
        raise SparkMissing(what="Java")
    if _is_here(settings.ROLLCALL_SPARK_MASTER):
        # Of the workers on this computer; elsewhere it is what spark-defaults.conf says, or python3.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("rollcall")
    _Held.spills = Path(settings.ROLLCALL_SPARK_SPILLS or Path(settings.ROLLCALL_HOME, "tmp", "spark"))
    for name, value in _configuration(settings.ROLLCALL_SPARK_MASTER).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (Py4JError, PySparkRuntimeError) as error:
        _forget()
        raise SparkGone(reason=_first_line(error), master=settings.ROLLCALL_SPARK_MASTER) from None


def _configuration(master: str) -> dict[str, str]:
    """Anything else (workers' memory, keys of object stores) is told in spark-defaults.conf in SPARK_CONF_DIR."""
    _Held.spills.mkdir(parents=True, exist_ok=True)
    chosen = {
        "spark.master": master,
        "spark.driver.memory": settings.ROLLCALL_SPARK_MEMORY,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOGGING.as_uri()} -Dfile.encoding=UTF-8",
        "spark.local.dir": str(_Held.spills),
        "spark.sql.warehouse.dir": str(_Held.spills / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        # Long lists of ids are sent as columns, not as millions of small objects in the plan.
        "spark.sql.execution.arrow.localRelationThreshold": "1MB",
    }
    if _is_here(master):
        # Nobody outside of this computer has to reach the driver.
        chosen |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if master.startswith("local"):
        chosen["spark.sql.shuffle.partitions"] = "4"
    return chosen


def _is_here(master: str) -> bool:
    return master.startswith("local") or "127.0.0.1" in master


def _is_alive() -> bool:
    """Whether the Java process still answers and has its folder; of a session that is not ours its owner takes care."""
    if not _Held.is_ours:
        return True
    try:
        return _Held.spills.is_dir() and not _Held.session.sparkContext._jsc.sc().isStopped()
    except Exception:
        return False


def _stop_ours() -> None:
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    with suppress(Exception):
        _Held.session.stop()
    with suppress(Exception):
        gateway.shutdown()
    process = getattr(gateway, "proc", None)
    _forget()
    if process is not None:
        # Java ends when its standard input does.
        with suppress(OSError):
            process.stdin.close()
        with suppress(Exception):
            process.wait(timeout=20)


def _forget() -> None:
    """PySpark keeps the gateway to Java for ever; without this it would look for the Java that has ended."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = None


def _leave_to_parent() -> None:
    """In a forked child: the socket to Java is the parent's. Forget it without ever closing it, which would tell
    Java to end the parent's session."""
    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        for kept in (SparkContext._gateway, SparkContext._active_spark_context, _Held.session):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))
        _forget()
    _Held.session = None
    _lock.release()


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]


atexit.register(stop)
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_leave_to_parent)
