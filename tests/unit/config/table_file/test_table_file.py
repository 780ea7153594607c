"""The one reader of tables: encodings, separators, headers, quotation marks, workbooks, and what it says of them."""

import csv
import io
import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from config.table_file.columns import Columns, plain_name
from config.table_file.encoding import WESTERN_REMARK
from config.table_file.errors import MissingColumns, Remarks, TableError
from config.table_file.reader import find_day_order, open_table
from config.table_file.values import find_day_first, read_count, read_number, read_time

COLUMNS = Columns(
    {"id": ("id", "#meta+id"), "text": ("text", "#description"), "lat": ("lat", "latitude", "#geo+lat")},
    ("id", "text"),
    frozenset({"lat"}),
)


def read(path: Path, columns: Columns = COLUMNS) -> tuple[list[list[str]], list[str]]:
    """Id, text and latitude of each row, and what was told."""
    told: list[str] = []
    with open_table(path, columns, told.append) as table:
        return [[row.get(key) for key in ("id", "text", "lat")] for row in table.rows if not row.is_blank], told


def write(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_book(folder: Path, *sheets: list[list[Any]], name: str = "table.xlsx") -> Path:
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    path = folder / name
    book.save(path)
    return path


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_separator_is_read(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    lines = [["id", "text", "lat"], ["1", f'"l’école{separator} ""là"" à Léogâne"', "18.5"], ["2", "œuf", ""]]
    content = "".join(separator.join(cells) + end for cells in lines)
    rows, told = read(write(tmp_path, content.encode(encoding)))
    assert rows == [["1", f'l’école{separator} "là" à Léogâne', "18.5"], ["2", "œuf", ""]]
    said = {"cp1252": [WESTERN_REMARK], "utf-16-le": ["UTF-16"], "utf-16-be": ["UTF-16"]}.get(encoding, [])
    assert [line for line, part in zip(told, said, strict=True) if part in line] == told


def test_one_broken_letter_does_not_break_the_others(tmp_path: Path) -> None:
    content = "id,text\n1,Léogâne धुलिखेल\n2,".encode() + b"J\xe9r\xe9mie\n"
    assert read(write(tmp_path, content)) == ([["1", "Léogâne धुलिखेल", ""], ["2", "Jérémie", ""]], [WESTERN_REMARK])


def test_letters_that_lie_across_the_blocks_of_a_large_file_are_utf_8(tmp_path: Path) -> None:
    for shift in range(4):
        path = write(tmp_path, "id,text\n" + "1,x" + "x" * shift + "पानी" * 600_000 + "\n")
        assert read(path)[1] == []


@pytest.mark.parametrize("first", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n'])
def test_the_first_line_of_excel_names_the_separator(tmp_path: Path, first: str) -> None:
    assert read(write(tmp_path, f"{first}id;text\n1;a,b,c,d\n")) == ([["1", "a,b,c,d", ""]], [])


@pytest.mark.parametrize(
    "header",
    [
        "ID,TEXT,LAT",
        "Id, Text ,lat",
        "_id,tèxt,Lat.",
        "group/id,group/text,_GPS_latitude",
        "a-id,a-text,place-Latitude",
        "id,text,Latitude [°]",
        "id,text,lat (decimal)",
    ],
)
def test_columns_are_known_however_they_are_written(tmp_path: Path, header: str) -> None:
    assert read(write(tmp_path, f"{header}\n1,no water,18.5\n"))[0] == [["1", "no water", "18.5"]]


def test_a_name_is_the_same_without_case_accents_blanks_and_underscores() -> None:
    assert plain_name(" Téxte_du  Message ") == plain_name("texte du message") == plain_name("TEXTE-DU-MESSAGE")
    assert plain_name("पानी") != plain_name("धारा")


def test_signs_alone_and_whole_questions_are_names_too(tmp_path: Path) -> None:
    question = "Where was the water taken from " * 20
    path = write(tmp_path, f"id,text,%,# of people,{question}\n1,dry,5,7,river\n")
    wanted = {"id": ("id",), "text": ("text",), "%": ("%",), "#": ("# of people",), "?": (question.strip(),)}
    with open_table(path, Columns(wanted, tuple(wanted)), lambda _: None) as table:
        assert [row.get(key) for row in table.rows for key in wanted] == ["1", "dry", "5", "7", "river"]


def test_a_header_of_very_many_columns_costs_little(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text" + ",a_b/c" * 500_000 + "\n1,dry\n")
    started = time.process_time()
    assert read(path)[0] == [["1", "dry", ""]]
    assert time.process_time() - started < 5


def test_blank_cells_beyond_the_header_are_no_remark(tmp_path: Path) -> None:
    assert read(write(tmp_path, "id,text\n1,dry,,,\n,,,\n")) == ([["1", "dry", ""]], [])


def test_title_rows_stand_above_a_header_and_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "Water points 2024;;\n;;\nid;text;lat\n1;dry;18,5\n")
    assert read(path) == ([["1", "dry", "18,5"]], ["line 3: the header; what stands above it is left out"])


def test_hxl_tags_are_no_data_and_name_columns_where_the_header_does_not(tmp_path: Path) -> None:
    assert read(write(tmp_path, "id,text\n#meta+id,#description\n1,dry\n")) == ([["1", "dry", ""]], [])
    rows, told = read(write(tmp_path, "No,What,North\n#meta +id,#description+en,#geo+lat\n1,dry,18.5\n"))
    assert rows == [["1", "dry", "18.5"]]
    assert told[0] == "id is read from column 1, No"
    assert read(write(tmp_path, "#meta+id,#description,#geo+lat\n1,dry,18.5\n"))[0] == [["1", "dry", "18.5"]]


def test_an_unclosed_quotation_mark_swallows_no_row(tmp_path: Path) -> None:
    content = 'id,text,lat\n1,"no water,18\n2,"said ""x""",19\n3,a "b" c,20\n4,"two\nlines",21\n5,"end,22\n6,x,23\n'
    rows, told = read(write(tmp_path, content))
    assert rows == [
        ["1", "no water", "18"], ["2", 'said "x"', "19"], ["3", 'a "b" c', "20"], ["4", "two\nlines", "21"],
        ["5", "end", "22"], ["6", "x", "23"],
    ]  # fmt: skip
    assert told == [f"line {line}: a quotation mark without its other half" for line in (2, 7)]


def test_rows_between_two_marks_that_do_not_belong_together_stay_rows(tmp_path: Path) -> None:
    content = 'id,text,lat\n1,"no water,18\n2,dry,19\n3,pipe of 5",20\n4,x,21\n'
    rows, told = read(write(tmp_path, content))
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert told == ["line 2: a quotation mark without its other half"]


def test_a_row_with_too_few_or_too_many_cells_is_read_and_told(tmp_path: Path) -> None:
    rows, told = read(write(tmp_path, "id,text,lat\n1,dry\n\n2,dry,18,beyond\n"))
    assert rows == [["1", "dry", ""], ["2", "dry", "18"]]
    assert told == ["line 2: 2 cells where the header has 3", "line 4: 4 cells where the header has 3"]


def test_a_zero_byte_is_told_and_left_out(tmp_path: Path) -> None:
    assert read(write(tmp_path, "id,text\n1,dr\x00y\n")) == ([["1", "dry", ""]], ["line 2: a zero byte"])


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "a.csv: no header: the file is empty"),
        (b"\n\n", "a.csv", "a.csv: no header"),
        (b"PK\x03\x04 zip", "a.csv", "a.csv: not a table: a ZIP archive"),
        (b"%PDF-1.7\n", "a.csv", "a.csv: not a table: a PDF"),
        (b"\n <!DOCTYPE html><p>x", "a.csv", "a.csv: not a table: a web page"),
        (b"\x1f\x8b\x08", "a.csv", "a.csv: not a table: a gzip archive"),
        (
            b"\xd0\xcf\x11\xe0",
            "a.xls",
            "a.xls: not a table: a workbook of old Excel, or with a password: save it as XLSX",
        ),
        (b"\x00\x01\xff\xfe\x00\x00\x80", "a.csv", "a.csv: not a table: neither UTF-8, UTF-16 nor Windows-1252"),
        (b"not a workbook", "a.xlsx", "a.xlsx: not a workbook: damaged or with a password"),
        (b"PK\x03\x04 broken", "a.xlsx", "a.xlsx: not a workbook: damaged or with a password"),
        (b"secret,words\n1,2\n", "a.csv", "a.csv: no column id, text"),
        (b"id;words\n1;2\n", "a.csv", "a.csv: no column text"),
    ],
)
def test_what_is_no_table_is_one_clear_line(tmp_path: Path, content: bytes, name: str, said: str) -> None:
    with pytest.raises(TableError) as error:
        read(write(tmp_path, content, name))
    assert str(error.value) == said
    assert isinstance(error.value, MissingColumns) == ("no column" in said)


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    path = write_book(  # a sheet knows no time zones
        tmp_path, [["This list is from the Ministry"], ["id", "see the next sheet"]],
        [["Water points", None, None], [None], ["ID", "Text", "Latitude"], ["#meta+id", "#description", "#geo+lat"],
         [1, "dry", 18.5], [2.0, datetime(2026, 1, 31, 14, 30), 1e-05],  # noqa: DTZ001
         [50937000001, date(2026, 1, 31), None], [],
         ["0077", True, "x", "beyond"]],
    )  # fmt: skip
    rows, told = read(path)
    assert rows == [
        ["1", "dry", "18.5"], ["2", "2026-01-31 14:30:00", "1e-05"], ["50937000001", "2026-01-31", ""],
        ["0077", "TRUE", "x"],
    ]  # fmt: skip
    assert told == [
        "of 2 sheets the one called Sheet 2 is read",
        "line 3: the header; what stands above it is left out",
        "line 9: 4 cells where the header has 3",
    ]
    assert read(path.rename(tmp_path / "named.csv"))[0] == rows


