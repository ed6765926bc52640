"""Members of a room on several hosts are timed while a part of it is killed."""

from click.testing import CliRunner

from benchmarks.hosts import main


def test_the_wait_for_a_room_process_that_was_killed_is_measured() -> None:
    result = CliRunner().invoke(main, ["--rounds", "1", "--only", "room"])
    assert result.exit_code == 0, result.output
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("| a room")]
    its_members, others = (float(cell.split(",")[0]) for cell in row.split("|")[3:5])
    assert its_members > 0  # a message was under way, or was sent meanwhile
    assert others > 0
