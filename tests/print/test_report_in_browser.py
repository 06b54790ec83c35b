"""The report in a real Chromium, opened from disk with the network off: as it looks, and as it is read aloud.

`SHOTS=write` writes the pictures that it is compared with; look at them before committing them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from conftest import ROOT, clean_env, run

SAMPLE = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
SHOTS = ROOT / "tests/fixtures/report"
QUIET = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
VIEWS = {"narrow": (360, "screen", "light"), "wide": (1280, "screen", "light"), "dark": (1280, "screen", "dark"),
         "print": (720, "print", "light")}  # fmt: skip
THUMB = (90, 260)  # what pictures are compared at: fonts differ between machines, places and colours do not
APART = 0.06  # of full scale, on average


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium of the system's; nothing is downloaded."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("TRACKER_NO_SKIP"):
            pytest.fail("chromium is not installed, and nothing may be skipped here")
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox", *QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    home = tmp_path_factory.mktemp("report")
    ran = run([str(ROOT / "bin/report")], stdin=SAMPLE, cwd=home, env=clean_env(home))
    assert ran.status == 0, ran.err
    made = home / "report.html"
    made.write_text(ran.out)
    return made


@pytest.fixture
def opened(chromium, page_file):
    """`opened("wide")` is the page in a view, what its console said, and what it asked for."""
    contexts = []

    def open_page(view, **more):
        width, media, scheme = VIEWS[view]
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.emulate_media(media=media, color_scheme=scheme)
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda wrong: said.append(str(wrong)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        return page, said, asked

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_it_asks_for_nothing_and_the_console_is_silent(opened, page_file, view):
    page, said, asked = opened(view)
    assert page.locator("h1 .word").inner_text() in page.title()
    assert said == []
    assert asked == [page_file.as_uri()]


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_sticks_out_of_the_page(opened, view):
    page, _, _ = opened(view)
    assert page.evaluate("document.documentElement.scrollWidth") <= VIEWS[view][0]


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious(opened, view):
    from axe_playwright_python.sync_playwright import Axe

    page, _, _ = opened(view, bypass_csp=True)
    page.locator("details").evaluate("node => node.open = true")
    found = Axe().run(page).response
    assert len(found["passes"]) > 15, "axe looked at the page"
    assert [(one["id"], one["impact"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == []


def test_letters_of_the_pictures_can_be_read_on_a_telephone(opened):
    page, _, _ = opened("narrow")
    heights = page.locator("figure svg text").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert len(heights) > 30
    assert min(heights) >= 11


def test_it_prints_on_a4(opened):
    page, _, _ = opened("print")
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert b"/MediaBox [0 0 595" in paper or b"/MediaBox [0 0 594" in paper


@pytest.mark.parametrize("view", VIEWS)
def test_it_looks_as_it_did(opened, tmp_path, view):
    from PIL import Image, ImageChops, ImageStat

    page, _, _ = opened(view)
    shot = tmp_path / f"{view}.png"
    page.screenshot(path=shot, full_page=True)
    seen = Image.open(shot).convert("RGB")
    assert len(seen.resize((40, 40)).getcolors(1600)) > 30, "an empty page looks like itself"
    thumb, kept = seen.resize(THUMB, Image.Resampling.BOX), SHOTS / f"{view}.png"
    if os.environ.get("SHOTS") == "write":
        SHOTS.mkdir(exist_ok=True)
        thumb.save(kept, optimize=True)
        seen.save(Path(os.environ.get("SHOTS_INTO", tmp_path)) / f"{view}-whole.png")
    apart = ImageStat.Stat(ImageChops.difference(thumb, Image.open(kept).convert("RGB"))).mean
    assert max(apart) / 255 < APART, f"{shot} differs from {kept}"
