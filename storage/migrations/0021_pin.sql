-- Whether what is being read is pinned in a room.

ALTER TABLE room ADD COLUMN pin INTEGER NOT NULL DEFAULT 0;

-- What was done to a room's posts.
CREATE INDEX delivery_target ON delivery (platform, room, target) WHERE target IS NOT NULL;
