"""Which of a provider's texts one is, by the words of `tracker.providers`, and the file that reads it."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from tracker.providers import Provider, Surface


def recognise(provider: Provider, tight: str) -> Surface:
    """Return the surface that a squeezed text is of; a provider's last one takes what is left.

    >>> from tracker import providers
    >>> recognise(providers.BY_NAME["claude"], "currentsession:21%used").name
    'print'
    """
    known = (one for one in provider.surfaces if all(word in tight for word in one.words))
    return next(known, provider.surfaces[-1])


def named(provider: Provider, name: str, recognised: Surface) -> Surface:
    """Return the surface of that name: the recognised one when it has it."""
    if recognised.name == name:
        return recognised
    return next(one for one in provider.surfaces if one.name == name)


def load(surface: Surface) -> ModuleType:
    """Return the module that reads a surface; no other file of this folder is loaded."""
    return importlib.import_module(f"tracker.meters.{surface.file}")
