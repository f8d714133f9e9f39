"""A beacon."""

import glow
import wick

PARTS = [glow.__name__, wick.__name__]
