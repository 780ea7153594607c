"""Errors and remarks of the table reader."""

from collections.abc import Sequence

from config.errors import UserError


class TableError(UserError):
    """A file that cannot be read as a table; the message is one line and repeats nothing of the file."""

    def __init__(self, name: str, reason: str, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(f"{name}: {reason}")


class MissingColumns(TableError):
    """A file without the needed columns in any row; `missing` are their keys."""

    def __init__(self, name: str, missing: Sequence[str]) -> None:
        self.missing = list(missing)
        super().__init__(name, f"no column {', '.join(missing)}", 1)


class Remarks(list[str]):
    """Remarks for the user: assumptions and oddities. Only the first thousand are kept, and the number of all."""

    _KEPT = 1_000

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def append(self, line: str) -> None:
        """Add a remark."""
        self.total += 1
        if self.total <= self._KEPT:
            super().append(line)

    def list_all(self) -> list[str]:
        """List the kept remarks, and how many more there were."""
        return [*self, *([f"... and {self.total - len(self)} more lines"] if self.total > len(self) else [])]
