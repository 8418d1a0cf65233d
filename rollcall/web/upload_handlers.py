"""How files of a form arrive: straight into their private folder, and no more of them than is allowed."""

import errno
from typing import IO, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest

from rollcall.universe.loads import uploads

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Arrived:
    """A file that is in its folder; or why it is not."""

    size = 0
    charset: str | None = None

    def __init__(self, name: str, token: str, size: int, problem: str) -> None:
        self.name, self.token, self.size, self.problem = name, token, size, problem

    def close(self) -> None:
        """Django closes the files of a request at its end; this one was closed when it was whole."""


class ToFolder(FileUploadHandler):
    """Writes the one file of a form into a folder of `uploads`; beyond `bytes_max` nothing is kept.

    Raises nothing while it reads: what was wrong is `problem` of the file, for the form to say.
    """

    def __init__(self, request: HttpRequest, *, bytes_max: int) -> None:
        super().__init__(request)
        self._bytes_max = bytes_max
        self._file: IO[bytes] | None = None
        self._token, self._size, self._problem, self._begun = "", 0, "", False

    def new_file(self, *given: Any, **more: Any) -> None:
        super().new_file(*given, **more)
        if self._begun:
            # One form, one file.
            self._give_up("several")
            raise StopUpload(connection_reset=True)
        self._begun = True
        try:
            self._token, self._file = uploads.open_new(self.file_name or "")
        except OSError as error:
            self._give_up(_why(error))
        raise StopFutureHandlers()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._file is None:
            # The rest is read, so that the browser gets to see the answer, and thrown away.
            return
        self._size += len(raw_data)
        if self._size > self._bytes_max:
            self._give_up("too_large")
            return
        try:
            self._file.write(raw_data)
        except OSError as error:
            self._give_up(_why(error))

    def file_complete(self, file_size: int) -> Any:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._give_up(_why(error))
        return Arrived(self.file_name or "", self._token, self._size, self._problem)

    def upload_interrupted(self) -> None:
        self._give_up("interrupted")

    def _give_up(self, problem: str) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._problem = None, problem
        uploads.forget(self._token)


class InMemory(FileUploadHandler):
    """A small file, such as a mapping; of a larger one only as much is kept as shows that it is too large."""

    def __init__(self, request: HttpRequest, *, bytes_max: int) -> None:
        super().__init__(request)
        self._bytes_max = bytes_max
        self._data = bytearray()

    def new_file(self, *given: Any, **more: Any) -> None:
        super().new_file(*given, **more)
        self._data = bytearray()
        raise StopFutureHandlers()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._data += raw_data[: max(0, self._bytes_max + 1 - len(self._data))]

    def file_complete(self, file_size: int) -> Any:
        return SimpleUploadedFile(self.file_name or "file", bytes(self._data))


def _why(error: OSError) -> str:
    return "no_room" if error.errno in _NO_ROOM else "unwritable"
