"""Where a shell's client would go, and whether that is the arm."""

import json
import socket

import pytest

from tracker.workday import route


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def look(tmp_path, **environment):
    return route.look(environment, tmp_path / "state.json", tmp_path / "router.control")


def say(tmp_path, port, **more):
    said = {"port": port, "force_haiku": True, "paused": False, "written_at": 0} | more
    (tmp_path / "state.json").write_text(json.dumps(said))


def test_a_proxy_elsewhere_is_not_ours(tmp_path):
    assert look(tmp_path, HTTPS_PROXY="http://proxy.example.com:3128").port is None


def test_what_the_router_says_counts_for_its_own_port_only(tmp_path, port):
    say(tmp_path, port)
    assert look(tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}").forced is True
    say(tmp_path, port + 1)
    assert look(tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}").forced is None


def test_of_two_routers_beside_one_log_each_says_its_own(tmp_path, port):
    say(tmp_path, port)
    (tmp_path / "state.json").rename(tmp_path / f"state-{port}.json")
    say(tmp_path, port + 1, force_haiku=False)
    assert look(tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}").forced is True


def test_a_pause_is_told_from_a_start_that_does_not_offload(tmp_path, port):
    """Given a router that was started with FORCE_HAIKU_TO_ZAI=0, `ccresume` would change nothing."""
    proxy = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
    say(tmp_path, port, paused=True)
    assert look(tmp_path, **proxy)[2:] == (False, [], None, False, True)
    say(tmp_path, port, force_haiku=False)
    assert look(tmp_path, **proxy)[2:] == (False, [], None, False, False)


def test_a_state_file_of_garbage_says_nothing(tmp_path, port):
    (tmp_path / "state.json").write_text("[1")
    assert look(tmp_path, https_proxy=f"http://localhost:{port}").forced is None


def test_a_newer_control_file_wins(tmp_path, port):
    say(tmp_path, port)
    (tmp_path / "router.control").write_text("OFFLOAD_PAUSED='1'\n")
    assert look(tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}").forced is False
    say(tmp_path, port, written_at=4e9)
    assert look(tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}").forced is True


def test_what_the_control_file_held_before_the_start_is_no_news(tmp_path, port):
    """Started with FORCE_HAIKU_TO_ZAI=0 beside a file that says 1, then `ccresume`: it still does not offload."""
    held = {"force_haiku_to_zai": "1", "offload_paused": "1"}
    say(tmp_path, port, force_haiku=False, paused=True, control=held)
    control = tmp_path / "router.control"
    control.write_text("FORCE_HAIKU_TO_ZAI=1\nOFFLOAD_PAUSED=0\n")
    proxy = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
    assert look(tmp_path, **proxy)[2:] == (False, [], None, False, False)
    control.write_text("OFFLOAD_PAUSED=0\nFORCE_HAIKU_TO_ZAI=1\n")
    assert look(tmp_path, **proxy).forced is True


@pytest.mark.parametrize(
    ("way", "offloads", "word"),
    [
        (route.Route(None, False, None, []), True, "ccmitm"),
        (route.Route(8082, False, None, []), True, "nothing answers"),
        (route.Route(8082, True, False, []), True, "as it was started; type `ccmitm 8082`"),
        (route.Route(8082, True, False, [], is_paused=True), True, "type `ccresume`"),
        (route.Route(8082, True, True, []), True, None),
        (route.Route(8082, True, None, []), True, None),
        (route.Route(None, False, None, []), False, None),
        (route.Route(8082, False, None, []), False, "ccstock"),
        (route.Route(8082, True, True, []), False, "ccstock"),
        (route.Route(8082, True, False, []), False, None),
        (route.Route(None, False, None, ["ANTHROPIC_API_KEY"]), False, "ANTHROPIC_API_KEY"),
        (route.Route(8082, True, True, [], "five_hour>80"), False, "OFFLOAD_WHEN=off"),
        (route.Route(8082, True, True, [], "five_hour>80"), True, "OFFLOAD_WHEN=off"),
    ],
)
def test_the_wrong_arm_is_named_with_what_to_type(way, offloads, word):
    said = route.wrong_for(way, offloads)
    assert (said is None) if word is None else word in said


@pytest.mark.parametrize(
    ("way", "word"),
    [
        (route.Route(8082, True, True, [], "five_hour>80"), None),
        (route.Route(8082, True, None, []), None),
        (route.Route(8082, True, True, []), "'OFFLOAD_WHEN=five_hour>80'"),
        (route.Route(8082, True, False, [], is_paused=True), "ccresume"),
        (route.Route(None, False, None, []), "ccmitm"),
    ],
)
def test_a_window_by_what_is_left_needs_a_router_that_goes_by_it(way, word):
    said = route.wrong_for(way, offloads=True, by_quota=True)
    assert (said is None) if word is None else word in said


def test_the_rule_in_force_is_said_and_whether_a_mark_is_passed(tmp_path, port):
    proxy = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
    say(tmp_path, port, offload_when="weekly>90", offloads_until=4e9)
    assert look(tmp_path, **proxy).words.endswith(
        "Haiku goes to the offload lane while weekly>90: now it does"
    )
    say(tmp_path, port, offload_when="weekly>90", offloads_until=1)  # that reset has passed
    assert look(tmp_path, **proxy).words.endswith("now it does not")
    say(tmp_path, port, offload_when="weekly>90", paused=True)
    assert look(tmp_path, **proxy).words.endswith("it only watches")


def test_a_rule_that_was_set_since_is_in_force(tmp_path, port):
    proxy = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
    say(tmp_path, port, force_haiku=False)
    (tmp_path / "router.control").write_text("OFFLOAD_WHEN=five_hour>80\n")
    assert look(tmp_path, **proxy).rule == "five_hour>80"
    (tmp_path / "router.control").write_text("FORCE_HAIKU_TO_ZAI=0\nOFFLOAD_WHEN=five_hour>80\n")
    assert look(tmp_path, **proxy).forced is False
    say(tmp_path, port, offload_when="five_hour>80")
    (tmp_path / "router.control").write_text("OFFLOAD_WHEN=off\n")
    assert (look(tmp_path, **proxy).rule, look(tmp_path, **proxy).forced) == (None, True)
