#!/usr/bin/env python3
"""cut.py FEED (OUT N)...: the first N messages of a length-prefixed feed, gzipped or not."""
import gzip
import sys


def head(feed, count):
    out = []
    for _ in range(count):
        length = feed.read(2)
        if len(length) < 2:
            break
        out.append(length + feed.read(int.from_bytes(length, "big")))
    return b"".join(out)


def main():
    name, *cuts = sys.argv[1:]
    for out, count in zip(cuts[::2], cuts[1::2]):
        with (gzip.open if name.endswith(".gz") else open)(name, "rb") as feed, open(out, "wb") as file:
            file.write(head(feed, int(count)))


main()
