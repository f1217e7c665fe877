"""The benchmarks: `python tests/benchmarks/run.py` runs them all and writes docs/benchmarks.md."""
