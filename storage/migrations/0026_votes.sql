-- What is put to the vote, and who chose what. Nobody is shown who did: only
-- the counts leave the database.

CREATE TABLE vote (
  id       INTEGER PRIMARY KEY AUTOINCREMENT, -- its posts are named by it, for ever
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  n        INTEGER NOT NULL,            -- its number in the group
  question TEXT NOT NULL,
  several  INTEGER NOT NULL,            -- each may choose as many as they like
  author   INTEGER REFERENCES person ON DELETE SET NULL,
  asked    INTEGER NOT NULL,
  closes   INTEGER NOT NULL,
  UNIQUE (group_id, n)
) STRICT;

CREATE TABLE vote_choice (
  vote INTEGER NOT NULL REFERENCES vote ON DELETE CASCADE,
  ord  INTEGER NOT NULL,                -- from 1
  text TEXT NOT NULL,
  PRIMARY KEY (vote, ord)
) STRICT, WITHOUT ROWID;

-- Of one who may choose one thing alone, the newest row that counts does.
CREATE TABLE ballot (
  id     INTEGER PRIMARY KEY,
  vote   INTEGER NOT NULL REFERENCES vote ON DELETE CASCADE,
  person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  ord    INTEGER NOT NULL,
  counts INTEGER NOT NULL,              -- 0: it stands at the post, and they said something else since
  stands INTEGER NOT NULL,              -- at the post, where it can be taken back
  UNIQUE (vote, person, ord)
) STRICT;

CREATE INDEX ballot_person ON ballot (person);
