-- A meeting may stand among what its platform has planned.
CREATE TABLE delivery_new (
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
  recipient  TEXT NOT NULL DEFAULT '',  -- a user of the platform, for whom alone it is; room names them too
  act        TEXT NOT NULL DEFAULT 'post' CHECK (act IN ('post', 'edit', 'delete', 'pin', 'unpin', 'thread', 'event')),
  target     INTEGER,                   -- the delivery whose post the act is on
  body       TEXT,                      -- a reply as JSON, where it does not follow from the rows above
  due        INTEGER NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('owed', 'sending', 'posted', 'skipped', 'folded', 'failed', 'unknown')),
  reason     TEXT NOT NULL DEFAULT '',  -- a key of the catalogue, or a platform's words after a colon
  folded     INTEGER,                   -- the delivery whose post says it too
  forced     INTEGER NOT NULL DEFAULT 0, -- somebody said to post it, however late
  tries      INTEGER NOT NULL DEFAULT 0,
  first_try  INTEGER,
  next_try   INTEGER NOT NULL,
  owner      TEXT NOT NULL DEFAULT '',  -- who claimed it
  message    TEXT NOT NULL DEFAULT '',  -- the platform's id
  posted     INTEGER,
  tell       INTEGER NOT NULL DEFAULT 0, -- the organisers are still to be told what became of it
  created    INTEGER NOT NULL,
  settles    INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO delivery_new (id, key, token, group_id, plan, reading, prompt, kind, occurrence, platform, room, recipient, act, target, body, due, state, reason, folded, forced, tries, first_try, next_try, owner, message, posted, tell, created, settles)
  SELECT id, key, token, group_id, plan, reading, prompt, kind, occurrence, platform, room, recipient, act, target, body, due, state, reason, folded, forced, tries, first_try, next_try, owner, message, posted, tell, created, settles FROM delivery;
DROP TABLE delivery;
ALTER TABLE delivery_new RENAME TO delivery;
CREATE INDEX delivery_folded ON delivery (folded) WHERE folded IS NOT NULL;
CREATE INDEX delivery_group ON delivery (group_id, due);
CREATE INDEX delivery_message ON delivery (platform, room, message) WHERE message <> '';
CREATE INDEX delivery_next ON delivery (platform, next_try) WHERE state IN ('owed', 'sending');
CREATE INDEX delivery_open ON delivery (platform, room, due, id) WHERE state IN ('owed', 'sending');
CREATE INDEX delivery_reading ON delivery (reading);
CREATE INDEX delivery_target ON delivery (platform, room, target) WHERE target IS NOT NULL;
CREATE INDEX delivery_tell ON delivery (group_id) WHERE tell = 1;
