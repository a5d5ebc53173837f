"""Run every ratio benchmark there is: `make bench`."""

import runpy

BENCHES = ("benchmarks.bench_overlay",)

for bench in BENCHES:
    runpy.run_module(bench, run_name="__main__")