def test_merged_titles_and_leading_zeros_of_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet["A1"] = "All water points"
    sheet.merge_cells("A1:C1")
    sheet.append(["id", "text", "lat"])
    sheet.append([7, "dry", "18,5"])
    sheet["A3"].number_format = "00000"
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx")[0] == [["00007", "dry", "18,5"]]


def test_a_cell_of_16_mb_is_read(tmp_path: Path) -> None:
    cell = "water, " * 2_400_000
    rows, told = read(write(tmp_path, f'id,text\n1,"{cell}"\n2,{"x" * (1 << 24)}\n'))
    assert [len(row[1]) for row in rows] == [len(cell.strip()), 1 << 24]
    assert told == []


def test_a_table_takes_the_memory_of_a_row(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("id,text\n")
        file.writelines(f'{number},"no water {number}{" here" * 40}"\n' for number in range(20_000))
    tracemalloc.start()
    try:
        with open_table(path, COLUMNS, lambda _: None) as table:
            count = sum(1 for _ in table.rows)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert most < path.stat().st_size / 1.5 < 8_000_000


@pytest.mark.parametrize(
    "line",
    ['"', '""', '"""', '"x""', '1,"a', '1,"a""', ',"', '","', '"a"b"', '1,"x"y,"', '",' * 4, '"' * 7, '1,""a"",2'],
)
def test_time_is_linear_in_hostile_quotation_marks(tmp_path: Path, line: str) -> None:
    def take(count: int, end: str) -> float:
        path = write(tmp_path, "id,text\n" + (line + end) * count + "\n")
        started = time.process_time()
        with open_table(path, COLUMNS, Remarks().append) as table:
            for _ in table.rows:
                pass
        return time.process_time() - started

    for end in ("\n", ""):
        small, large = take(10_000, end), take(80_000, end)
        assert large < 8 * 3 * small + 0.2, end


@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)] * 2),
        max_size=20,
    ),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_csv_module_writes_comes_back(
    tmp_path: Path, rows: list[tuple[str, str]], separator: str, encoding: str, quoting: Any
) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator, quoting=quoting).writerows([("id", "text"), *rows])
    path = write(tmp_path, target.getvalue().encode(encoding))
    with open_table(path, COLUMNS, lambda _: None) as table:
        found = [(row.raw("id"), row.raw("text")) for row in table.rows if row.cells]
    assert found == [tuple(row) for row in rows]


