"""Tokens into money at dated list prices, request by request.

A request is priced alone and the prices are added: long-context tiers apply to one request, so a
sum of tokens would be priced at rates that none of its requests paid.
"""

from __future__ import annotations

import json
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

    def cost(self, model: str, lane: str, when: datetime, tokens: Tokens) -> float | None:
        """Return USD for one request; None when the list does not have the model."""
        provider = provider_of(lane)
        if provider is None:
            return None
        from genai_prices import Usage, calc_price

        usage = Usage(
            # The list counts cached tokens as part of the input.
            input_tokens=tokens.prompt + tokens.cache_read + tokens.cache_write,
            output_tokens=tokens.completion,
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_write,
        )
        try:
            found = calc_price(usage, model, provider_id=provider, genai_request_timestamp=when)
        except LookupError:
            return None
        return float(found.total_price)


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
        parts = (tokens.prompt, tokens.completion, tokens.cache_read, tokens.cache_write)
        # What has no price of its own is input.
        return (
            sum(
                count * float(rates.get(name, rates["input"]))
                for count, name in zip(parts, RATES, strict=True)
            )
            / MILLION
        )

    def _rates(self, model: str) -> dict[str, Any] | None:
        if model in self.models:
            return self.models[model]
        starred = [name for name in self.models if name.endswith("*") and model.startswith(name[:-1])]
        return self.models[max(starred, key=len)] if starred else None


def provider_of(lane: str) -> str | None:
    """Return a lane's provider in the dated price list; None for a lane that has none there.

    >>> provider_of("anthropic"), provider_of("kimi"), provider_of("elsewhere")
    ('anthropic', 'moonshotai', None)
    """
    known = lanes.known().get(lane)
    return lane if lane == lanes.ANTHROPIC else known.price_list if known is not None else None


RATES = ("input", "output", "cache_read", "cache_write")


def find(path: str | None) -> Prices:
    """Return the price list: the file that `PRICES_FILE` names, else the dated list prices."""
    return FilePrices(path) if path else ListPrices()
