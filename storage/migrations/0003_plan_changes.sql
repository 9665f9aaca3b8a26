-- Plans that are split, merged and carried on: check-ins hold the passages that
-- they are about, so that they stay whatever becomes of the readings, and the
-- number of a reading that is gone never comes again.

INSERT INTO counter (name, value) SELECT 'reading', coalesce(max(id), 0) + 1 FROM reading;

ALTER TABLE plan ADD COLUMN short INTEGER NOT NULL DEFAULT 0;        -- the most words of a short track, 0 for none
ALTER TABLE reading ADD COLUMN warning TEXT NOT NULL DEFAULT '';     -- a line about its content
ALTER TABLE reading ADD COLUMN no_meeting INTEGER NOT NULL DEFAULT 0;

CREATE TABLE short_portion (
  reading      INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
  ord          INTEGER NOT NULL,
  work         INTEGER NOT NULL,
  first_anchor TEXT NOT NULL,
  last_anchor  TEXT NOT NULL,
  first        INTEGER NOT NULL,
  last         INTEGER NOT NULL,
  words        INTEGER NOT NULL,
  PRIMARY KEY (reading, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkin_new (
  id       INTEGER PRIMARY KEY,
  person   INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  plan     INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
  reading  INTEGER REFERENCES reading ON DELETE SET NULL, -- for which it was made
  kind     TEXT NOT NULL CHECK (kind IN ('at', 'done', 'skip')),
  work     INTEGER,                     -- at: where
  anchor   TEXT NOT NULL DEFAULT '',
  number   INTEGER NOT NULL DEFAULT 0,
  at       INTEGER NOT NULL,
  undone   INTEGER                      -- when it was taken back
) STRICT;
INSERT INTO checkin_new SELECT id, person, group_id, plan, reading, kind, work, anchor, number, at, undone FROM checkin;
DROP TABLE checkin;
ALTER TABLE checkin_new RENAME TO checkin;
CREATE INDEX checkin_person ON checkin (person, plan);
CREATE INDEX checkin_plan ON checkin (plan, person);

-- The passages that a check-in is about.
CREATE TABLE covered (
  checkin      INTEGER NOT NULL REFERENCES checkin ON DELETE CASCADE,
  ord          INTEGER NOT NULL,
  work         INTEGER NOT NULL,
  first_anchor TEXT NOT NULL,
  last_anchor  TEXT NOT NULL,
  first        INTEGER NOT NULL,
  last         INTEGER NOT NULL,
  words        INTEGER NOT NULL,
  PRIMARY KEY (checkin, ord)
) STRICT, WITHOUT ROWID;
CREATE INDEX covered_work ON covered (work);
INSERT INTO covered
  SELECT c.id, p.ord, p.work, p.first_anchor, p.last_anchor, p.first, p.last, p.words
  FROM checkin c JOIN portion p ON p.reading = c.reading WHERE c.kind <> 'at';
INSERT INTO covered
  SELECT c.id, p.ord, p.work, p.first_anchor, CASE WHEN p.work = c.work AND c.number < p.last THEN c.anchor ELSE p.last_anchor END,
    p.first, CASE WHEN p.work = c.work THEN min(p.last, c.number) ELSE p.last END, p.words
  FROM checkin c JOIN portion p ON p.reading = c.reading
  WHERE c.kind = 'at' AND (p.work <> c.work OR p.first <= c.number)
    AND p.ord <= (SELECT max(q.ord) FROM portion q WHERE q.reading = c.reading AND q.work = c.work AND q.first <= c.number);

-- The last passage that a question is about: it moves to whatever reading holds
-- that.
ALTER TABLE prompt ADD COLUMN work INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prompt ADD COLUMN anchor TEXT NOT NULL DEFAULT '';
ALTER TABLE prompt ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE prompt SET (work, anchor, number) =
  (SELECT p.work, p.last_anchor, p.last FROM portion p WHERE p.reading = prompt.reading ORDER BY p.ord DESC LIMIT 1)
  WHERE EXISTS (SELECT 1 FROM portion p WHERE p.reading = prompt.reading);
