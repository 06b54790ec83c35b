"""Which tools a command joins, and which options go to which."""

from __future__ import annotations

from tracker import providers
from tracker.ops import dispatch


def test_every_provider_of_the_table_can_be_ingested_and_aliased():
    for name in providers.NAMES:
        (capture, append) = dispatch.steps(
            dispatch.INGEST[name], ["--window", "W1", "--force"], None, "ingest"
        )
        assert capture[0].endswith("/bin/capture")
        assert capture[1:] == [name, "--window", "W1"]
        assert append[1:] == ["--source", "ingest", "--force"]
        command, options = dispatch.alias("end", name, [])
        assert (command, options) == (dispatch.INGEST[name], ["--phase", "after"])
        command, options = dispatch.alias("delete", name, ["--window", "W1"])
        assert options == ["--last", "before", "--provider", name, "--window", "W1"]


def test_the_data_folder_is_tracker_s_own_wherever_it_stands():
    for words in (["--data-dir", "d", "preview", "--json"], ["preview", "--json", "--data-dir", "d"]):
        assert dispatch.split(words) == (["--data-dir", "d", "preview"], ["--json"])


def test_help_is_the_tool_s_own():
    ((tool, *words),) = dispatch.steps(dispatch.INGEST["glm"], ["--help"], None, "ingest")
    assert (tool.endswith("/bin/capture"), words) == (True, ["glm", "--help"])
