"""The organisation that receives the reports of a campaign."""

from dataclasses import dataclass, field

from reporting.campaigns.definition import Texts, pick_text


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation behind a campaign: its `name`, how to reach it, and whom to call in danger."""

    name: str
    contact: str | None = None
    emergency_line: Texts = field(default_factory=dict)

    def find_emergency_line(self, language: str, others: list[str]) -> str:
        """Find whom to call in danger: in the person's language if the campaign has it, else in one of the `others`."""
        return pick_text(self.emergency_line, [language, *others])
