"""Products on a disk: one folder a run, `latest` always whole."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from pipeline.adapters.disk.export_shelf import ExportShelf, mark_of_run
from pipeline.adapters.national import export_folder
from pipeline.adapters.national.export_folder import ExportFolder
from pipeline.domain.errors import PermanentError, TransientError
from pipeline.ports.outside import NationalTables
from tests.builders.national import tables_of
from tests.builders.totals import figure, small_gazetteer, small_round


@pytest.fixture(scope="module")
def tables() -> NationalTables:
    figures = [figure(("01", "PL01", "tong", "kh_n"), "1")]
    return tables_of(small_round(), small_gazetteer(), figures, [])


def later(tables: NationalTables) -> NationalTables:
    run = replace(tables.run, as_of=tables.run.as_of + timedelta(days=1))
    return replace(tables, run=run)


def test_a_run_has_a_folder_and_is_the_latest(
    tables: NationalTables, tmp_path: Path
) -> None:
    """Named by the instant of its figures, in Hanoi."""
    folder = Path(ExportFolder(tmp_path).publish(tables))
    assert folder == tmp_path / "thu" / "20130713-090000"
    assert sorted(path.name for path in folder.iterdir()) == [
        "bao-cao-nhanh-thu.docx",
        "data-dictionary.csv",
        "figures.csv",
        "tong-hop-thu.xlsx",
        "totals.csv",
    ]
    assert (tmp_path / "thu" / "latest").resolve() == folder.resolve()


def test_latest_moves_on_and_older_runs_stay(
    tables: NationalTables, tmp_path: Path
) -> None:
    shelf = ExportFolder(tmp_path)
    first = Path(shelf.publish(tables))
    second = Path(shelf.publish(later(tables)))
    assert (tmp_path / "thu" / "latest").resolve() == second.resolve()
    assert (first / "totals.csv").exists()


def test_a_past_asked_for_later_does_not_become_the_latest(
    tables: NationalTables, tmp_path: Path
) -> None:
    """One of a future does not stay it either."""
    shelf, now = ExportFolder(tmp_path), later(tables).run.as_of

    def of(as_of: datetime) -> NationalTables:
        return replace(tables, run=replace(tables.run, as_of=as_of, started_at=now))

    present = Path(shelf.publish(of(now)))
    past = Path(shelf.publish(of(now - timedelta(days=7))))
    assert (past / "totals.csv").exists()
    assert (tmp_path / "thu" / "latest").resolve() == present.resolve()
    shelf.publish(of(now + timedelta(days=7)))
    shelf.publish(of(now))
    assert (tmp_path / "thu" / "latest").resolve() == present.resolve()


def test_the_same_instant_again_changes_no_byte(
    tables: NationalTables, tmp_path: Path
) -> None:
    shelf = ExportFolder(tmp_path)
    folder = Path(shelf.publish(tables))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert Path(shelf.publish(tables)) == folder
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_links_that_a_crash_left_are_swept(tables: NationalTables, tmp_path: Path) -> None:
    (tmp_path / "thu").mkdir()
    (tmp_path / "thu" / ".latest.dead").symlink_to("nowhere")
    ExportFolder(tmp_path).publish(tables)
    names = sorted(path.name for path in (tmp_path / "thu").iterdir())
    mark = mark_of_run(tmp_path, tables.run).name
    assert names == [mark, "20130713-090000", "latest"]


@pytest.mark.fault("F-S15-1")
def test_when_the_disk_refuses_latest_stays_where_it_was(
    tables: NationalTables, tmp_path: Path
) -> None:
    """A file stands where the next run's folder should be."""
    shelf = ExportFolder(tmp_path)
    folder = Path(shelf.publish(tables))
    (tmp_path / "thu" / "20130714-090000").write_text("in the way", "utf-8")
    with pytest.raises(TransientError, match="20130714"):
        shelf.publish(later(tables))
    assert (tmp_path / "thu" / "latest").resolve() == folder.resolve()


def test_the_same_instant_with_other_figures_is_a_folder_beside_it(
    tables: NationalTables, tmp_path: Path
) -> None:
    """The products of the first stay as they were, also for who has them open."""
    shelf = ExportFolder(tmp_path)
    first = Path(shelf.publish(tables))
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    other = replace(tables, figures=tables.figures[1:])
    second = Path(shelf.publish(other))
    assert second.name == "20130713-090000-2"
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before
    assert (tmp_path / "thu" / "latest").resolve() == second.resolve()
    assert Path(shelf.publish(tables)) == first
    assert Path(shelf.publish(other)) == second


def again(tables: NationalTables, hours: int, *, fewer: bool) -> NationalTables:
    """Another run of the same instant, perhaps with other figures."""
    run = replace(tables.run, started_at=tables.run.started_at + timedelta(hours=hours))
    return replace(tables, run=run, figures=tables.figures[1 if fewer else 0 :])


