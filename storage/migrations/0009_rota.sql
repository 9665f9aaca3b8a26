-- Who leads, who catches up at a pace of their own, and what calendars were
-- told.

CREATE TABLE rota (
  plan INTEGER PRIMARY KEY REFERENCES plan ON DELETE CASCADE,
  per  INTEGER NOT NULL DEFAULT 1       -- how many lead a meeting
) STRICT;

CREATE TABLE rota_person (
  plan   INTEGER NOT NULL REFERENCES rota ON DELETE CASCADE,
  ord    INTEGER NOT NULL,              -- the order of their turns
  person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  PRIMARY KEY (plan, ord)
) STRICT, WITHOUT ROWID;

-- Leaders that do not follow from the order: of meetings that were announced,
-- and of those that were swapped.
CREATE TABLE rota_fixed (
  plan    INTEGER NOT NULL REFERENCES rota ON DELETE CASCADE,
  reading INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
  ord     INTEGER NOT NULL,
  person  INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  PRIMARY KEY (plan, reading, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE absence (
  id       INTEGER PRIMARY KEY,
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  person   INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  first    TEXT NOT NULL,               -- civil dates, both included
  last     TEXT NOT NULL
) STRICT;
CREATE INDEX absence_group ON absence (group_id);

CREATE TABLE lane (
  plan   INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  until  TEXT NOT NULL,                 -- a civil date
  PRIMARY KEY (plan, person)
) STRICT, WITHOUT ROWID;

-- Entries that calendars know. One that is gone is told as cancelled, so it
-- stays here when its reading does not.
CREATE TABLE calendar_entry (
  reading  INTEGER NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('meeting', 'due')),
  plan     INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  sequence INTEGER NOT NULL,            -- raised by every change (RFC 5545, 3.8.7.4)
  modified INTEGER NOT NULL,
  local    TEXT NOT NULL,
  zone     TEXT NOT NULL,
  summary  TEXT NOT NULL,
  told     TEXT NOT NULL,               -- all that the entry said, to see what has changed
  PRIMARY KEY (reading, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_entry_plan ON calendar_entry (plan);
