"""Churn on real git histories, made by hand and made at random."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from conftest import ROOT
from histories import DAY0, LATER, WORDS, Repo
from tracker.churn import patches, survival


def test_lines_rewritten_and_deleted_within_a_fortnight_are_churn_and_later_ones_are_not(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.commit("rewrite one", 3, new__py=[*WORDS[:9], "other = 1"])
    repo.commit("delete one", 14, new__py=[*WORDS[:8], "other = 1"])
    repo.commit("delete more", 14.1, new__py=WORDS[:2])
    row = repo.churn(base, end).row
    assert (row.added_lines, row.deleted_lines, row.files, row.churn_14d) == (10, 0, 1, 0.2)
    assert row.matures_at == DAY0 + timedelta(days=14)


def test_before_the_fortnight_is_over_nothing_is_known(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.commit("rewrite", 3, new__py=WORDS[:5])
    row = repo.churn(base, end, now=DAY0 + timedelta(days=13.9)).row
    assert (row.added_lines, row.churn_14d) == (10, None)
    assert repo.churn(base, end, now=DAY0 + timedelta(days=14)).row.churn_14d == 0.5


def test_a_missing_start_is_skipped_and_said(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    for start, why in (
        (None, "commit-start missing"),
        ("feedface", "commit-start feedface not in this repository"),
    ):
        made = repo.churn(start, end)
        assert made.row.skipped == why
        assert made.row.churn_14d is None
        assert "churn skipped" in made.warnings[0]
    assert repo.churn(base, "feedface").row.skipped.startswith("commit-end")


def test_a_renamed_file_keeps_its_lines(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.git("mv", "new.py", "old name é.py")
    repo.commit("rename", 2)
    repo.write("old name é.py", [*WORDS[:9], "x"])
    repo.commit("and edit it", 3)
    assert repo.churn(base, end).row.churn_14d == 0.1


def test_a_block_that_moves_to_another_file_stays(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.commit("move four lines", 2, new__py=WORDS[:6], app__py=["import this", *WORDS[6:10], *WORDS[40:50]])
    assert repo.churn(base, end).row.churn_14d == 0.0
    repo.commit("and rewrite one of them there", 3, app__py=["import this", *WORDS[6:9], "x", *WORDS[40:50]])
    assert repo.churn(base, end).row.churn_14d == 0.1


def test_a_block_that_moves_within_its_file_stays(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:20])
    repo.commit("turn round", 2, new__py=[*WORDS[12:20], *WORDS[:12]])
    assert repo.churn(base, end).row.churn_14d == 0.0


def test_a_brace_that_also_stands_elsewhere_has_not_moved(repo, base):
    end = repo.commit("work", 0, new__py=["{", "}", *WORDS[:8]])
    repo.commit(
        "delete the braces, write some elsewhere", 2, new__py=WORDS[:8], app__py=["{", "import this", "}"]
    )
    assert repo.churn(base, end).row.churn_14d == 0.2


def test_blanks_and_line_ends_are_no_rewrite(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.write("new.py", [f"    {line}  " for line in WORDS[:10]], end="\r\n")
    repo.commit("indent, CRLF", 2)
    assert repo.churn(base, end).row.churn_14d == 0.0
    repo.write("new.py", [f"    {line}" for line in [*WORDS[:9], "x"]], end="\r\n")
    repo.commit("and one real change", 3)
    assert repo.churn(base, end).row.churn_14d == 0.1


def test_a_revert_is_all_churn_and_the_revert_of_it_does_not_bring_the_lines_back(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.git("revert", "--no-edit", "HEAD", day=2)
    assert repo.churn(base, end).row.churn_14d == 1.0
    repo.git("revert", "--no-edit", "HEAD", day=3)
    assert repo.churn(base, end).row.churn_14d == 1.0


def test_work_on_a_branch_counts_when_it_is_merged(repo, base):
    repo.git("switch", "-q", "-c", "feature")
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.git("switch", "-q", "main")
    assert repo.churn(base, end).row.skipped.endswith("not in the history of HEAD")
    repo.commit("meanwhile", 1, app__py=["import that"])
    repo.git("merge", "-q", "--no-ff", "--no-edit", "feature", day=2)
    assert repo.churn(base, end).row.churn_14d == 0.0
    repo.commit("rewrite", 3, new__py=[*WORDS[:7], "x"])
    assert repo.churn(base, end).row.churn_14d == 0.3


def test_what_a_side_of_a_merge_changed_counts_by_its_own_author_time(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.git("switch", "-q", "-c", "side")
    repo.commit("delete two", 5, new__py=WORDS[:8])
    repo.git("switch", "-q", "main")
    repo.commit("elsewhere", 10, app__py=["x"])
    assert repo.churn(base, end).row.churn_14d == 0.0
    repo.git("merge", "-q", "--no-ff", "--no-edit", "side", day=20)
    assert repo.churn(base, end).row.churn_14d == 0.2


def test_a_side_whose_deletion_the_merge_did_not_take_is_no_churn(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.git("switch", "-q", "-c", "side")
    repo.commit("delete two", 5, new__py=WORDS[:8])
    repo.git("switch", "-q", "main")
    repo.commit("elsewhere", 6, app__py=["x"])
    repo.git("merge", "-q", "-s", "ours", "--no-edit", "side", day=7)
    assert repo.churn(base, end).row.churn_14d == 0.0


def test_a_merge_that_drops_lines_itself_counts_by_its_own_time(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.git("switch", "-q", "-c", "side")
    repo.commit("elsewhere", 1, other__py=WORDS[30:33])
    repo.git("switch", "-q", "main")
    repo.commit("meanwhile", 2, app__py=["x"])
    repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    repo.commit("merge, and drop one", 3, new__py=WORDS[:9])
    assert repo.churn(base, end).row.churn_14d == 0.1


def test_rebased_work_is_found_by_author_time_and_subject(repo, base):
    repo.git("switch", "-q", "-c", "feature")
    repo.commit("work one", 0, new__py=WORDS[:5])
    end = repo.commit("work two", 0.1, new__py=WORDS[:10])
    repo.git("switch", "-q", "main")
    repo.commit("meanwhile", 0.05, app__py=["x"])
    repo.git("switch", "-q", "feature")
    repo.git("rebase", "-q", "main")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--ff-only", "feature")
    repo.commit("rewrite", 3, new__py=[*WORDS[:8], "y"])
    made = repo.churn(base, end)
    assert (made.row.added_lines, made.row.churn_14d) == (10, 0.2)
    assert "was rebased to" in made.warnings[0]


def test_binaries_submodules_and_generated_files_are_left_out(repo, base, tmp_path):
    other = Repo(tmp_path / "other")
    other.commit("theirs", 0, lib__py=WORDS[:3])
    (repo.path / "logo.bin").write_bytes(bytes(range(256)))
    (repo.path / ".gitattributes").write_text(
        "made.py linguist-generated\npackage-lock.json -linguist-generated\n"
    )
    repo.write("made.py", WORDS[:7])
    repo.write("yarn.lock", WORDS[:7])
    repo.write("package-lock.json", WORDS[:2])
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.path), "sub")
    end = repo.commit("work", 0, new__py=WORDS[:10])
    row = repo.churn(base, end).row
    # .gitattributes 2, package-lock.json 2 (said not to be generated), new.py 10, .gitmodules 3
    assert (row.added_lines, row.files) == (17, 4)
    assert row.churn_14d == 0.0


def test_a_text_that_becomes_a_binary_is_gone(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    (repo.path / "new.py").write_bytes(b"\x00" * 100)
    repo.commit("binary now", 2)
    assert repo.churn(base, end).row.churn_14d == 1.0


def test_two_files_that_change_places_keep_their_lines(repo, base):
    end = repo.commit("work", 0, one__py=WORDS[:10], two__py=WORDS[10:20])
    repo.commit("swap", 2, one__py=WORDS[10:20], two__py=WORDS[:10])
    assert repo.churn(base, end).row.churn_14d == 0.0


def test_work_from_the_first_commit_on_starts_at_the_empty_tree(repo):
    end = repo.commit("first", 0, new__py=WORDS[:4])
    assert repo.churn(survival.EMPTY_TREE, end).row.added_lines == 4


def test_a_range_that_only_deletes_has_no_share(repo):
    start = repo.commit("base", -1, new__py=WORDS[:4])
    end = repo.commit("work", 0, new__py=WORDS[:2])
    row = repo.churn(start, end).row
    assert (row.added_lines, row.deleted_lines, row.churn_14d) == (0, 2, None)
    assert survival.due([row], LATER) == []


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_agree_with_looking_for_every_line_s_text(tmp_path, seed):
    """Every line is unique, so a line is alive exactly while its text stands somewhere."""
    repo, rng = Repo(tmp_path / "repo"), random.Random(seed)
    fresh = (f"line {number} says {rng.random()}" for number in range(10_000))
    files = {f"f{number}.txt": [next(fresh) for _ in range(30)] for number in range(4)}

    def save(subject: str, day: float) -> str:
        for name, kept in files.items():
            repo.write(name, kept)
        return repo.commit(subject, day)

    start = save("base", -1)
    for kept in files.values():
        at = rng.randrange(len(kept))
        kept[at:at] = [next(fresh) for _ in range(15)]
    added = {line for kept in files.values() for line in kept} - {
        line for name in files for line in repo.git("show", f"{start}:{name}").splitlines()
    }
    end = save("work", 0)
    gone: set[str] = set()
    for step in range(25):
        day = 1 + step * 0.7
        kept = files[rng.choice(sorted(files))]
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(kept))
            kept[at : at + rng.randint(0, 2)] = [next(fresh) for _ in range(rng.randint(0, 3))]
        if rng.random() < 0.3:  # move a block of eight lines to another file
            other = files[rng.choice(sorted(files))]
            at = rng.randrange(max(1, len(kept) - 8))
            block, kept[at : at + 8] = kept[at : at + 8], []
            other[len(other) // 2 : len(other) // 2] = block
        save(f"step {step}", day)
        if day <= 14:
            gone |= added - {line for held in files.values() for line in held}
    row = repo.churn(start, end).row
    assert row.added_lines == len(added)
    assert row.churn_14d == pytest.approx(len(gone) / len(added), abs=1e-6)
    assert 0.1 < row.churn_14d < 1


@pytest.mark.parametrize("seed", range(3))
def test_random_branches_and_merges_agree_with_looking_into_every_tree(tmp_path, seed):
    """The other way round: which commit's tree lacks a text that a parent's has, with no difference read at all."""
    repo, rng = Repo(tmp_path / "repo"), random.Random(seed)
    fresh = (f"line {number} says {rng.random()}" for number in range(10_000))
    files = {f"f{number}.txt": [next(fresh) for _ in range(20)] for number in range(4)}
    for name, kept in files.items():
        repo.write(name, kept)
    start = repo.commit("base", -1)
    for name, kept in files.items():
        kept[5:5] = [next(fresh) for _ in range(12)]
        repo.write(name, kept)
    end = repo.commit("work", 0)
    day = 0.0
    for merge in range(4):
        before = {name: list(kept) for name, kept in files.items()}
        names = sorted(files)
        rng.shuffle(names)
        repo.git("switch", "-q", "-c", f"side{merge}")
        for branch, own in ((f"side{merge}", names[:2]), ("main", names[2:])):
            repo.git("switch", "-q", branch)
            for name in own:  # the two sides work on other files, so that they merge by themselves
                for _ in range(2):
                    day += rng.random() * 1.5
                    kept = files[name]
                    at = rng.randrange(len(kept))
                    kept[at : at + rng.randint(0, 3)] = [next(fresh) for _ in range(rng.randint(0, 2))]
                    repo.write(name, kept)
                    # author times that do not go with the order of the commits, as after a rebase
                    repo.commit(f"{merge} {name}", max(0.1, day - rng.choice([0, 0, 4])))
        if rng.random() < 0.3:
            repo.git("merge", "-q", "-s", "ours", "--no-edit", f"side{merge}", day=day + 0.1)
            for name in names[:2]:
                files[name] = before[name]
        else:
            repo.git("merge", "-q", "--no-ff", "--no-edit", f"side{merge}", day=day + 0.1)

    def texts(commit: str) -> set[str]:
        return {line for name in files for line in repo.git("show", f"{commit}:{name}").splitlines()}

    added = texts(end) - texts(start)
    ends = DAY0 + timedelta(days=14)
    gone: set[str] = set()
    for line in repo.git("log", "--format=%H %at %P", f"{end}..main").splitlines():
        name, seconds, *parents = line.split()
        if datetime.fromtimestamp(int(seconds), UTC) <= ends:
            gone |= added & {text for parent in parents for text in texts(parent)} - texts(name)
    gone -= texts("main")
    row = repo.churn(start, end).row
    assert row.added_lines == len(added)
    assert gone
    assert row.churn_14d == pytest.approx(len(gone) / len(added), abs=1e-6)


def test_this_project_s_own_history_can_be_measured(tmp_path):
    """A history that nobody made for the test; what lives today and was never touched is no churn."""
    first = patches.git(ROOT, "rev-list", "--max-parents=0", "HEAD").decode().split()[0]
    made = survival.measure(ROOT, "W1", survival.EMPTY_TREE, first, datetime.now(UTC) + timedelta(days=30))
    assert made.row.skipped is None
    assert made.row.added_lines > 100
    assert 0 <= made.row.churn_14d <= 1


@pytest.mark.slow
def test_a_thousand_commits_of_twenty_files_are_followed_line_by_line(tmp_path):
    rng, when = random.Random(3), int(DAY0.timestamp())
    files = {
        f"src/f{number}.py": [f"{number} {line} {rng.random()}" for line in range(200)]
        for number in range(20)
    }
    stream = []
    for number in range(1, 1001):
        changed = sorted(files) if number == 1 else [rng.choice(sorted(files))]
        for name in changed if number > 1 else ():
            for _ in range(4):
                files[name][rng.randrange(200)] = f"new {number} {rng.random()}"
        who = f"A <a@example.org> {when + number * 600} +0000"
        stream.append(f"commit refs/heads/main\nmark :{number}\nauthor {who}\ncommitter {who}\ndata 2\nc\n")
        stream.append(f"from :{number - 1}\n" if number > 1 else "")
        for name in changed:
            text = "\n".join(files[name]) + "\n"
            stream.append(f"M 100644 inline {name}\ndata {len(text)}\n{text}\n")
    repo = Repo(tmp_path / "repo")
    repo.git("fast-import", "--quiet", stdin="".join(stream).encode())
    first = repo.git("rev-list", "--max-parents=0", "main")
    row = survival.measure(repo.path, "W1", survival.EMPTY_TREE, first, LATER, head="main").row
    assert row.added_lines == 4000
    assert 0 < row.churn_14d < 1


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}"


@pytest.mark.parametrize("attributes", [[], ["*.psd filter=lfs diff=lfs merge=lfs -text"]])
def test_a_pointer_to_a_large_file_is_left_out_like_a_binary(repo, base, attributes):
    if attributes:
        repo.write(".gitattributes", attributes)
        base = repo.commit("attributes", -0.5)
    repo.write("art.psd", POINTER.format("a" * 64, 120_000).splitlines())
    end = repo.commit("work", 0, new__py=WORDS[:11])
    repo.write("art.psd", POINTER.format("b" * 64, 130_000).splitlines())
    repo.commit("a new version of the picture", 1)
    row = repo.churn(base, end).row
    assert (row.added_lines, row.files, row.churn_14d) == (11, 1, 0.0)


def test_a_text_that_goes_to_large_file_storage_is_gone_and_one_that_comes_back_deletes_nothing(repo, base):
    end = repo.commit("work", 0, data__csv=WORDS[:10])
    repo.write("data.csv", POINTER.format("a" * 64, 900).splitlines())
    away = repo.commit("into storage", 2)
    assert repo.churn(base, end).row.churn_14d == 1.0
    back = repo.commit("back again", 3, data__csv=WORDS[:10])
    row = repo.churn(away, back).row
    assert (row.added_lines, row.deleted_lines) == (10, 0)


def formatted(lines: list[str]) -> list[str]:
    """Return the lines as a formatter leaves them: each call on three lines."""
    return [part for line in lines for part in (line.split("(")[0] + "(", f"    {line[-3:-1]},", ")")]


def test_a_formatters_commit_that_the_repository_names_rewrites_nothing(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    style = repo.commit("reformat", 1, new__py=formatted(WORDS[:10]))
    assert repo.churn(base, end).row.churn_14d == 1.0
    repo.write(".git-blame-ignore-revs", ["# black", style])
    repo.commit("say so", 2)
    made = repo.churn(base, end)
    assert (made.row.churn_14d, made.row.ignored_commits) == (0.0, 1)
    assert made.warnings == [
        "W1: commits since the start that .git-blame-ignore-revs names: 1; "
        "what they rewrote counts neither as added nor as churn"
    ]


def test_what_is_rewritten_behind_a_formatters_commit_counts_as_ever(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    style = repo.commit("reformat", 1, new__py=formatted(WORDS[:10]))
    repo.write(".git-blame-ignore-revs", [style])
    repo.commit("drop the last three", 3, new__py=formatted(WORDS[:7]))
    assert repo.churn(base, end).row.churn_14d == 0.3
    back = repo.commit("joined again", 4, new__py=WORDS[:7])
    repo.write(".git-blame-ignore-revs", [style, back])
    repo.commit("and two of those", 5, new__py=WORDS[:5])
    assert repo.churn(base, end).row.churn_14d == 0.5


def test_a_formatters_commit_inside_the_work_adds_nothing(repo, base):
    repo.commit("work", 0, new__py=WORDS[:10])
    old = ["import this", *WORDS[40:50]]
    style = repo.commit("reformat", 0.1, app__py=[old[0], *formatted(old[1:])])
    repo.write(".git-blame-ignore-revs", [style])
    end = repo.commit("say so", 0.2)
    row = repo.churn(base, end).row
    assert (row.added_lines, row.deleted_lines) == (11, 0)  # the work, and the line that names the commit


def test_a_list_of_commits_is_read_as_people_write_it(repo, base):
    assert survival.ignored_commits(repo.path, "HEAD") == (set(), [])
    path = repo.path / ".git-blame-ignore-revs"
    path.write_bytes(
        f"\ufeff# style\r\n\r\n{base}  # black\r\n{base[:9]}\r\nnonsense\r\n{'0' * 40}\r\n".encode()
    )
    repo.commit("list", 1)
    named, unread = survival.ignored_commits(repo.path, "HEAD")
    assert named == {base, "0" * 40}
    assert unread == ["line 5 names no commit ('nonsense'); give its whole hash"]


def test_in_a_shallow_clone_the_advice_is_to_fetch_the_rest_and_it_helps(repo, base, tmp_path):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.commit("more", 1, new__py=WORDS[:9])
    clone = Repo(tmp_path / "clone", "clone", "-q", "--depth", "1", f"file://{repo.path}")
    (said,) = clone.churn(base, end).warnings
    assert said.endswith("this is a shallow clone: run `git fetch --unshallow`, then measure again")
    clone.git("fetch", "-q", "--unshallow")
    assert clone.churn(base, end).row.churn_14d == 0.1


@pytest.mark.parametrize("spelling", ["{}^", "{}~1", "{}^1", "{}~"])
def test_the_parent_of_the_first_commit_is_the_empty_tree_and_that_is_said(repo, spelling):
    first = repo.commit("first", 0, new__py=WORDS[:4])
    (said,) = repo.churn(spelling.format(first), first).warnings
    assert f"is the first commit of all: give --commit-start {survival.EMPTY_TREE}" in said
    assert repo.churn(survival.EMPTY_TREE, first).row.added_lines == 4


def test_a_commit_given_as_both_ends_is_told_the_one_before_it(repo, base):
    end = repo.commit("work", 0, new__py=WORDS[:4])
    made = repo.churn(end, end)
    assert made.row.added_lines == 0
    assert made.warnings == [
        f"W1: start and end are the same commit, so nothing was added; the one before it is {base}"
    ]
    assert survival.EMPTY_TREE in repo.churn(base, base).warnings[0]
