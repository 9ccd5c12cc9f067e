"""The gateway beside the servers that people would pick instead, in one run.

    make bench-peers
    python -m benchmarks.peers [--orders N] [--rounds N] [--seconds S] [--only WORD ...]

What is measured is the CPU of the server's processes, and of its PostgreSQL, for each request over
HTTP. Before that every answer is held against the gateway's. docs/how-to/compare-with-others.md
says how to read the table.
"""
