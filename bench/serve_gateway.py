"""The `gateway` command; where BENCH_SHOP names a shop in memory its loaders answer from that."""

from __future__ import annotations

import os

from bench.memory.loaders import use_shop_in_memory
from gateway.cli import main

if __name__ == "__main__":
    use_shop_in_memory(os.environ)
    main()