@given(content=st.binary(max_size=300) | st.text('id,text;"\n\r\t|#=é\x00', max_size=300).map(str.encode))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_breaks_the_reader(tmp_path: Path, content: bytes) -> None:
    for start in (b"", b"id,text\n"):
        with suppress(TableError):
            read(write(tmp_path, start + content))


@given(cells=st.lists(st.text("a1,\n", max_size=6), min_size=1, max_size=6), place=st.integers(0, 40))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_row_is_lost_to_a_quotation_mark(tmp_path: Path, cells: list[str], place: int) -> None:
    """A mark put anywhere into a file of plain rows takes no letter away and no row but those of a true pair."""
    content = "id,text,lat\n" + "".join(f"{number},x,18\n" for number in range(10))
    content = content[: 12 + place] + '"' + content[12 + place :] + "".join(cells)
    with open_table(write(tmp_path, content), COLUMNS, lambda _: None) as table:
        found = [row.cells for row in table.rows]
    letters = [char for char in content.partition("\n")[2] if char.isalnum()]
    assert [char for row in found for cell in row for char in cell if char.isalnum()] == letters


@pytest.mark.parametrize(
    ("times", "is_day_first"),
    [
        (["3/4/2026", "31/01/2020"], True), (["3/4/2026", "01-31-2020"], False), (["3/4/2026"], None),
        (["3/3/2026"], False),        (["13.4.2026", "2026-04-03", "x", ""], False), (["३१/०१/२०२०"], True),
    ],
)  # fmt: skip
def test_the_order_of_dates_is_told_by_their_column(times: list[str], is_day_first: bool | None) -> None:
    assert find_day_first(times) is is_day_first


