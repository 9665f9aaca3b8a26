-- The texts. Works and passages are the truth; what search needs is derived.
-- Instants are milliseconds since 1970 UTC.

-- "Lctn": this file is ours.
PRAGMA application_id = 0x4C63746E;

-- Raised in the transaction of a change, so that caches know when they are old.
CREATE TABLE counter (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('library', 1), ('passage', 1); -- revision; the next id

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers that were given, so that an event that comes again does nothing.
CREATE TABLE answer (
  key  TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_at ON answer (at);

-- Ids are never given twice: caches, the index and plans hold them.
CREATE TABLE work (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  owner    INTEGER NOT NULL,             -- the group, 0 for the operator's shared shelf
  title    TEXT NOT NULL,
  subtitle TEXT NOT NULL,
  author   TEXT NOT NULL,
  date     TEXT NOT NULL,
  language TEXT NOT NULL,
  source   TEXT NOT NULL,
  edition  TEXT NOT NULL,
  rights   TEXT NOT NULL,
  scheme   TEXT NOT NULL DEFAULT '',
  text     INTEGER,                      -- the current one
  added    INTEGER NOT NULL
) STRICT;
CREATE INDEX work_owner ON work (owner);

CREATE TABLE alias (
  owner INTEGER NOT NULL,
  alias TEXT NOT NULL COLLATE NOCASE,
  work  INTEGER NOT NULL REFERENCES work ON DELETE CASCADE,
  ord   INTEGER NOT NULL,                -- 0 is canonical
  PRIMARY KEY (owner, alias)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_work ON alias (work);

-- One import of a work. The current one is named by its work; older ones stay
-- while anything points into them. One that is still being written has no work
-- and is seen by nobody.
CREATE TABLE text (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  work     INTEGER REFERENCES work ON DELETE CASCADE,
  imported INTEGER NOT NULL
) STRICT;
CREATE INDEX text_work ON text (work);

CREATE TABLE section (
  text    INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
  idx     INTEGER NOT NULL,
  parent  INTEGER NOT NULL,              -- idx, -1 at the top level
  depth   INTEGER NOT NULL,
  labels  TEXT NOT NULL,                 -- parted by line ends
  title   TEXT NOT NULL,
  heading TEXT NOT NULL,
  lead    INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  page    TEXT NOT NULL,
  PRIMARY KEY (text, idx)
) STRICT, WITHOUT ROWID;

-- A text's passages have ids that follow one another, so that a shelf is a few
-- ranges of ids.
CREATE TABLE passage (
  id          INTEGER PRIMARY KEY,      -- from the counter, so that none comes twice
  text        INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
  idx         INTEGER NOT NULL,
  section     INTEGER NOT NULL,          -- idx
  kind        TEXT NOT NULL,
  number      INTEGER NOT NULL,          -- ¶, 0 for epigraphs and footnotes
  in_section  INTEGER NOT NULL,
  anchor      TEXT NOT NULL,
  label       TEXT NOT NULL,
  page        TEXT NOT NULL,
  verse       TEXT NOT NULL,
  words       INTEGER NOT NULL,
  sentences   INTEGER NOT NULL,
  opening     TEXT NOT NULL,             -- the first words
  notes       TEXT NOT NULL,             -- idx of the footnotes that it calls, parted by spaces
  attribution TEXT NOT NULL,
  content     TEXT NOT NULL,
  UNIQUE (text, idx)
) STRICT;
CREATE UNIQUE INDEX passage_anchor ON passage (text, anchor);
CREATE INDEX passage_number ON passage (text, number);

CREATE TABLE part (
  text    INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
  idx     INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  section INTEGER NOT NULL,
  before  INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (text, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE left_out (
  text    INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
  idx     INTEGER NOT NULL,
  reason  TEXT NOT NULL,
  line    INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (text, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE warning (
  text    INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
  idx     INTEGER NOT NULL,
  code    TEXT NOT NULL,
  message TEXT NOT NULL,
  line    INTEGER NOT NULL,
  PRIMARY KEY (text, idx)
) STRICT, WITHOUT ROWID;