def test_a_run_is_served_its_own_files_not_those_of_a_later_one(
    tables: NationalTables, tmp_path: Path
) -> None:
    folder, shelf = ExportFolder(tmp_path), ExportShelf(tmp_path)
    runs = [again(tables, hours, fewer=hours == 1) for hours in range(3)]
    places = [Path(folder.publish(run)) for run in runs]
    assert [place.name[15:] for place in places] == ["", "-2", ""]
    for run, place in zip(runs, places, strict=True):
        assert "figures.csv" in shelf.names(run.run)
        own = (place / "figures.csv").read_bytes()
        assert shelf.read(run.run, "figures.csv") == own
    elsewhere = again(tables, 3, fewer=False).run  # its products went to another folder
    assert shelf.names(elsewhere) == {}
    with pytest.raises(PermanentError, match="no such product"):
        shelf.read(elsewhere, "figures.csv")


def test_a_copy_without_links_serves_the_same(
    tables: NationalTables, tmp_path: Path
) -> None:
    folder = ExportFolder(tmp_path / "exports")
    runs = [again(tables, hours, fewer=hours == 1) for hours in range(2)]
    own = [Path(folder.publish(run), "figures.csv").read_bytes() for run in runs]
    copied = ExportShelf(copytree(tmp_path / "exports", tmp_path / "copied"))
    assert [copied.read(run.run, "figures.csv") for run in runs] == own


def test_a_run_of_before_the_links_has_the_only_folder_that_is_nobodys(
    tables: NationalTables, tmp_path: Path
) -> None:
    folder, shelf = ExportFolder(tmp_path), ExportShelf(tmp_path)
    first, second = (again(tables, hours, fewer=hours == 1) for hours in range(2))
    folder.publish(first)
    mark_of_run(tmp_path, first.run).unlink()
    assert shelf.names(first.run)
    own = shelf.read(first.run, "figures.csv")
    folder.publish(second)
    assert shelf.read(first.run, "figures.csv") == own
    assert shelf.read(second.run, "figures.csv") != own
    mark_of_run(tmp_path, second.run).unlink()
    assert shelf.names(first.run) == shelf.names(second.run) == {}


def test_a_folder_that_was_taken_away_and_made_anew_is_not_the_old_runs(
    tables: NationalTables, tmp_path: Path
) -> None:
    folder, shelf = ExportFolder(tmp_path), ExportShelf(tmp_path)
    old, new = (again(tables, hours, fewer=hours == 1) for hours in range(2))
    rmtree(folder.publish(old))
    assert shelf.names(old.run) == {}
    folder.publish(new)
    assert shelf.names(old.run) == {}
    assert shelf.names(new.run)


@pytest.mark.parametrize("files", range(6))
def test_a_run_that_dies_at_any_file_leaves_the_old_products_whole(
    tables: NationalTables, tmp_path: Path, files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no name and no link until it is whole; the next run sweeps it away."""
    shelf = ExportFolder(tmp_path)
    old = Path(shelf.publish(tables))
    written = 0
    real = export_folder.write_durably

    def dying(target: Path, data: bytes, aside: Path) -> None:
        nonlocal written
        if written == files:
            raise KeyboardInterrupt
        written += 1
        real(target, data, aside)

    monkeypatch.setattr(export_folder, "write_durably", dying)
    if files < len(list(old.iterdir())):
        with pytest.raises(KeyboardInterrupt):
            shelf.publish(later(tables))
        assert (tmp_path / "thu" / "latest").resolve() == old.resolve()
        assert {p.name for p in (tmp_path / "thu").glob("2013*")} == {old.name}
    monkeypatch.setattr(export_folder, "write_durably", real)
    new = Path(shelf.publish(later(tables)))
    names = {path.name for path in (tmp_path / "thu").iterdir()}
    mark = mark_of_run(tmp_path, tables.run).name
    assert names == {old.name, new.name, "latest", mark}


def test_a_folder_that_was_moved_elsewhere_and_linked_is_left_alone(
    tables: NationalTables, tmp_path: Path
) -> None:
    shelf, elsewhere = tmp_path / "exports" / "thu", tmp_path / "elsewhere"
    shelf.mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "totals.csv").write_bytes(b"1")
    link = shelf / "20100101-020000"
    link.symlink_to(elsewhere)
    store = ExportShelf(tmp_path / "exports")
    before = tables.run.as_of
    assert store.prune("thu", before, runs=[], dry_run=False) == ((), 0)
    ExportFolder(tmp_path / "exports").publish(tables)
    assert link.resolve() == elsewhere
    assert (elsewhere / "totals.csv").read_bytes() == b"1"
