"""What can be wrong with a table that people hand in, and what is said of one that can be read."""

from collections.abc import Sequence

from config.errors import UserError


class TableError(UserError):
    """A file cannot be read as a table; one line for the person at the keyboard that repeats nothing of the file."""

    def __init__(self, name: str, reason: str, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(f"{name}: {reason}")


class MissingColumns(TableError):
    """No row of the file names the columns that are needed; `missing` are the keys of those."""

    def __init__(self, name: str, missing: Sequence[str]) -> None:
        self.missing = list(missing)
        super().__init__(name, f"no column {', '.join(missing)}", 1)


class Remarks(list[str]):
    """Lines on what was taken for granted or was odd; of very many the first ones, and how many there were."""

    _KEPT = 1_000

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def append(self, line: str) -> None:
        """Add a line."""
        self.total += 1
        if self.total <= self._KEPT:
            super().append(line)

    def list_all(self) -> list[str]:
        """The lines that were kept, and how many more there were."""
        return [*self, *([f"... and {self.total - len(self)} more lines"] if self.total > len(self) else [])]
