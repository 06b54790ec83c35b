"""What a message request carries to the offload lane: the conversation, and nothing of whose it is."""

from __future__ import annotations

import json

import pytest

from router_bodies import Bodies
from tracker.router.lanes import request as lane_request
from tracker.router.log import message_body

ACCOUNT, DEVICE = "aaaaaaaa-1111-4222-8333-444444444444", "c0ffee" + "0" * 58
SESSION = "bbbbbbbb-5555-4666-8777-888888888888"
USER = {"device_id": DEVICE, "account_uuid": ACCOUNT, "session_id": SESSION}
USERS = [json.dumps(USER), f"user_{DEVICE}_account_{ACCOUNT}_session_{SESSION}"]
ADDRESS = "Jo.O'Made-Up+1@Example.org"
LINE = "# userEmail\nThe user's email address is {}. Use it only to identify the user."


def sent_to_zai(**more):
    """Return what Z.AI gets of a body, parsed: whatever is replaced, it stays JSON."""
    body = {"model": "claude-haiku-5-5", "messages": [], **more}
    raw = json.dumps(body, ensure_ascii=False).encode()
    return json.loads(lane_request.body(message_body.members(raw), "glm-4.6", 131072))


@pytest.mark.parametrize("user", USERS, ids=["2.1", "2.0"])
@pytest.mark.parametrize("mark", [ACCOUNT, ACCOUNT.upper(), DEVICE, DEVICE.upper(), SESSION])
def test_an_id_of_the_metadata_stands_nowhere_in_what_zai_gets(user, mark):
    nested = json.dumps({"answer": json.dumps({"id": mark})})
    result = {"type": "tool_result", "tool_use_id": "t", "content": nested}
    sent = sent_to_zai(
        messages=[{"role": "user", "content": f"I am {mark}."}, {"role": "user", "content": [result]}],
        system=[{"type": "text", "text": f"see https://example.org/?id={mark}"}],
        tools=[{"name": "t", "description": mark}],
        metadata={"user_id": user},
    )
    assert mark not in json.dumps(sent) and "metadata" not in sent
    assert sent["messages"][0]["content"] == "I am [removed]."
    assert json.loads(json.loads(sent["messages"][1]["content"][0]["content"])["answer"]) == {
        "id": "[removed]"
    }


@pytest.mark.parametrize("user", USERS, ids=["2.1", "2.0"])
def test_files_below_a_sessions_folder_are_still_found(user):
    path = f"/tmp/claude-1000/-home-jo/{SESSION}/tasks/a7.output"
    sent = sent_to_zai(messages=[{"role": "user", "content": path}], metadata={"user_id": user})
    assert sent["messages"][0]["content"] == path


@pytest.mark.parametrize(
    "written",
    [
        ADDRESS,
        ADDRESS.lower(),
        ADDRESS.upper(),
        ADDRESS.replace("@", "%40"),
        ADDRESS.swapcase(),
        f"mailto:{ADDRESS}",
    ],
)
def test_the_accounts_address_stands_nowhere_in_what_zai_gets(written):
    sent = sent_to_zai(
        messages=[{"role": "user", "content": LINE.format(ADDRESS)}, {"role": "user", "content": written}],
        system=f"Author: <{written}>",
    )
    assert "made-up" not in json.dumps(sent).lower()
    assert sent["messages"][0]["content"] == LINE.format("[removed]")


@pytest.mark.parametrize(
    "line",
    ["User email: {}", "userEmail is <{}>", '{{"userEmail": "{}"}}', "The user’s account email is {}."],
)
@pytest.mark.parametrize("address", [ADDRESS, "jo@example.org", "jö@exämple.org"])
def test_the_address_is_found_however_its_line_is_worded(line, address):
    sent = sent_to_zai(messages=[{"role": "user", "content": line.format(address)}])
    assert sent["messages"][0]["content"] == line.format("[removed]")


@pytest.mark.parametrize("text", ["Author: Jo <jo@example.org>", "mail jo@example.org", "users: @types/node"])
def test_an_address_that_is_content_passes(text):
    assert sent_to_zai(messages=[{"role": "user", "content": text}])["messages"][0]["content"] == text


BILLING = "x-anthropic-billing-header: cc_version=2.1.329; cc_entrypoint=cli;"


@pytest.mark.parametrize(
    "system, kept",
    [
        ([{"type": "text", "text": BILLING}, {"type": "text", "text": "B"}], [{"type": "text", "text": "B"}]),
        ([{"type": "text", "text": f"A\n{BILLING}\nB"}], [{"type": "text", "text": "A\nB"}]),
        (BILLING.upper() + "\nB", "B"),
        (f"A\n{BILLING}", "A\n"),
        ("What is x-anthropic-billing-header: for?", "What is x-anthropic-billing-header: for?"),
    ],
)
def test_the_billing_line_is_left_out_wherever_it_stands_in_the_system_prompt(system, kept):
    assert sent_to_zai(system=system)["system"] == kept


def test_whatever_a_body_holds_the_rest_of_it_arrives_and_no_identity_does():
    bodies, sent_on = Bodies(9), 0
    for _ in range(3000):
        raw = bodies.next()
        try:
            found = message_body.members(raw)
        except message_body.UnreadableBody:
            continue
        sent_on += 1
        sent = lane_request.body(found, "glm-4.6", 131072)
        arrived, kept = (
            json.loads(sent),
            {key: part.value for key, part in found.items() if key != "metadata"},
        )
        assert arrived["model"] == "glm-4.6" and arrived.keys() == kept.keys() | {"model"}, raw
        metadata = found["metadata"].source.lower() if "metadata" in found else b""
        named = lane_request.identities(metadata, sent)
        assert not [name for name in named if name in sent.lower()], raw
        for key, part in kept.items():
            if key == "max_tokens" and isinstance(part, int):
                assert arrived[key] <= 131072, raw
            elif key not in ("model", "system", "max_tokens", "thinking") and "[removed]" not in json.dumps(
                arrived[key]
            ):
                assert arrived[key] == part, raw
    assert sent_on > 750
