"""A folder below the exchange folder, which something else carries to the place and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.transports.base import (
    DONE,
    MOST_FILES,
    Acknowledgement,
    Found,
    TransportFailed,
    answer_in,
    is_answer,
    is_plain,
    within_size,
)
from backoffice.kernel.whole_files import write_whole


class Directory:
    """`.ack` or `.nak` beside a file of ours says what became of it; both go to `done/` then."""

    moves = True

    def __init__(self, channel: Channel) -> None:
        self.code = channel.code
        self.folder = Path(settings.VAR_DIR) / "exchange" / channel.address

    def put(self, name: str, content: bytes, reference: str) -> Acknowledgement | None:
        with self._said():
            write_whole(self.folder / name, [content])
        return None

    def acknowledgements(self) -> Iterator[Acknowledgement]:
        with self._said():
            for path in self._listed()[:MOST_FILES]:
                if is_answer(path.name):
                    yield answer_in(path.name, path.read_bytes())

    def noted(self, acknowledgement: Acknowledgement) -> None:
        with self._said():
            for name in acknowledgement.names:
                self._away(name)

    def files(self) -> list[Found]:
        with self._said():
            rows = [(path.name, path.stat()) for path in self._listed() if is_plain(path.name)]
            return [Found(name, f"{s.st_size}-{s.st_mtime_ns}") for name, s in rows[:MOST_FILES]]

    def read(self, name: str) -> bytes:
        with self._said():
            path = self.folder / name
            within_size(path.stat().st_size, self.code, name)
            return path.read_bytes()

    def taken(self, name: str) -> None:
        with self._said():
            self._away(name)

    def close(self) -> None:
        """Nothing is open."""

    def _listed(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if path.is_file())

    def _away(self, name: str) -> None:
        done = self.folder / DONE
        done.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        if path.exists():
            path.replace(done / name)

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TransportFailed(channel=self.code, why=str(error)) from None
