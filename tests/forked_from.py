"""What programs of tests are forked from (see forked.py): all of the product imported, nothing opened."""

import gc
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "rollcall.settings"

import django

django.setup()

from rollcall.server.commands import checks  # noqa: E402

checks.import_everything()
gc.collect()
# What is here is never garbage; to look for it there would copy every page into each program.
gc.freeze()
