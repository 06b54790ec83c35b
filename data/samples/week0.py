"""Write the sample week as rows on stdout: `python3 data/samples/week0.py | ledger-append --data-dir DIR`.

Every number here is invented by a generator with a fixed seed; nothing was measured.  Twelve blocks
of one stock_anthropic and one mitm_offload window, three features each, the same tasks in both arms.
`week0.py usage` writes an excerpt of the router's log for the last three blocks instead.
"""

import json
import random
import sys
from datetime import UTC, datetime, timedelta

SEED = 20260104
BLOCKS = 12
SAMPLE = "sample data: invented, not measured"
ARMS = {"A": ("stock_anthropic", "W0-CL"), "B": ("mitm_offload", "W0-MITM")}
GLM_TOTAL = 12_000  # credits in five hours
FIRST_DAY = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def stamp(when):
    """Return a time as rows write it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def plan():
    """Return the registration."""
    return {
        "kind": "experiment",
        "ts": "2026-01-04T18:00:00Z",
        "baseline": "stock_anthropic",
        "candidate": "mitm_offload",
        "n_blocks": BLOCKS,
        "first_look": 5,
        "smallest_effect": 1.5,
        "seed": SEED,
        "notes": [SAMPLE],
    }


def windows(rng):
    """Yield (arm, window row) in the order in which the work was done; a coin decides AB or BA."""
    for block in range(1, BLOCKS + 1):
        hardness = rng.uniform(0.8, 1.25)
        for turn, arm in enumerate("AB" if rng.random() < 0.5 else "BA"):
            methodology, prefix = ARMS[arm]
            started = FIRST_DAY + timedelta(days=block - 1, hours=5.5 * turn, minutes=rng.randrange(10))
            points = round(hardness * rng.uniform(33, 42) * (1 if arm == "A" else 0.56))
            credits = 12 * rng.randrange(15, 36)
            yield (
                arm,
                {
                    "kind": "window",
                    "ts": stamp(started + timedelta(hours=4, minutes=50)),
                    "window": f"{prefix}-{block:02d}",
                    "methodology": methodology,
                    "provider": "claude",
                    "features": 3 if rng.random() < 0.9 else 2,
                    "capacity_pp": points,
                    "weekly_pp": max(1, round(points / 9)),
                    "glm_credits": credits if arm == "B" else None,
                    "glm_pp": round(credits * 100 / GLM_TOTAL, 6) if arm == "B" else None,
                    "block": block,
                    "quality_score": None,
                    "outcome": "pass",
                    "feature_id": f"T{block:02d}-1",
                    "features_by_provider": {},
                    "commit_start": f"{rng.getrandbits(160):040x}",
                    "commit_end": f"{rng.getrandbits(160):040x}",
                    "started_at": stamp(started),
                    "ended_at": stamp(started + timedelta(hours=4, minutes=45)),
                    "notes": [SAMPLE],
                },
            )


def readings(rng, arm, window):
    """Yield the snapshots before and after a window, from which its points follow."""
    before, weekly = rng.randrange(2, 9), rng.randrange(20, 60)
    reset = datetime.fromisoformat(window["started_at"]) + timedelta(hours=4, minutes=59)
    for phase, used, week in (("before", 0, 0), ("after", window["capacity_pp"], window["weekly_pp"])):
        yield {
            "kind": "snapshot",
            "ts": window["started_at"] if phase == "before" else window["ended_at"],
            "provider": "claude",
            "surface": "print",
            "window": window["window"],
            "phase": phase,
            "meters": [
                {"meter": "five_hour", "used_pct": before + used, "resets_at": stamp(reset)},
                {"meter": "weekly_all", "used_pct": weekly + week},
            ],
            "notes": [SAMPLE],
        }
        if arm == "B":
            yield glm_reading(window, phase, reset)


def glm_reading(window, phase, reset):
    """Return the GLM quota as read before or after a window."""
    used = 240 + (window["glm_credits"] if phase == "after" else 0)
    return {
        "kind": "snapshot",
        "ts": window["started_at"] if phase == "before" else window["ended_at"],
        "provider": "glm",
        "surface": "quota",
        "window": window["window"],
        "phase": phase,
        "meters": [
            {
                "meter": "five_hour",
                "used_pct": round(100 * used / GLM_TOTAL, 6),
                "used": used,
                "total": GLM_TOTAL,
                "resets_at": stamp(reset),
            }
        ],
        "notes": [SAMPLE],
    }


def telemetry(rng, arm, window):
    """Return a window's requests, summed."""
    total = rng.randrange(320, 460)
    offloadable = round(total * rng.uniform(0.42, 0.55))
    p50 = rng.uniform(760, 860) * (1 if arm == "A" else 1.02)
    errors = sum(rng.random() < 0.008 for _ in range(total))
    return {
        "kind": "proxy_telemetry",
        "ts": window["ts"],
        "window": window["window"],
        "methodology": window["methodology"],
        "total_prompts": total,
        "errors": errors,
        "error_rate": round(errors / total, 6),
        "total_tokens": total * rng.randrange(9000, 14000),
        "routed_prompts": offloadable if arm == "B" else 0,
        "routed_to_glm_pct": round(100 * offloadable / total, 3) if arm == "B" else 0.0,
        "offloadable_prompts": offloadable,
        "mean_latency_ms": round(p50 * 1.2, 1),
        "p50_latency_ms": round(p50, 1),
        "p95_latency_ms": round(p50 * rng.uniform(1.85, 2.15), 1),
    }


