-- What stands before commands in a room, beside what stands there everywhere.

ALTER TABLE room ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
