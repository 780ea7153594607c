"""What the live path finds among the Haiti reports: imported into PostGIS in the order of time, linked batch by batch.

`flask dedupe` sees a whole file and the words of its places; the live path sees what came before, asks PostGIS, keeps
three suggestions a report, and has no words of a place for a point that was given.
"""

import csv
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bench.scratch import ROOT, scratch_database
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Role, open_database
from reporting.extraction.reader import TextAnalysers
from reporting.reports.csv_import import ReportImport

Pairs = dict[int, list[tuple[int, float, str]]]


@dataclass(frozen=True)
class Result:
    """Candidates by row, best first, and the incident of each row."""

    pairs: Pairs
    incident: list[str]
    seconds: float

    def is_found(self, a: int, b: int) -> bool:
        """Tell whether two rows are linked, or one is suggested for the other."""
        if self.incident[a] == self.incident[b]:
            return True
        both = ((a, b), (b, a))
        return any(
            other == there and decision != "none"
            for here, there in both
            for other, _, decision in self.pairs.get(here, ())
        )


def import_reports(reports: Sequence[dict[str, str]]) -> Result:
    """Import the reports into a fresh campaign and read back its links; rows are numbered as given."""
    with tempfile.TemporaryDirectory() as folder, scratch_database("live_reports") as (url, _):
        src = Path(folder) / "reports.csv"
        order = sorted(range(len(reports)), key=lambda row: reports[row]["reported_at"])
        with src.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(("id", "reported_at", "lat", "lon", "location", "text"))
            for row in order:
                line = reports[row]
                writer.writerow(
                    (row, line["reported_at"], line["lat"], line["lon"], line["location"], line["description"])
                )
        database = open_database(url, Role.OWNER)
        definition = read_definition((ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8"), "bench/haiti.yaml")
        with database.begin() as connection:
            campaign_id = create_campaign(connection, definition)
        began = time.perf_counter()
        importer = ReportImport(database, TextAnalysers(), campaign_id, False, Pseudonyms("a pepper of the benchmark"))
        importer.run(src, lambda _done: None)
        seconds = time.perf_counter() - began
        incident, pairs = [f"none {row}" for row in range(len(reports))], defaultdict(list)
        row_of: dict[int, int] = {}
        with database.begin() as connection:
            for report_id, source_id, incident_id in connection.execute(
                text("SELECT id, source_id, incident_id FROM report")
            ):
                row_of[report_id] = int(source_id)
                incident[int(source_id)] = str(incident_id)
            for report_id, candidate_id, score, state in connection.execute(
                text("SELECT report_id, candidate_id, score, state FROM link ORDER BY score DESC")
            ):
                pairs[row_of[report_id]].append((row_of[candidate_id], score, state))
        database.close()
        return Result(pairs, incident, seconds)
