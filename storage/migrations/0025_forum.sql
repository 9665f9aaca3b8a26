-- The forum in which a room's readings are talked about, '' for none: a room
-- of the same platform, and of the same group.

ALTER TABLE room ADD COLUMN forum TEXT NOT NULL DEFAULT '';
