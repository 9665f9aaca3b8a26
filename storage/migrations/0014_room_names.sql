-- What people call a room, for whoever reads of it on the command line.

ALTER TABLE room ADD COLUMN name TEXT NOT NULL DEFAULT '';
