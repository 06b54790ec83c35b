"""The dated table of plans: what a month of each costs, and what its seller publishes of its quotas.

data/plans/list.toml is shipped; a file of the user's own (`PLANS_FILE`, else `plans.toml` beside `.env`) goes before
it.  What is not known is None, never 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from tracker import bases, cli, places, providers, settings

MONTH = 365.25 / 12  # days
WEEKS = MONTH / 7  # in a month
NOT_USED = "none"
_TIMES = re.compile(r"([\w-]+) x ([0-9.]+)")
_UNITS = re.compile(r"([0-9.]+) ([a-z]+)")
SEE = "see data/plans/README.md"


class PublishedQuota(NamedTuple):
    """What a seller says of one quota of a plan: so many units, none at all, or so many times another plan's."""

    units: float | None = None
    unit: str | None = None
    times: float | None = None
    of: str | None = None  # the other plan's name

    @property
    def absent(self) -> bool:
        """Whether the plan has no such quota."""
        return self.units is None and self.times is None


class Plan(NamedTuple):
    """A plan as it was sold on a day."""

    name: str
    provider: str
    price: float | None  # a month of one seat, in `currency`; None: not known
    currency: str
    as_of: str
    source: str
    seat: str = ""
    shown: tuple[str, ...] = ()  # what readings call it
    quotas: Mapping[str, PublishedQuota] = {}

    @property
    def week(self) -> float | None:
        """The price of a week: a month is 365.25/12 days.

        >>> round(Plan("max", "claude", 100.0, "USD", "2026-11-01", "").week, 4)
        22.9979
        """
        return None if self.price is None else self.price / WEEKS

    def is_called(self, words: str) -> bool:
        """Say whether a reading, or a person, means this plan by these words."""
        said = _plain(words)
        return said in {_plain(one) for one in (self.name, *self.shown)}


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[()]", " ", words.lower()).replace("account", " ").split())


class PlanTable(NamedTuple):
    """Every plan that is known: the user's own first."""

    plans: tuple[Plan, ...]

    def called(self, provider: str, words: str) -> list[Plan]:
        """Return the plans of a provider that go by these words: several when the words are not enough.

        >>> [plan.name for plan in read().called("claude", "Claude Max")]
        ['max', 'ultra']
        """
        exact = [plan for plan in self.plans if plan.provider == provider and plan.is_called(words)]
        return exact

    def named(self, provider: str, name: str) -> Plan | None:
        """Return the plan of this name."""
        return next((one for one in self.plans if (one.provider, one.name) == (provider, name.lower())), None)

    def of(self, provider: str) -> list[Plan]:
        """Return a provider's plans, the cheapest first, those without a price last."""
        mine = [plan for plan in self.plans if plan.provider == provider]
        return sorted(mine, key=lambda plan: (plan.price is None, plan.price or 0.0))

    def times(self, one: Plan, other: Plan, quota: str) -> float | None:
        """Return how many times `other`'s a quota of `one` holds as their seller publishes them; None: not published.

        >>> table = read()
        >>> pro, max5, ultra = (table.named("claude", name) for name in ("pro", "max", "ultra"))
        >>> table.times(pro, max5, "five_hour"), table.times(ultra, max5, "weekly_all")
        (0.2, None)
        """
        mine, others = self._published(one, quota), self._published(other, quota)
        return mine[1] / others[1] if mine and others and mine[0] == others[0] else None

    def _published(self, plan: Plan, quota: str) -> tuple[tuple[str, str], float] | None:
        """Return what a quota is published in, a unit or another plan, and how much; None when there is no such quota."""
        factor, name = 1.0, plan.name
        for _ in range(len(self.plans) + 1):
            found = plan if name == plan.name else self.named(plan.provider, name)
            said = found.quotas.get(quota) if found else None
            if not said:
                return ("plan", name), factor
            if said.absent:
                return None
            if said.unit and said.units:
                return ("unit", said.unit), factor * said.units
            factor, name = factor * (said.times or 0.0), said.of or ""
        return None  # plans that name one another


def read() -> PlanTable:
    """Return the shipped plans and the user's own; cli.Stop (78) says which entry of a file is wrong."""
    shipped = _file(bases.TREE / "data" / "plans" / "list.toml")
    own = places.find("plans").path
    mine = _file(own) if settings.said("PLANS_FILE") or own.exists() else []
    taken = {(plan.provider, plan.name) for plan in mine}
    return PlanTable((*mine, *(plan for plan in shipped if (plan.provider, plan.name) not in taken)))


