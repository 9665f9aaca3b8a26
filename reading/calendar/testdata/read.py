"""Reads calendars with the icalendar library and prints what it understood.

The times are put into UTC by each file's own VTIMEZONE, so that what another
program makes of them is seen, and not what it knows of the zone.
"""
import json
import sys
from datetime import datetime

import icalendar
import pytz



def instant(prop, zones):
    value = prop.dt
    if not isinstance(value, datetime):
        return value.isoformat()
    zone = zones[prop.params["TZID"]]
    # Of a time that the clock shows twice the first is meant: the one in summer.
    return zone.localize(value.replace(tzinfo=None), is_dst=True).astimezone(pytz.utc)


def text(value):
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


for path in sys.argv[1:]:
    with open(path, "rb") as f:
        cal = icalendar.Calendar.from_ical(f.read())
    zones = {str(z["TZID"]): z.to_tz() for z in cal.walk("VTIMEZONE")}
    for e in cal.walk("VEVENT"):
        start = instant(e["DTSTART"], zones)
        end = start + e["DURATION"].dt if "DURATION" in e else instant(e["DTEND"], zones)
        print(json.dumps({
            "file": path, "uid": str(e["UID"]), "sequence": int(e["SEQUENCE"]), "status": str(e["STATUS"]),
            "modified": text(e["LAST-MODIFIED"].dt), "start": text(start), "end": text(end), "summary": str(e["SUMMARY"]),
            "description": str(e.get("DESCRIPTION", "")), "location": str(e.get("LOCATION", "")),
        }))
