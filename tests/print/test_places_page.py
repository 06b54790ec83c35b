"""Where things are, two lines a place."""

from __future__ import annotations

from tracker.print import places_page


def test_a_place_has_its_path_what_it_is_and_why_it_is_there():
    places = [("log", "/l", "USAGE_LOG", "the router's log"), ("ledger", "/x", "the default", "the ledger")]
    assert places_page.render(places) == (
        "log      /l\n         the router's log: USAGE_LOG\nledger   /x\n         the ledger: the default\n"
    )
    assert places_page.render([]) == ""
