"""Tokens into money at dated list prices, request by request.

A request is priced alone and the prices are added: long-context tiers apply to one request, so a
sum of tokens would be priced at rates that none of its requests paid.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tracker import cli, lanes

MILLION = 1_000_000


class Tokens(NamedTuple):
    """What one request used, each part counted once."""

    prompt: int  # input that no cache held
    completion: int
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0  # those of cache_write that are kept for an hour


class Prices(Protocol):
    """A price list."""

    as_of: str  # what to print beside every amount

    def cost(self, model: str, lane: str, when: datetime, tokens: Tokens) -> float | None:
        """Return USD for one request; None when the list does not have the model."""


class ListPrices:
    """The list prices that `genai-prices` carries, as they were when the request was made.

    >>> from datetime import UTC
    >>> ListPrices().cost("glm-4.6", "zai", datetime(2026, 1, 1, tzinfo=UTC), Tokens(1000, 100))
    0.00082
    """

    def __init__(self) -> None:
        from importlib.metadata import version

        self.as_of = f"list prices on each request's day (genai-prices {version('genai-prices')})"
        self._rates: dict[tuple[str, str, datetime], tuple[Rate, ...] | None] = {}

    def cost(self, model: str, lane: str, when: datetime, tokens: Tokens) -> float | None:
        """Return USD for one request; None when the list does not have the model."""
        provider = provider_of(lane, model)
        if provider is None:
            return None
        # A list can name a price by the hour of the day, none by the minute.
        key = model, provider, when.replace(minute=0, second=0, microsecond=0)
        if key not in self._rates:
            self._rates[key] = _rates_of(*key)
        rates = self._rates[key]
        if rates is None:
            return None
        total = tokens.prompt + tokens.cache_read + tokens.cache_write
        parts = (*tokens[:3], tokens.cache_write - tokens.cache_write_1h, tokens.cache_write_1h)
        return sum(part * rate(total) for part, rate in zip(parts, rates, strict=True) if part) / MILLION


Rate = Callable[[int], float]  # input tokens of the request -> USD per million tokens


def _rates_of(model: str, provider: str, when: datetime) -> tuple[Rate, ...] | None:
    """Return the list's rates of (input, output, cache read, cache write, write for an hour); None: not listed.

    The list's own sum takes a tenth of a millisecond a request; a month has a hundred thousand of them.
    """
    from genai_prices import Usage, calc_price

    try:
        usage = Usage(input_tokens=1, output_tokens=1)
        found = calc_price(usage, model, provider_id=provider, genai_request_timestamp=when).model_price
    except LookupError:
        return None
    plain = found.input_mtok
    names = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
    rates = [_rate(price if (price := getattr(found, name)) is not None else plain) for name in names]
    hour = found.cache_write_1h_mtok
    return (*rates, _rate(hour) if hour is not None else rates[-1])


def _rate(price: Any) -> Rate:
    """Return a listed price as a function of a request's input; beyond a tier's start all of it pays the tier."""
    if not hasattr(price, "tiers"):
        flat = float(price or 0)
        return lambda total: flat
    base = float(price.base)
    tiers = [(tier.start, float(tier.price)) for tier in price.tiers]
    return lambda total: next((rate for start, rate in reversed(tiers) if total > start), base)


class FilePrices:
    """Prices of a file: USD per million tokens; a name that ends in `*` stands for all that begin so.

    Tiers replace the prices of a request whose input is above their number of tokens.
    """

    def __init__(self, path: str) -> None:
        try:
            table = json.loads(Path(path).read_text(encoding="utf-8"))
            self.models: dict[str, dict[str, Any]] = table["models"]
            self.as_of = f"{table['as_of']} ({Path(path).name})"
            for model in self.models.values():
                for rates in (model, *model.get("tiers", [])):
                    if not all(float(rates.get(name, 0)) >= 0 for name in RATES):
                        raise ValueError("a negative price")
                    float(rates["input"]), float(rates["output"])
        except OSError as error:
            raise cli.Stop(
                cli.NO_SETTING, f"PRICES_FILE: cannot read {path} ({error.strerror}); see data/prices"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise cli.Stop(
                cli.NO_SETTING, f"PRICES_FILE: {path} is no price table ({error!r}); see data/prices"
            ) from None

    def cost(self, model: str, lane: str, when: datetime, tokens: Tokens) -> float | None:
        """Return USD for one request; None when the file does not have the model."""
        rates = self._rates(model)
        if rates is None:
            return None
        total = tokens.prompt + tokens.cache_read + tokens.cache_write
        for tier in sorted(rates.get("tiers", []), key=lambda tier: float(tier["above"])):
            if total > tier["above"]:
                rates = rates | tier
        parts = (*tokens[:3], tokens.cache_write - tokens.cache_write_1h, tokens.cache_write_1h)
        # What has no price of its own is input.
        return (
            sum(
                count * float(rates.get(name, rates.get(OTHERWISE.get(name, ""), rates["input"])))
                for count, name in zip(parts, RATES, strict=True)
            )
            / MILLION
        )

    def _rates(self, model: str) -> dict[str, Any] | None:
        if model in self.models:
            return self.models[model]
        starred = [name for name in self.models if name.endswith("*") and model.startswith(name[:-1])]
        return self.models[max(starred, key=len)] if starred else None


def provider_of(lane: str, model: str = "") -> str | None:
    """Return a lane's provider in the dated price list; on lane stock, a client's own, the model says whose it is.

    >>> provider_of("anthropic"), provider_of("kimi"), provider_of("elsewhere"), provider_of("stock", "gpt-5.5")
    ('anthropic', 'moonshotai', None, 'openai')
    """
    if lane == lanes.STOCK:
        return next((whose for begin, whose in OF_MODELS.items() if model.lower().startswith(begin)), None)
    known = lanes.known().get(lane)
    return lane if lane == lanes.ANTHROPIC else known.price_list if known is not None else None


OF_MODELS = {
    "claude": "anthropic",
    "gpt": "openai",
    "codex": "openai",
    "o3": "openai",
    "o4": "openai",
    "glm": "zai",
}
RATES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
OTHERWISE = {"cache_write_1h": "cache_write"}  # whose price stands for one that a file does not have


def find(path: str | None) -> Prices:
    """Return the price list: the file that `PRICES_FILE` names, else the dated list prices."""
    return FilePrices(path) if path else ListPrices()
