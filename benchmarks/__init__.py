"""Benchmarks: one file a claim; each runs by itself and prints a table.

    python -m benchmarks.reads            # list and detail, from the store
    python -m benchmarks.webhooks         # accepted, and visible in the graph
    python -m benchmarks.subscribers      # committed, and on the wire
    python -m benchmarks.memory           # at rest
    python -m benchmarks.hostile          # what good callers notice of hostile ones
    python -m benchmarks.soak             # the same, and memory, in ten minutes
    python -m benchmarks.peers            # beside other servers: make bench-peers

Figures depend on the machine: compare ratios of one run, never figures of two.
"""
