-- Who reads together, what they have agreed to read, and what was posted.
-- Instants are milliseconds since 1970 UTC; civil dates and times are text.

CREATE TABLE person (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
  platform TEXT NOT NULL,
  user     TEXT NOT NULL,
  person   INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  name     TEXT NOT NULL,
  PRIMARY KEY (platform, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_person ON account (person);

CREATE TABLE reading_group (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  zone     TEXT NOT NULL,             -- IANA
  language TEXT NOT NULL,             -- BCP 47
  place    TEXT NOT NULL DEFAULT '',  -- where it meets; '' is in writing
  minutes  INTEGER NOT NULL DEFAULT 0, -- how long a meeting takes; 0 is unsaid
  created  INTEGER NOT NULL
) STRICT;

CREATE TABLE room (
  platform   TEXT NOT NULL,
  id         TEXT NOT NULL,
  group_id   INTEGER REFERENCES reading_group ON DELETE SET NULL,
  greeted    INTEGER,                  -- when the bot said who it is
  paragraphs INTEGER,                  -- when "¶" was explained
  paused     TEXT NOT NULL DEFAULT '', -- why nothing is posted there
  PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_group ON room (group_id);

CREATE TABLE organiser (
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  person   INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  since    INTEGER NOT NULL,
  PRIMARY KEY (group_id, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  person   INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  joined   INTEGER NOT NULL,
  shows    TEXT NOT NULL DEFAULT '' -- counted, not named
           CHECK (shows IN ('', 'shown', 'hidden')),
  reminded INTEGER NOT NULL DEFAULT 0,  -- asked for reminders in private
  PRIMARY KEY (group_id, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_person ON member (person);

CREATE TABLE plan (
  id        INTEGER PRIMARY KEY,
  group_id  INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  name      TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('draft', 'published', 'paused', 'ended')),
  cadence   TEXT NOT NULL,
  zone      TEXT NOT NULL,
  start     TEXT NOT NULL,              -- a civil date
  ends      TEXT NOT NULL DEFAULT '',   -- the last day on which a reading may be due, '' for none
  skips     TEXT NOT NULL DEFAULT '',   -- civil dates parted by spaces
  preset    TEXT NOT NULL,
  platform  TEXT NOT NULL,              -- the room it is posted in
  room      TEXT NOT NULL,
  revision  INTEGER NOT NULL DEFAULT 1, -- raised by every change; a change names the one it saw
  created   INTEGER NOT NULL,
  published INTEGER,
  paused    INTEGER
) STRICT;
CREATE INDEX plan_group ON plan (group_id);
CREATE INDEX plan_room ON plan (platform, room);

-- One row per occurrence: what is read by when.
CREATE TABLE reading (
  id    INTEGER PRIMARY KEY,
  plan  INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  n     INTEGER NOT NULL,               -- 1, 2, …
  local TEXT NOT NULL,                  -- the planned civil time it is due, YYYY-MM-DDTHH:MM
  zone  TEXT NOT NULL,
  due   INTEGER NOT NULL,
  opens INTEGER,                        -- NULL: when the plan is published
  state TEXT NOT NULL DEFAULT 'ahead' CHECK (state IN ('ahead', 'open', 'done')),
  words INTEGER NOT NULL,
  UNIQUE (plan, n)
) STRICT;

CREATE TABLE portion (
  reading      INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
  ord          INTEGER NOT NULL,
  work         INTEGER NOT NULL,
  first_anchor TEXT NOT NULL,
  last_anchor  TEXT NOT NULL,
  first        INTEGER NOT NULL,        -- ¶ numbers in the text that was current when it was planned
  last         INTEGER NOT NULL,
  words        INTEGER NOT NULL,
  PRIMARY KEY (reading, ord)
) STRICT, WITHOUT ROWID;
CREATE INDEX portion_work ON portion (work);

CREATE TABLE prompt (
  id       INTEGER PRIMARY KEY,
  plan     INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  reading  INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
  ord      INTEGER NOT NULL,            -- "Question 1" of its reading
  text     TEXT NOT NULL,
  local    TEXT NOT NULL DEFAULT '',    -- when, in the plan's zone; '' follows from the reading
  author   INTEGER REFERENCES person ON DELETE SET NULL,
  created  INTEGER NOT NULL,
  UNIQUE (reading, ord)
) STRICT;

-- What a plan will owe, and when. A row is turned into deliveries and marked
-- in one transaction.
CREATE TABLE schedule (
  id         INTEGER PRIMARY KEY,
  plan       INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  reading    INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
  prompt     INTEGER REFERENCES prompt ON DELETE CASCADE,
  kind       TEXT NOT NULL,
  occurrence TEXT NOT NULL,
  at         INTEGER NOT NULL,
  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'owed', 'dropped')),
  UNIQUE (plan, reading, kind, occurrence)
) STRICT;
CREATE INDEX schedule_due ON schedule (at) WHERE state = 'waiting';
CREATE INDEX schedule_reading ON schedule (reading);

-- One post owed to one room: what, where, when, and what became of it.
CREATE TABLE delivery (
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,      -- group, plan, reading, kind, occurrence, room
  token      TEXT NOT NULL UNIQUE,      -- what goes along to the platform
  group_id   INTEGER REFERENCES reading_group ON DELETE CASCADE,
  plan       INTEGER REFERENCES plan ON DELETE CASCADE,
  reading    INTEGER REFERENCES reading ON DELETE SET NULL,
  prompt     INTEGER REFERENCES prompt ON DELETE SET NULL,
  kind       TEXT NOT NULL,
  occurrence TEXT NOT NULL,
  platform   TEXT NOT NULL,
  room       TEXT NOT NULL,
  body       TEXT,                      -- a reply as JSON, where it does not follow from the rows above
  due        INTEGER NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('owed', 'sending', 'posted', 'skipped', 'failed', 'unknown')),
  reason     TEXT NOT NULL DEFAULT '',  -- a key of the catalogue, or a platform's words after a colon
  tries      INTEGER NOT NULL DEFAULT 0,
  first_try  INTEGER,
  next_try   INTEGER NOT NULL,
  owner      TEXT NOT NULL DEFAULT '',  -- who claimed it
  message    TEXT NOT NULL DEFAULT '',  -- the platform's id
  posted     INTEGER,
  created    INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_open ON delivery (platform, room, due, id) WHERE state IN ('owed', 'sending');
CREATE INDEX delivery_next ON delivery (next_try) WHERE state IN ('owed', 'sending');
CREATE INDEX delivery_message ON delivery (platform, room, message) WHERE message <> '';
CREATE INDEX delivery_reading ON delivery (reading);
CREATE INDEX delivery_group ON delivery (group_id, due);

CREATE TABLE checkin (
  id       INTEGER PRIMARY KEY,
  person   INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  plan     INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  reading  INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
  kind     TEXT NOT NULL CHECK (kind IN ('at', 'done', 'skip')),
  work     INTEGER,                     -- at: where
  anchor   TEXT NOT NULL DEFAULT '',
  number   INTEGER NOT NULL DEFAULT 0,
  at       INTEGER NOT NULL,
  undone   INTEGER                      -- when it was taken back
) STRICT;
CREATE INDEX checkin_person ON checkin (person, plan, reading);
CREATE INDEX checkin_plan ON checkin (plan, reading, person);

CREATE TABLE form (
  platform TEXT NOT NULL,
  room     TEXT NOT NULL,
  user     TEXT NOT NULL,
  body     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (platform, room, user)
) STRICT, WITHOUT ROWID;

-- What a plan was before each change, so that a change can be undone.
CREATE TABLE plan_change (
  id       INTEGER PRIMARY KEY,
  plan     INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  revision INTEGER NOT NULL,            -- the one it made
  what     TEXT NOT NULL,
  before   TEXT NOT NULL,               -- JSON
  person   INTEGER REFERENCES person ON DELETE SET NULL,
  at       INTEGER NOT NULL,
  undone   INTEGER
) STRICT;
CREATE INDEX plan_change_plan ON plan_change (plan, revision);
