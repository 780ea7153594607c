"""Tables as spreadsheets and forms write them: every command reads them, and nothing of them is lost without a word."""

import io
import re
from collections.abc import Sequence

import openpyxl
import pytest

from tests.acceptance.cases.ground import Ground, collect, square, succeed

POINT = (18.5108, -72.6339)
HOSPITAL = {"Hôpital de Léogâne": POINT}
SAID = "Pa gen dlo nan Léogâne"
PLACES = {
    "semicolons in Windows-1252": ("nom;latitude;longitude\r\nHôpital de Léogâne;18,5108;-72,6339\r\n", "cp1252"),
    "tabs in UTF-16": ("nom\tlatitude\tlongitude\r\nHôpital de Léogâne\t18,5108\t-72,6339\r\n", "utf-16"),
    "bars, which a line names": ("sep=|\r\nNOM|LATITUDE|LONGITUDE\nHôpital de Léogâne|18.5108|-72.6339", "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_places_are_read_as_a_spreadsheet_writes_them(haiti: Ground, name: str) -> None:
    """Case 10: separators and encodings of spreadsheets in a list of places."""
    text, encoding = PLACES[name]
    succeed(haiti.load_places(name, text.encode(encoding)))
    assert haiti.list_places(name) == HOSPITAL


MESSAGES = {
    "semicolons": f"id;text;sender;received_at\r\n1;{SAID};+50937000001;2026-11-16 08:00\r\n".encode("cp1252"),
    "UTF-16": f"id\ttext\tsender\r\n1\t{SAID}\t+50937000001\r\n".encode("utf-16"),
    "day first": f"ID,Text,Sender,Received at\n1,{SAID},+50937000001,16/11/2026 8:00 PM\n".encode(),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_are_read_as_a_spreadsheet_writes_them(haiti: Ground, name: str) -> None:
    """Case 10: semicolons, Windows-1252, UTF-16, days before months, headers in capitals in messages."""
    path = haiti.write(f"{name}.csv", MESSAGES[name])
    assert "added: 1" in haiti.command("messages", "import", path, "--channel", name)
    assert haiti.list_messages(name) == [SAID]


def test_reports_are_read_as_a_spreadsheet_writes_them(haiti: Ground) -> None:
    """Case 10: semicolons, decimal commas and dates with points in reports."""
    text = f"id;text;lat;lon;reported_at\r\n1;{SAID};18,5108;-72,6339;16.11.2026\r\n"
    haiti.command("reports", "import", haiti.write("reports.csv", text, "cp1252"))
    assert haiti.list_reports()[SAID] == POINT


def test_texts_to_locate_are_read_as_a_spreadsheet_writes_them(haiti: Ground) -> None:
    """Case 10: `geocode` reads semicolons in Windows-1252 and keeps rows and order."""
    path, out = haiti.write("q.csv", "id;lieu\r\n1;Jérémie\r\n2;Léogâne\r\n", "cp1252"), haiti.folder / "out.csv"
    haiti.command("geocode", path, "--text-column", "lieu", "-o", out)
    rows = out.read_text("utf-8-sig").splitlines()[1:]
    assert [row[2:9] for row in rows] == ["Jérémie", "Léogâne"]


def write_book(*sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_the_header_is_found_below_titles(haiti: Ground) -> None:
    """Case 11: title rows above the header of a list."""
    text = "Liste des établissements 2024;;\n;;\nnom;latitude;longitude\nHôpital de Léogâne;18,5108;-72,6339\n"
    succeed(haiti.load_places("titles", text))
    assert haiti.list_places("titles") == HOSPITAL


def test_the_sheet_with_the_header_is_found(haiti: Ground) -> None:
    """Case 11: a workbook whose first sheet says what is in it; in messages with a title above the header too."""
    rows: list[list[object]] = [["Facility Name", "Latitude", "Longitude", "Code"], ["Pump A", 18.5108, -72.6339, 101]]
    succeed(haiti.load_places("book.xlsx", write_book([["This list is from the Ministry"]], rows)))
    assert haiti.list_places("book.xlsx") == {"Pump A": POINT}
    messages: list[list[object]] = [
        ["Messages of November", None],
        [],
        ["id", "text", "sender"],
        ["m1", SAID, "+50937000001"],
    ]
    path = haiti.write("messages.xlsx", write_book([["Notes"], ["none"]], messages))
    assert "added: 1" in haiti.command("messages", "import", path, "--channel", "book")


COLUMNS = {
    "HXL": "Nom de la structure,Coord. Nord,Coord. Ouest\n#loc+name,#geo+lat,#geo+lon\nA,18.5108,-72.6339\n",
    "Kobo": "_id;Nom du point;_GPS_latitude;_GPS_longitude;_GPS_altitude\n1;A;18.5108;-72.6339;0\n",
    "ODK": "SubmissionDate,site-name,location-Latitude,location-Longitude\n2026-11-16,A,18.5108,-72.6339\n",
    "one cell": "name,geopoint\nA,18.5108 -72.6339 0 5\n",
    "WKT": 'name,WKT\nA,"POINT (-72.6339 18.5108)"\n',
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_known_by_the_names_that_forms_give_them(haiti: Ground, name: str) -> None:
    """Case 12: HXL, Kobo, ODK, a point in one cell, WKT."""
    succeed(haiti.load_places(name, COLUMNS[name]))
    assert haiti.list_places(name) == {"A": POINT}


CELLS = {
    "degrees, minutes, seconds": ("18°30'39\"N", "72°38'02\"W"),
    "letters behind": ("18.5108N", "72.6339 O"),
    "another minus": ("18.5108", "−72.6339"),
    "signs of degrees": ("18.5108°", "-72.6339°"),
    "Arabic digits": ("١٨٫٥١٠٨", "-٧٢٫٦٣٣٩"),
    "Devanagari digits": ("१८.५१०८", "-७२.६३३९"),
    "minutes with a fraction": ("18° 30.648' N", "72° 38.034' W"),
    "typographic marks": ("18°30′39″N", "72°38′02″W"),
    "a letter in front": ("N 18.5108", "W 72.6339"),
    "marked as text": ("'18.5108", "'-72.6339"),
}


def test_coordinates_in_cells_are_read_as_in_texts(haiti: Ground) -> None:
    """Case 13: how coordinates are written in cells."""
    rows = [f"{name}\t{lat}\t{lon}" for name, (lat, lon) in CELLS.items()]
    succeed(haiti.load_places("cells", "\n".join(["name\tlatitude\tlongitude", *rows])))
    assert haiti.list_places("cells") == dict.fromkeys(CELLS, pytest.approx(POINT, abs=2e-4))


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(haiti: Ground) -> None:
    """Case 21: the rows behind an opening quotation mark are rows, and the mark is told."""
    text = 'name,lat,lon\n"Chez Pierre,18.5108,-72.6339\nSecond,18.52,-72.64\nThird,18.53,-72.65\n'
    said = succeed(haiti.load_places("quote", text))
    assert haiti.list_places("quote").keys() >= {"Second", "Third"}
    assert "line 2" in said


def test_a_quotation_mark_swallows_no_messages(haiti: Ground) -> None:
    """Case 21: the same in messages, with the mark at the beginning of a later text."""
    text = 'id,text,sender\n1,dlo,+50937000001\n2,"dlo pa gen,+50937000002\n3,dlo,+50937000003\n'
    assert "added: 3" in haiti.command("messages", "import", haiti.write("quote.csv", text), "--channel", "quote")


PEOPLE = ["134.190", "134'190", "134\u202f190", "134 190", "134\u00a0190", "134’190", "134,190.00"]


def test_people_are_read_with_their_thousands(haiti: Ground) -> None:
    """Case 22: signs between thousands, in tables of places."""
    rows = [f"Place {n};18,5{n};-72,63;{people}" for n, people in enumerate(PEOPLE)]
    succeed(haiti.load_places("people", "\n".join(["name;lat;lon;population", *rows])))
    found = haiti.select("SELECT name, population FROM place WHERE source = 'people'")
    assert dict(found) == {f"Place {n}": 134190 for n in range(len(PEOPLE))}


@pytest.fixture(scope="module")
def areas(haiti: Ground) -> Ground:
    """The campaign with areas from 73 degrees west on, whose people are written in so many ways."""
    areas = [square(-73 + n, 18, 1, C=str(n), N=f"Area {n}", P=people) for n, people in enumerate(PEOPLE)]
    succeed(haiti.load_areas(1, haiti.write("areas.geojson", collect(*areas)), "--population-field", "P"))
    return haiti


def test_people_of_areas_are_read_with_their_thousands(areas: Ground) -> None:
    """Case 22: the same in areas, whose people decide what may be shown of a place."""
    assert [people for (people,) in areas.select("SELECT population FROM area")] == [134190] * len(PEOPLE)


def test_exchanged_coordinates_are_told(areas: Ground) -> None:
    """Case 25: a row with the latitude in the column of the longitude lies far outside the areas, which is told."""
    said = succeed(areas.load_places("exchanged", "name,latitude,longitude\nA,18.51,-72.63\nB,-72.63,18.51\n"))
    assert re.findall(r"line \d+", said) == ["line 3"], said
