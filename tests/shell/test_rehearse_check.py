"""A rehearsal passes only with its verdicts, its ledgers and its deliverables: what is missing is named."""

from __future__ import annotations

import pytest

from conftest import ROOT, clean_env, run

LEDGERS = ("Acceptance_Evidence", "Feature_Log", "Token_Churn_Ledger", "Churn_Ledger")
KINDS = ("experiments", "features", "snapshots", "windows", "proxy_telemetry", "churn", "evidence")
PACK = ("preview.txt", "router-replay.txt", "cost-compare.txt", "window-audit.json")


@pytest.fixture
def rehearsal(tmp_path):
    """Files as a rehearsal leaves them; what stands in them but the verdict is not looked at here."""
    folder = tmp_path / "rehearsal"
    files = [f"results/{name}" for name in ("METRICS.json", "routing.txt", "SHOW_AND_ASK.md")]
    files.append("bundle/agentos_tmp_review-x.tgz")
    for truth in ("go", "no-go"):
        files += [f"{truth}/pack/{name}" for name in (*PACK, "ledger-verify.txt")]
        files += [f"{truth}/Ledgers/{name}.csv" for name in LEDGERS] + [f"{truth}/Ledgers/heads.txt"]
        files += [f"{truth}/ledger/{name}.jsonl" for name in KINDS]
        files += [f"{truth}/{name}" for name in ("SESSION_HANDOFF.md", "progress.md")]
        files += [f"{truth}/pack/window-audit-W1.{kind}" for kind in ("txt", "json")]
        files.append(f"{truth}/pack/decision-card-W1.txt")
    files += [f"week0/pack/{name}" for name in (*PACK, "decision-card.txt")]
    files += [f"week0/Ledgers/{name}.csv" for name in LEDGERS]
    files += ["week0/SESSION_HANDOFF.md", "week0/progress.md"]
    texts = dict.fromkeys(files, "x\n")
    for truth in ("go", "no-go"):
        texts[f"{truth}/windows-done"] = "W1\n"
        texts[f"{truth}/pack/decision-card.txt"] = f"{truth.upper()}  (WEEK0)\n"
    every = "".join(f'{{"provider":"{name}"}}\n' * 6 for name in ("codex", "claude", "glm"))
    texts["week0/ledger/windows.jsonl"] = every
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def check(folder, tmp_path):
    return run([str(ROOT / "scripts/rehearse-check.sh"), str(folder)], cwd=tmp_path, env=clean_env(tmp_path))


def test_a_whole_rehearsal_passes_and_says_its_verdicts(rehearsal, tmp_path):
    ran = check(rehearsal, tmp_path)
    assert ran.status == 0, ran.err
    assert "truth go: GO after 1 windows" in ran.out and "truth no-go: NO-GO after 1 windows" in ran.out


@pytest.mark.parametrize(
    "name",
    [
        "go/Ledgers/Token_Churn_Ledger.csv",
        "no-go/Ledgers/heads.txt",
        "go/pack/window-audit-W1.json",
        "week0/pack/preview.txt",
        "results/SHOW_AND_ASK.md",
        "bundle/agentos_tmp_review-x.tgz",
    ],
)
def test_what_is_missing_or_empty_is_named(rehearsal, tmp_path, name):
    if name.endswith(".tgz"):
        (rehearsal / name).unlink()
        name = "bundle/*.tgz"
    else:
        (rehearsal / name).write_text("")
    ran = check(rehearsal, tmp_path)
    assert ran.status == 1
    assert name in ran.err and "passed" not in ran.out


@pytest.mark.parametrize("word", ["INSUFFICIENT", "SOFT GO", "NO-GO", ""])
def test_another_word_than_the_truth_is_no_pass(rehearsal, tmp_path, word):
    (rehearsal / "go/pack/decision-card.txt").write_text(f"{word}  (WEEK0)\n")
    ran = check(rehearsal, tmp_path)
    assert ran.status == 1
    assert f"verdict of truth go: GO, not {word or 'nothing'}" in ran.err


def test_a_provider_without_its_six_windows_is_named(rehearsal, tmp_path):
    (rehearsal / "week0/ledger/windows.jsonl").write_text('{"provider":"codex"}\n' * 6)
    ran = check(rehearsal, tmp_path)
    assert ran.status == 1
    assert "six windows of claude (0)" in ran.err and "codex" not in ran.err
