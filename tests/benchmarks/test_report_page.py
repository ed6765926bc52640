"""Figures become the tables of docs/performance.md."""

from pathlib import Path

import pytest

from benchmarks import report_page
from benchmarks.results import Record, Results
from tests.support.running import ROOT


def results() -> Results:
    """Three rounds of two servers, one of them void once; and one that was void always."""
    found = Results(
        {"cores": "one"}, {"cores": "2"}, {"ours": "v1", "redis": "v2", "ngircd": "v3"}
    )
    for number, (ours, redis) in enumerate([(9e6, 2e6), (6e6, 3e6), (7e6, 1e6)]):
        add = found.records.append
        add(Record("full", 1000, "ours", number, {"deliveries_per_s": ours, "cpu_us": 0.1}))
        add(Record("full", 1000, "redis", number, {"deliveries_per_s": redis, "cpu_us": 0.5}))
        add(Record("full", 1000, "ngircd", number, void="message 7 of speaker 1, not 6"))
    found.records.append(Record("full", 1000, "redis", 3, void="the bottleneck"))
    return found


def test_medians_and_ratios() -> None:
    text = report_page.markdown(results())
    assert (
        "| full load, N = 1,000: thousand deliveries/s | 7,000 | 2,000 (0.29) | void |" in text
    )
    assert (
        "| full load, N = 1,000: server CPU, µs a delivery | 0.10 | 0.50 (5) | void |" in text
    )


def test_what_is_void_is_told() -> None:
    text = report_page.markdown(results())
    assert "- full, N = 1,000, ngircd, 3 times: message 7 of speaker 1, not 6" in text
    assert "- full, N = 1,000, redis, 1 times: the bottleneck" in text


def test_goals_that_were_measured() -> None:
    text = report_page.markdown(results())
    assert "N = 1000, deliveries/s over those of redis | ≥ 3 | 3.5 | yes |" in text
    assert "over those of ngircd" not in text


def test_kept_figures_are_read_again(tmp_path: Path) -> None:
    results().save(tmp_path / "figures.json")
    assert Results.load(tmp_path / "figures.json") == results()


def test_only_the_figures_of_the_page_are_renewed(tmp_path: Path) -> None:
    copy = tmp_path / "performance.md"
    copy.write_text((ROOT / "docs" / "performance.md").read_text("utf-8"), "utf-8")
    before = copy.read_text("utf-8").split("<!-- figures: cores one -->")
    report_page.write(results(), copy)
    once = copy.read_text("utf-8")
    report_page.write(results(), copy)
    assert copy.read_text("utf-8") == once
    assert report_page.markdown(results()) in once
    assert once.startswith(before[0])
    assert once.endswith(before[1].split("<!-- end: cores one -->")[1])


def test_a_page_without_a_place_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("# Nothing here\n")
    with pytest.raises(ValueError, match="no place for figures"):
        report_page.write(results(), file)
    assert file.read_text() == "# Nothing here\n"
