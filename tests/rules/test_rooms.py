"""No room holds more than twenty modules: a newcomer reads a folder's list at a glance."""

from tests.conftest import ROOT

_MOST = 20
_ROOTS = ("reporting", "channels", "geo", "config")


def test_no_folder_of_the_source_has_more_than_twenty_modules() -> None:
    folders = [path for root in _ROOTS for path in [ROOT / root, *(ROOT / root).rglob("*/")] if path.is_dir()]
    counts = {
        path.relative_to(ROOT).as_posix(): len([file for file in path.glob("*.py") if file.name != "__init__.py"])
        for path in folders
        if path.name != "versions"  # migrations are a list by their nature
    }
    assert len(counts) > 40
    assert {folder: count for folder, count in counts.items() if count > _MOST} == {}
