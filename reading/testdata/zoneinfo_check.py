"""Checks instants against Python's zoneinfo, which shares no code with Go's.

Reads lines "ZONE LOCAL UNIX" on standard input and compares each with what
zoneinfo gives for the local time with fold=0: the offset before a gap and the
first instance of an overlap (PEP 495). Prints a count, and exits with 1 if any
line is wrong. TestInstantAgainstZoneinfo runs it.
"""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

total = wrong = 0
zones = set()
for line in sys.stdin:
    zone, local, unix = line.split()
    zones.add(zone)
    want = int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp())
    total += 1
    if want != int(unix):
        wrong += 1
        if wrong <= 10:
            print(f"{zone} {local}: {unix}, want {want}")
print(f"{total} instants in {len(zones)} zones, {wrong} wrong")
sys.exit(1 if wrong else 0)
