"""Data. Read `tables` (a table, and how it is read), then `collection` (those that come with the library)."""

from .collection import cars, crickets, elements, moons, norris, o_rings, stack_loss
from .tables import Dataset, read_csv

__all__ = ["Dataset", "cars", "crickets", "elements", "moons", "norris", "o_rings", "read_csv", "stack_loss"]
