"""The product's settings, with a home folder and a database of the tests' own."""

import os
import tempfile
from pathlib import Path

HOME_OF_TESTS = Path(os.environ.get("ROLLCALL_TEST_HOME") or tempfile.mkdtemp(prefix="rollcall-test-"))
os.environ["ROLLCALL_TEST_HOME"] = os.environ["ROLLCALL_HOME"] = str(HOME_OF_TESTS)
os.environ["ROLLCALL_SECRET_KEY"] = "only-for-tests-0123456789-0123456789-0123456789"
os.environ["ROLLCALL_STATIC_FROM_SOURCE"] = "1"
os.environ["ROLLCALL_EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"
# Java translates what runs for seconds only once, and not again for speed: half of its processor time.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
for unwanted in ("ROLLCALL_DEMO", "ROLLCALL_HTTPS", "ROLLCALL_DEBUG", "ROLLCALL_FAULTS"):
    os.environ.pop(unwanted, None)
if os.environ.get("ROLLCALL_TEST_DB") == "postgres" and not os.environ.get("ROLLCALL_DATABASE_URL"):
    from tests import postgres

    os.environ["ROLLCALL_DATABASE_URL"] = postgres.start(HOME_OF_TESTS)

from rollcall.settings import *  # noqa: E402, F403

# Argon2 takes a third of a second for each person a test makes; that the product uses it is a test of its own.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# pytest captures what is logged; a stream of ours would be closed under the threads of the live server.
LOGGING = LOGGING | {"root": {"handlers": [], "level": "WARNING"}}  # noqa: F405

# Else each process of a parallel run would look for a file of its own: our engine is not Django's by name.
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # noqa: F405