def _file(path: Path) -> list[Plan]:
    import tomllib

    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        said = f"PLANS_FILE: cannot read {path} ({wrong.strerror}); {SEE}"
        raise cli.Stop(cli.NO_SETTING, said) from None
    except ValueError as wrong:  # no TOML, or no UTF-8
        raise cli.Stop(cli.NO_SETTING, f"PLANS_FILE: {path} is no TOML ({wrong}); {SEE}") from None
    entries = told.get("plan", [])
    if set(told) - {"plan"} or not isinstance(entries, list):
        raise cli.Stop(cli.NO_SETTING, f"PLANS_FILE: {path} holds more than [[plan]] tables; {SEE}")
    made: list[Plan] = []
    for number, entry in enumerate(entries, 1):
        try:
            made.append(_plan(entry))
            if [(one.provider, one.name) for one in made].count((made[-1].provider, made[-1].name)) > 1:
                raise ValueError(f"name: {made[-1].provider}'s {made[-1].name!r} stands there twice")
        except ValueError as wrong:
            raise cli.Stop(cli.NO_SETTING, f"PLANS_FILE: {path}, entry {number}: {wrong}; {SEE}") from None
    return made


def _plan(entry: Any) -> Plan:
    if not isinstance(entry, dict):
        raise ValueError("no [[plan]] table")
    if strange := sorted(set(entry) - set(Plan._fields)):
        raise ValueError(f"{strange[0]}: no key of a plan (known: {', '.join(Plan._fields)})")
    texts = {key: entry.get(key, "") for key in ("name", "provider", "currency", "as_of", "source", "seat")}
    texts["as_of"] = _day(texts["as_of"])
    for key, text in texts.items():
        if not isinstance(text, str) or not text.isprintable() or not (text.strip() or key == "seat"):
            raise ValueError(f"{key}: {'is missing' if key not in entry else 'is no text'}")
    if texts["provider"] not in providers.NAMES:
        raise ValueError(f"provider: {texts['provider']!r} is none of {', '.join(providers.NAMES)}")
    shown = entry.get("shown", [])
    if not isinstance(shown, list) or not all(isinstance(word, str) for word in shown):
        raise ValueError("shown: is no list of words")
    quotas = entry.get("quotas", {})
    if not isinstance(quotas, dict):
        raise ValueError("quotas: is no table")
    texts["name"] = texts["name"].lower()
    texts["currency"] = texts["currency"].upper()
    price = price_of(entry["price"]) if "price" in entry else None
    read_quotas = {name: _quota(name, text) for name, text in quotas.items()}
    return Plan(**texts, price=price, shown=tuple(shown), quotas=read_quotas)


def _day(said: object) -> str:
    """Return a day as YYYY-MM-DD; ValueError says what it was.  TOML has dates of its own, and texts will do.

    >>> _day("2026-11-18")
    '2026-11-18'
    """
    try:
        return date.fromisoformat(str(said)).isoformat() if said else ""
    except ValueError:
        raise ValueError(f"as_of: {said!r} is no day; write it like 2026-11-18") from None


def price_of(said: object) -> float:
    """Return a price, above 0 and finite; ValueError says what it was.

    >>> price_of(20)
    20.0
    """
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < 1e6:
        raise ValueError(f"price: {said!r} is no amount above 0; leave it out when it is not known")
    return float(said)


def _quota(name: str, text: object) -> PublishedQuota:
    if name not in providers.SPANS:
        raise ValueError(f"quotas: {name!r} is none of {', '.join(providers.SPANS)}")
    if text == NOT_USED:
        return PublishedQuota()
    said = text if isinstance(text, str) else ""
    number = 0.0
    if times := _TIMES.fullmatch(said):
        number = _number(times[2])
    elif units := _UNITS.fullmatch(said):
        number = _number(units[1])
    if not 0 < number < 1e12:
        raise ValueError(f'quotas: {name} is {text!r}; write "10000 credits", "none" or "pro x 5"')
    if times:
        return PublishedQuota(times=number, of=times[1])
    assert units
    return PublishedQuota(units=number, unit=units[2])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


class Chosen(NamedTuple):
    """What the person says of one provider's plan: which, what it costs, or that none is used."""

    provider: str
    name: str | None = None
    price: float | None = None
    unused: bool = False
    where: str = "--plan"  # what says so: typed, it must fit; set once and for all, it counts where it fits


def choice(text: str) -> Chosen:
    """Read `claude=max`, `glm=18` (USD a month), `glm=lite:18` or `glm=none`; a type for the parser.

    >>> choice("glm=lite:18")
    Chosen(provider='glm', name='lite', price=18.0, unused=False, where='--plan')
    """
    provider, equals, said = (part.strip().lower() for part in text.partition("="))
    if not equals or provider not in providers.NAMES or not said:
        raise cli.WrongValue(
            f"{text!r} is no PROVIDER=PLAN; write claude=max, glm=18 (USD a month), glm=lite:18 or glm=none"
        )
    if said == NOT_USED:
        return Chosen(provider, unused=True)
    name, colon, price = said.rpartition(":")
    looks_like_a_number = re.fullmatch(r"[-+]?(?:[0-9.]+(?:e[-+]?[0-9]+)?|inf|nan)", price)
    if not colon and not looks_like_a_number:
        return Chosen(provider, said)
    try:
        return Chosen(provider, name or None, price_of(_number(price)))
    except ValueError:
        raise cli.WrongValue(f"{text!r}: a plan costs more than 0 USD a month") from None


