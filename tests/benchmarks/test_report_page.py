"""Figures become the tables of docs/performance.md."""

from pathlib import Path

import pytest

from benchmarks import report_page
from benchmarks.results import BenchmarkResults, Measurement
from tests.support.running import ROOT


def results() -> BenchmarkResults:
    """Return three rounds of two servers, one of them void once, and of one always void."""
    found = BenchmarkResults(
        {"cores": "one"}, {"cores": "2"}, {"ours": "v1", "redis": "v2", "ngircd": "v3"}
    )
    for number, (ours, redis) in enumerate([(9e6, 2e6), (6e6, 3e6), (7e6, 1e6)]):
        add = found.records.append
        add(
            Measurement("full", 1000, "ours", number, {"deliveries_per_s": ours, "cpu_us": 0.1})
        )
        add(
            Measurement(
                "full", 1000, "redis", number, {"deliveries_per_s": redis, "cpu_us": 0.5}
            )
        )
        add(Measurement("full", 1000, "ngircd", number, void="message 7 of sender 1, not 6"))
    found.records.append(Measurement("full", 1000, "redis", 3, void="the bottleneck"))
    return found


def test_medians_and_ratios() -> None:
    text = report_page.markdown(results())
    assert (
        "| full load, N = 1,000: thousand deliveries/s | 7,000 | 2,000 (0.29) | void |" in text
    )
    assert (
        "| full load, N = 1,000: server CPU, µs a delivery | 0.10 | 0.50 (5) | void |" in text
    )


def test_a_comparison_has_both_values_and_their_ratio() -> None:
    found = results()
    found.versions.clear()
    found.versions.update({"ours": "v2", "base": "v1"})
    base = {"deliveries_per_s": 8e6, "cpu_us": 0.125}
    found.records.append(Measurement("full", 1000, "base", 1, base))
    text = report_page.markdown(found)
    assert "|  | ours | base | ours/base |" in text
    assert "| full load, N = 1,000: thousand deliveries/s | 7,000 | 8,000 | 0.875 |" in text
    assert "| full load, N = 1,000: server CPU, µs a delivery | 0.10 | 0.12 | 0.800 |" in text
    assert "as a multiple of ours" not in text


def test_figures_on_hosts_are_compared_with_those_on_one_and_have_a_place(
    tmp_path: Path,
) -> None:
    found = BenchmarkResults({"cores": "two"}, {}, {"ours": "v", "hosts": "v"})
    for peer, messages in ("ours", 40_000.0), ("hosts", 20_000.0):
        figures = {"messages_per_s": messages}
        found.records.append(Measurement("window16", 100, peer, 1, figures))
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures: hosts -->\nold\n<!-- end: hosts -->\nafter\n")
    report_page.write(found, page)
    text = page.read_text("utf-8")
    assert "|  | hosts | ours | hosts/ours |" in text
    assert "messages/s in all journals | 20,000 | 40,000 | 0.500 |" in text
    assert "messages/s | ≥ 20000 | 2e+04 | yes |" in text
    assert "old" not in text


def test_void_figures_are_listed() -> None:
    text = report_page.markdown(results())
    assert "- full, N = 1,000, ngircd, 3 times: message 7 of sender 1, not 6" in text
    assert "- full, N = 1,000, redis, 1 times: the bottleneck" in text


def test_only_measured_goals_are_listed() -> None:
    text = report_page.markdown(results())
    assert "N = 1000, deliveries/s over those of redis | ≥ 3 | 3.5 | yes |" in text
    assert "over those of ngircd" not in text


def test_saved_figures_can_be_loaded(tmp_path: Path) -> None:
    results().save(tmp_path / "figures.json")
    assert BenchmarkResults.load(tmp_path / "figures.json") == results()


def test_only_the_figures_of_the_page_are_replaced(tmp_path: Path) -> None:
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


def test_a_page_without_markers_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("# Nothing here\n")
    with pytest.raises(ValueError, match="no place for figures"):
        report_page.write(results(), file)
    assert file.read_text() == "# Nothing here\n"
