"""What a message request carries to the offload lane: the conversation, and nothing of whose it is."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from router_bodies import Bodies
from tracker.proofs import markers
from tracker.router.dialects import named
from tracker.router.lanes import request as lane_request
from tracker.router.log import message_body

ACCOUNT, DEVICE = "aaaaaaaa-1111-4222-8333-444444444444", "c0ffee" + "0" * 58
SESSION = "bbbbbbbb-5555-4666-8777-888888888888"
USER = {"device_id": DEVICE, "account_uuid": ACCOUNT, "session_id": SESSION}
USERS = [json.dumps(USER), f"user_{DEVICE}_account_{ACCOUNT}_session_{SESSION}"]
ADDRESS = "Jo.O'Made-Up+1@Example.org"
LINE = "# userEmail\nThe user's email address is {}. Use it only to identify the user."


def carried(raw, fields=(), query="", dialect="zai", **more):
    members = message_body.members(raw)
    return lane_request.carried(list(fields), query, members, "glm-4.6", 131072, named(dialect), **more)


def sent_to_zai(**more):
    """Return what Z.AI gets of a body, parsed: whatever is replaced, it stays JSON."""
    body = {"model": "claude-haiku-5-5", "messages": [], **more}
    return json.loads(carried(json.dumps(body, ensure_ascii=False).encode()).body)


def said(text):
    return [{"role": "user", "content": text}]


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
    sent = sent_to_zai(messages=said(path), metadata={"user_id": user})
    assert sent["messages"][0]["content"] == path


@pytest.mark.parametrize(
    "written",
    [
        *(ADDRESS, ADDRESS.lower(), ADDRESS.upper(), ADDRESS.swapcase()),
        *(ADDRESS.replace("@", "%40"), f"mailto:{ADDRESS}"),
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
    [
        *("User email: {}", "userEmail is <{}>", '{{"userEmail": "{}"}}', "The user’s account email is {}."),
        *("account email is {}", "Account: {}", "You are logged in as {}.", "Signed in with {}", "login: {}"),
    ],
)
@pytest.mark.parametrize("address", [ADDRESS, "jo@example.org", "jö@exämple.org"])
def test_the_address_is_found_however_its_line_is_worded(line, address):
    sent = sent_to_zai(messages=said(line.format(address)))
    assert sent["messages"][0]["content"] == line.format("[removed]")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Author: Jo <jo@example.org>",
            "mail jo@example.org",
            "users: @types/node",
            "git@github.com:a/b.git",
        ),
        *("%d of 100%", "ｆｕｌｌ width", "\\u0041", "a &amp; b", "\x1b[0m red", "x = '\\x1b[0m'", "é€😀"),
    ],
)
def test_what_is_content_passes_as_it_came(text):
    metadata = {"user_id": USERS[0]}
    assert sent_to_zai(messages=said(text), metadata=metadata)["messages"][0]["content"] == text


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
def test_the_billing_line_is_left_out_wherever_it_stands(system, kept):
    assert sent_to_zai(system=system)["system"] == kept
    assert sent_to_zai(messages=[{"role": "system", "content": system}])["messages"][0]["content"] == kept


def test_every_marker_of_the_list_is_gone_and_the_sentence_beside_it_is_not():
    """The same markers as productize-check sends through a whole router."""
    left = {}
    for marker in markers.MARKERS:
        got = carried(marker.body(), marker.fields(), marker.query)
        whole = b"\n".join([got.body, got.query.encode(), *(b": ".join(field) for field in got.fields)])
        if any(secret in whole for secret in marker.secrets):
            left[marker.name] = whole[:300]
        assert markers.SENTENCE.encode() in got.body, marker.name
    assert not left
    assert len(markers.MARKERS) >= 100


def test_what_is_dropped_is_counted_by_place_and_name():
    raw = b'{"model":"claude-haiku-4-5","metadata":{},"mcp_servers":[],"container":"c","messages":[{"role":"user","content":"x","id":1}]}'
    fields = [(b"Cookie", b"a"), (b"Accept", b"*/*"), (b"X-Sk-Ant-" + b"a" * 60, b"b"), (b"Host", b"h")]
    got = carried(raw, fields, "beta=true&token=secret")
    assert got.dropped == {
        "body:container": 1,
        "body:mcp_servers": 1,
        "body:metadata": 1,
        "header:cookie": 1,
        "header:other": 1,
        "messages:id": 1,
        "query:token": 1,
    }
    assert got.query == "beta=true" and got.fields == [(b"Accept", b"*/*")]


@pytest.mark.parametrize(
    "dialect, members", [("deepseek", {"output_config"}), ("zai", {"top_k"}), ("kimi", {"top_k"})]
)
def test_each_dialect_has_its_own_list(dialect, members):
    asked = {"model": "claude-haiku-4-5", "messages": [], "top_k": 5, "output_config": {"effort": "low"}}
    sent = json.loads(carried(json.dumps(asked).encode(), dialect=dialect).body)
    assert sent.keys() - {"model", "messages"} == members


def test_offload_strip_takes_out_paths_git_names_and_addresses():
    text = "cd /Users/jo/x && ls C:\\Users\\jo\\y\nAuthor: Jo Made <jo@example.org>\ncommit 0123456789abcdef\nmail a@b.org"
    raw = json.dumps({"model": "claude-haiku-4-5", "messages": said(text)}).encode()
    got = carried(raw, strip=frozenset({"paths", "git", "emails"}), pseudonym="user-1")
    assert json.loads(got.body)["messages"][0]["content"] == (
        "cd /Users/user-1/x && ls C:\\Users\\user-1\\y\nAuthor: [removed]\ncommit 0123456789abcdef\nmail [removed]"
    )
    assert json.loads(carried(raw).body)["messages"][0]["content"] == text


def test_offload_strip_leaves_out_what_tools_answered_and_each_call_keeps_an_answer():
    call = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "/x"}}
    answer = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": [{"type": "text", "text": "SECRET"}],
    }
    beside = {"type": "text", "text": "go on"}
    raw = json.dumps(
        {
            "model": "claude-haiku-4-5",
            "messages": [
                {"role": "assistant", "content": [call]},
                {"role": "user", "content": [answer, beside]},
            ],
        }
    ).encode()
    sent = json.loads(carried(raw, strip=frozenset({"results"}), pseudonym="user-1").body)["messages"]
    assert sent[0]["content"] == [call]
    assert sent[1]["content"] == [answer | {"content": "[removed]"}, beside]
    assert json.loads(carried(raw).body)["messages"][1]["content"][0] == answer


def test_whatever_a_body_holds_the_rest_of_it_arrives_and_no_identity_does():
    bodies, sent_on = Bodies(9), 0
    for _ in range(3000):
        raw = bodies.next()
        try:
            found = message_body.members(raw)
        except message_body.UnreadableBody:
            continue
        sent_on += 1
        arrived = json.loads(carried(raw).body)
        kept = {key: part.value for key, part in found.items() if key in named("zai").members}
        for key, kind in (("max_tokens", int | float), ("stream", bool)):
            if not isinstance(kept.get(key), kind) or isinstance(kept[key], bool) != (kind is bool):
                kept.pop(key, None)  # what is no plain value there is dropped
        assert arrived["model"] == "glm-4.6" and arrived.keys() == kept.keys() | {"model"}, raw
        assert "jo@example.org" not in json.dumps(
            arrived
        ) or "The user's email address is jo" not in json.dumps(arrived), raw
        for key, part in kept.items():
            whole = json.dumps(arrived[key])
            if key == "max_tokens" and isinstance(part, int):
                assert arrived[key] <= 131072, raw
            elif (
                key not in ("model", "system", "messages", "max_tokens", "thinking")
                and "[removed]" not in whole
            ):
                expected = json.dumps(part)
                assert whole == expected or any(word in expected for word in ("metadata", "billing")), raw
    assert sent_on > 750


def test_an_id_that_only_an_overwritten_member_tells_is_taken_out_as_well():
    raw = b'{"model":"h", "metadata":{"user_id":"%s"}, "metadata":{}, "messages":[{"role":"user","content":"I am %s."}]}'
    raw %= (ACCOUNT.encode(), ACCOUNT.encode())
    again = message_body.repeated(raw, message_body.members(raw))["metadata"]
    assert ACCOUNT not in carried(raw, overwritten=again).body.decode()


@pytest.mark.parametrize(
    "user",
    [
        base64.b64encode(json.dumps({"account": ACCOUNT}).encode()).decode(),
        quote(json.dumps({"account": ACCOUNT})),
        f'{{"account":"{ACCOUNT}","account":"x"}}',
    ],
)
def test_metadata_are_read_however_they_are_written(user):
    got = sent_to_zai(metadata={"user_id": user}, messages=said(f"I am {ACCOUNT}."))
    assert got["messages"] == said("I am [removed].")


def test_a_number_of_the_metadata_is_an_identity():
    got = sent_to_zai(metadata={"user_id": 12345678901234}, messages=said("I am 12345678901234."))
    assert got["messages"] == said("I am [removed].")


@pytest.mark.parametrize(
    "value",
    [
        list(ACCOUNT),
        ACCOUNT.split("-"),
        dict(enumerate(ACCOUNT.split("-"))),
        {ACCOUNT[:18]: ACCOUNT[18:]},
        [float(ord(sign)) for sign in ACCOUNT],
        float(int(ACCOUNT.replace("-", ""), 16)),
    ],
)
def test_an_id_in_parts_is_taken_out_of_a_tools_input(value):
    use = {
        "type": "tool_use",
        "id": "t",
        "name": "t",
        "input": {"path": "/a", "value": value, "names": ["a", "b"]},
    }
    got = sent_to_zai(
        metadata={"user_id": json.dumps(USER)}, messages=[{"role": "assistant", "content": [use]}]
    )
    made = got["messages"][0]["content"][0]["input"]
    assert made["path"] == "/a" and made["names"] == ["a", "b"]
    said_now = json.dumps(made["value"])
    assert not any(part in said_now for part in (*ACCOUNT.split("-"), '"4", "4"', "52.0", "e+38")), made


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000])
def test_a_number_that_cannot_be_written_again_is_told(number):
    raw = '{"model":"h","messages":[{"role":"user","content":[{"type":"x","input":{"n":NUMBER,"t":"\\ud800"}}]}]}'
    with pytest.raises(message_body.UnreadableBody):
        carried(raw.replace("NUMBER", number).encode())


def test_a_beta_that_has_a_part_of_an_identity_is_dropped_and_others_pass():
    betas = f"claude-code-20250219,a{ACCOUNT[:8]}-2025-01-01,context-1m-2025-08-07"
    told = json.dumps({"model": "h", "messages": [], "metadata": {"user_id": json.dumps(USER)}}).encode()
    fields = carried(told, [(b"anthropic-beta", betas.encode())]).fields
    assert fields == [(b"anthropic-beta", b"claude-code-20250219,context-1m-2025-08-07")]


def test_a_query_parameter_is_a_switch():
    got = carried(b'{"model":"h","messages":[]}', query=f"beta=true&beta={ACCOUNT[:8]}&beta=1")
    assert got.query == "beta=true&beta=1"