def pick(
    table: PlanTable, provider: str, shown: str | None, chosen: Mapping[str, Chosen]
) -> tuple[Plan | None, str]:
    """Return a provider's plan by what its readings show and what the person says, or None and why.

    What a reading names without doubt stands; the person says which of several it was, or its price.
    """
    said = chosen.get(provider)
    fits = table.called(provider, shown) if shown else []
    if said and said.name:
        named = _named(table, said)
        if fits and named not in fits:
            said = None  # what is said is of other readings: `check` sees to it that there are some
        else:
            fits = [named]
    if said and said.price is not None:
        found = fits[0] if len(fits) == 1 else Plan(shown or "plan", provider, None, "USD", "", "")
        return found._replace(price=said.price, currency="USD", as_of="as typed", source="--plan"), ""
    return _only(fits, provider, shown)


def _named(table: PlanTable, said: Chosen) -> Plan:
    """Return the plan of the name that a person says; one that no table has needs a price with it."""
    provider, name = said.provider, said.name or ""
    found = table.named(provider, name)
    if found is None and said.price is None:
        known = ", ".join(plan.name for plan in table.of(provider)) or "none"
        text = f"{said.where}: no {provider} plan {name!r} is known (known: {known}); add it to plans.toml, or write {provider}=USD"
        raise cli.Stop(cli.USAGE, text)
    return found or Plan(name, provider, None, "USD", "as typed", "--plan")


def _only(fits: Sequence[Plan], provider: str, shown: str | None) -> tuple[Plan | None, str]:
    """Return the plan that fits, or None and why; one without a price, and that."""
    if len(fits) > 1:
        names = " or ".join(plan.name for plan in fits)
        return None, f"{provider}: {shown!r} is {names}; --plan {provider}={fits[0].name} says which"
    if not fits:
        what = f"{shown!r} is in no table" if shown else "no reading names the plan"
        return None, f"{provider}: {what}; say it with --plan {provider}=NAME or {provider}=USD"
    if fits[0].price is None:
        price = f"{provider}: no price of {fits[0].name} is known; --plan {provider}={fits[0].name}:USD says yours"
        return fits[0], price
    return fits[0], ""


def check(table: PlanTable, chosen: Mapping[str, Chosen], shown: Iterable[tuple[str, str | None]]) -> None:
    """Refuse, with status 2, what a person says of plans that do not fit the (provider, plan as shown) of any reading."""
    there: dict[str, set[str | None]] = {}
    for provider, words in shown:
        there.setdefault(provider, set()).add(words)
    for provider, said in chosen.items():
        if said.unused:
            continue
        seen = there.get(provider, set())
        fits = [{plan.name for plan in table.called(provider, words)} if words else set() for words in seen]
        words = ", ".join(sorted(word or "not named" for word in seen))
        text = None
        typed = said.where == "--plan"
        if not seen and typed:
            text = f"nothing here uses a plan of {provider}; leave it out"
        elif typed and said.name and all(fits) and not any(said.name in names for names in fits):
            text = f"the readings of {provider} show {words}, which is not {said.name!r}; leave it out"
        elif said.price is not None and said.name is None and len(seen) > 1:
            text = (
                f"several plans of {provider} are used ({words}); say whose price it is, {provider}=NAME:USD"
            )
        if text:
            raise cli.Stop(cli.USAGE, f"{said.where}: {text}")


def by_provider(chosen: Iterable[Chosen]) -> dict[str, Chosen]:
    """Return what was said of each provider; cli.Stop (2) when one is named twice."""
    made: dict[str, Chosen] = {}
    for one in chosen:
        if one.provider in made:
            raise cli.Stop(cli.USAGE, f"--plan: {one.provider} is named twice; name its plan once")
        made[one.provider] = one
    return made


def in_force(chosen: Iterable[Chosen]) -> dict[str, Chosen]:
    """Return what was said of each provider on the command line, else by its setting, `plans.NAME`."""
    made = by_provider(chosen)
    for name in providers.NAMES:
        if name not in made and (set_to := settings.said(f"TRACKER_PLAN_{name.upper()}")):
            try:
                made[name] = choice(f"{name}={set_to.text}")._replace(where=set_to.where)
            except cli.WrongValue as wrong:
                raise cli.Stop(cli.NO_SETTING, f"{set_to.where}: {wrong}") from None
    return made


def one_currency(some: Sequence[Plan]) -> str:
    """Return the currency of all these prices; cli.Stop (78) when there are two."""
    found = sorted({plan.currency for plan in some})
    if len(found) > 1:
        text = f"plans are priced in {' and '.join(found)}, which cannot be added; give them in one currency in plans.toml"
        raise cli.Stop(cli.NO_SETTING, text)
    return found[0] if found else "USD"
