-- Whether a reading's questions go into a thread under its announcement.

ALTER TABLE room ADD COLUMN threads INTEGER NOT NULL DEFAULT 0;