def features(rng, arm, window):
    """Yield the three tasks of a window, graded and priced."""
    for task in range(1, 4):
        cost = rng.uniform(0.75, 1.25) * (0.94 if arm == "A" else 0.35)
        yield {
            "kind": "feature",
            "ts": window["ts"],
            "feature_id": f"T{window['block']:02d}-{task}",
            "window": window["window"],
            "methodology": window["methodology"],
            "provider": "claude",
            "state": "delivered",
            "block": window["block"],
            "predicted_size": 50,
            "quality_score": round(min(1.0, rng.gauss(0.94 if arm == "A" else 0.92, 0.04)), 2),
            "cost_usd": round(cost, 4),
        }


def paperwork(window):
    """Yield what else a complete window has."""
    yield {
        "kind": "evidence",
        "ts": window["ts"],
        "check": "pytest",
        "result": "pass",
        "window": window["window"],
        "detail": SAMPLE,
    }
    yield {
        "kind": "churn",
        "ts": window["ts"],
        "window": window["window"],
        "provider": "claude",
        "methodology": window["methodology"],
        "commit_start": window["commit_start"],
        "commit_end": window["commit_end"],
        "added_lines": 150,
        "deleted_lines": 12,
        "files": 6,
        "churn_14d": None,
        "matures_at": stamp(datetime.fromisoformat(window["ts"]) + timedelta(days=14)),
    }


def backlog():
    """Yield two specs that wait for capacity only."""
    for number in (1, 2):
        yield {
            "kind": "feature",
            "ts": "2026-01-16T19:00:00Z",
            "feature_id": f"T13-{number}",
            "state": "ready",
            "blocked_by": "capacity",
        }


def week():
    """Yield all rows in the order in which they were recorded."""
    rng = random.Random(SEED)
    yield plan()
    for arm, window in windows(rng):
        yield from readings(rng, arm, window)
        made = list(features(rng, arm, window))
        window["quality_score"] = round(sum(row["quality_score"] for row in made) / 3, 4)
        yield window
        yield telemetry(rng, arm, window)
        yield from made
        yield from paperwork(window)
    yield {
        "kind": "evidence",
        "ts": "2026-01-16T19:00:00Z",
        "check": "panel-vote",
        "result": "go",
        "detail": f"3 of 4; {SAMPLE}",
    }
    yield from backlog()


def usage():
    """Yield the router's rows of the last three blocks, about forty requests a window."""
    rng = random.Random(SEED + 1)
    for row in list(week()):
        if row["kind"] != "window" or row["block"] <= BLOCKS - 3:
            continue
        offload = row["methodology"] == "mitm_offload"
        start = datetime.fromisoformat(row["started_at"])
        for number in range(40):
            yield request(rng, row, offload, start + timedelta(minutes=7 * number, seconds=rng.randrange(60)))


def request(rng, window, offload, when):
    """Return one request's row."""
    haiku = rng.random() < 0.5
    zai = haiku and offload
    latency = round(rng.lognormvariate(6.7, 0.45), 1)
    return {
        "kind": "usage",
        "ts": stamp(when),
        "model": "claude-haiku-4-5" if haiku else "claude-sonnet-4-5",
        "routed_model": "glm-4.6" if zai else None,
        "lane": "zai" if zai else "anthropic",
        "upstream": "zai" if zai else "anth",
        "backend_provider": "glm" if zai else "haiku" if haiku else "sonnet",
        "status": 200,
        "latency_ms": latency,
        "ttfb_ms": round(latency * 0.4, 1),
        "decision": "forced_model" if zai else "off" if haiku else "kept",
        "op": "stream",
        "header_mode": "authorization" if zai else None,
        "session_id": f"sample-{window['window']}",
        "trace_id": f"{rng.getrandbits(64):016x}",
        "request_class": "subagent" if haiku else "main",
        "force_haiku": offload,
        "h2": False,
        "prompt_tokens": rng.randrange(400, 6000),
        "completion_tokens": rng.randrange(80, 900),
        "cache_read_tokens": rng.randrange(2000, 18000),
        "cache_creation_tokens": 0 if zai else rng.randrange(0, 1500),
    }


if __name__ == "__main__":
    for line in usage() if sys.argv[1:] == ["usage"] else week():
        print(json.dumps(line, separators=(",", ":")))