def test_an_ambiguous_column_is_told_and_read_month_first(tmp_path: Path) -> None:
    told: list[str] = []
    columns = Columns({"id": ("id",), "at": ("at",)}, ("id",))
    assert not find_day_order(write(tmp_path, "id,at\n1,3/4/2026\n"), columns, "at", told.append)
    assert told == ["at: in dates such as 3/4/2026 the month is taken to stand first"]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-16T08:00:00+00:00", "2026-11-16 13:45", "16/11/2026 13:45", "16/11/26, 1:45 PM", "16.11.2026 13:45",
        "16-11-2026 1:45:00 p.m.", "2026/11/16 13:45", "١٦/١١/٢٠٢٦ ١٣:٤٥", "2026-11-16T08:00Z", "16/11/2026 1:45 pm",
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(written: str) -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    assert read_time(written, zone, is_day_first=True) == datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "yesterday", "31/31/2026", "16/11/2026 25:00", "1" * 5_000, "0001-01-01"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        read_time(written, ZoneInfo("Asia/Kathmandu"), is_day_first=True)


def test_numbers_are_read_with_any_digits_and_thousands() -> None:
    assert [read_number(cell) for cell in ("18,5", "−72.5", "१८.५", "١٨٫٥", "1e-05")] == [18.5, -72.5, 18.5, 18.5, 1e-5]
    people = ["134.190", "134'190", "134\u202f190", "134,190", "134 190", "134190", "134190.0", "1.234.190", "١٢٣٤"]
    assert [read_count(cell) for cell in people] == [*[134_190.0] * 7, 1_234_190.0, 1_234.0]


def test_a_side_in_a_name_is_not_read_over(tmp_path: Path) -> None:
    """Figures below "Lat (S)" count southwards: they would be in the wrong half of the world."""
    with open_table(write(tmp_path, "id,text,Lat (S)\n1,dry,18.5\n"), COLUMNS, lambda _: None) as table:
        assert "lat" not in table.places
