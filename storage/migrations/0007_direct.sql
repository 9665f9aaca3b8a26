-- The room in which somebody was last answered in private: what they then say
-- to the bot alone is about the group of that room.

CREATE TABLE direct (
  platform TEXT NOT NULL,
  user     TEXT NOT NULL,
  room     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (platform, user)
) STRICT, WITHOUT ROWID;
