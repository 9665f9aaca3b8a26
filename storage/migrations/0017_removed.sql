-- When the bot was removed from a room, so that what it knows of it can be
-- forgotten after a time.

ALTER TABLE room ADD COLUMN removed INTEGER;

UPDATE room SET removed = unixepoch() * 1000 WHERE paused = 'removed' OR paused LIKE 'removed: %';
