"""Data. Read `dataset` (what a table is), `tables` (how one is read), and how that goes, from bytes up: `text`
(lines), `records` (rows), `cells` (numbers and holes), `columns`, `decimals`, `categories`, `choice` (which columns,
which rows), `frames` (tables in memory). Last `collection`: the tables that come with the library.
"""

from .collection import cars, crickets, elements, moons, norris, o_rings, stack_loss
from .dataset import Dataset
from .tables import read_csv

__all__ = ["Dataset", "cars", "crickets", "elements", "moons", "norris", "o_rings", "read_csv", "stack_loss"]
