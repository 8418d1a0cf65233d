"""Letters of the demo: one line each on the terminal, and each whole in a file; nothing leaves this computer."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

FOLDER = "letters"


class EmailBackend(BaseEmailBackend):
    """For `EMAIL_BACKEND`; a letter that is sent again takes the place of its file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(settings.ROLLCALL_HOME) / FOLDER

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for message in messages:
            number = message.extra_headers.get("Message-ID", "").strip("<>").partition("@")[0]
            file = self.folder / f"{number or len(list(self.folder.iterdir()))}.eml"
            file.write_bytes(message.message().as_bytes())
            sys.stdout.write(f"✉ Letter to {', '.join(message.to)}: {message.subject}\n  {file}\n")
        sys.stdout.flush()
        return len(messages)
