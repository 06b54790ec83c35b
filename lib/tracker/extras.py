"""Which packages come with which extra, for the one line that says which a tool lacks."""

from __future__ import annotations

from tracker import bases

# extra -> the modules that its packages bring; pyproject.toml has the packages.
EXTRAS = {
    "evidence": ("numpy", "scipy", "genai_prices"),
    "logs": ("jq", "zstandard", "tqdm"),
    "plots": ("matplotlib",),
    "watch": ("rich",),
    "report": ("jinja2",),
    "exports": ("prometheus_client", "pyarrow", "google", "opentelemetry"),
    "bundle": ("detect_secrets",),
    "mcp": ("mcp",),
    "cluster": ("dask", "distributed"),
    "lab": ("aiohttp", "trustme", "anthropic"),
    "router": ("mitmproxy",),
}


def what_is_missing(module: str | None) -> str | None:
    """Return what is wrong and what to do when a module could not be imported; None if it is of no extra.

    >>> what_is_missing("scipy.stats")
    "needs numpy, scipy and genai_prices; run 'make setup'"
    >>> what_is_missing("tracker.spelt_wrong")
    """
    top = (module or "").partition(".")[0].replace("-", "_")  # importlib.metadata says it as pip does
    for extra, modules in EXTRAS.items():
        if top in modules:
            *before, last = modules
            needs = f"{', '.join(before)} and {last}" if before else last
            return f"needs {needs}; {how_to_get(extra)}"
    return None


def how_to_get(extra: str) -> str:
    """Return what to type for the packages of an extra: make's set-up in a clone, else pip.

    >>> how_to_get("router")
    "run 'make setup'"
    """
    return "run 'make setup'" if bases.IS_CLONE else f"pip install '{bases.DISTRIBUTION}[{extra}]'"
