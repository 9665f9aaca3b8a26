-- What organisers mended in a text by hand. The lines are applied, in order, to
-- the text as it was imported last, which is kept for works that have some.
CREATE TABLE correction (
  id     INTEGER PRIMARY KEY,
  work   INTEGER NOT NULL REFERENCES work ON DELETE CASCADE,
  line   TEXT NOT NULL,
  person INTEGER REFERENCES person ON DELETE SET NULL,
  at     INTEGER NOT NULL,
  undone INTEGER
) STRICT;
CREATE INDEX correction_work ON correction (work, id);

CREATE TABLE base (
  work INTEGER PRIMARY KEY REFERENCES work ON DELETE CASCADE,
  body BLOB NOT NULL                    -- JSON, packed with gzip
) STRICT;

-- Books that were shown to an organiser and are not on a shelf yet.
CREATE TABLE draft (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  person   INTEGER REFERENCES person ON DELETE SET NULL,
  name     TEXT NOT NULL,               -- the file's
  alias    TEXT NOT NULL,
  title    TEXT NOT NULL,               -- '' as the file says
  author   TEXT NOT NULL,
  fixes    TEXT NOT NULL,               -- corrections, one on each line
  data     BLOB NOT NULL,               -- the file
  at       INTEGER NOT NULL
) STRICT;
CREATE INDEX draft_group ON draft (group_id, id);
