"""The application beside a gateway that keeps pictures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.processing.worker import drain
from tests.fake_twilio import FakeTwilio


class Post:
    """The application beside a gateway that keeps pictures."""

    def __init__(self, program: Program, fake: FakeTwilio) -> None:
        self.program, self.fake = program, fake

    def receive(self, *files: tuple[str, bytes], words: str = "no water in the tap") -> None:
        """A phone sends a message with files; it is processed."""
        self.fake.receive(words, media=files)
        drain(self.program.app, self.program.pipeline)

    def work(self, **changes: Any) -> int:
        """What the worker's job does, now."""
        return replace(self.program.media_work, **changes).work(60)

    def make_due(self) -> None:
        """As if the time until the next try were over."""
        self.read("UPDATE media SET retry_at = now() - interval '1 second' RETURNING id")

    def read(self, statement: str, **values: Any) -> Any:
        """One value."""
        with self.program.owner.begin() as connection:
            return connection.execute(text(statement), values).scalar()

    def run(self, statement: str) -> None:
        """A change of the database's own."""
        with self.program.owner.begin() as connection:
            connection.execute(text(statement))

    def list_states(self) -> list[str]:
        """What became of every file, in order."""
        with self.program.owner.begin() as connection:
            rows = connection.execute(text("SELECT state, error FROM media ORDER BY id"))
            return [f"{row.state} {row.error or ''}".strip() for row in rows]

    @property
    def files(self) -> list[Path]:
        """What lies in the store."""
        return [path for path in (self.program.settings.var / "media").rglob("*") if path.is_file()]
