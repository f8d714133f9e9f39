"""A glow."""

import wick

FUEL = wick.__name__
