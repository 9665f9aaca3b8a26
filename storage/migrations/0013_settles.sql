-- A request whose outcome is not known may still be on its way.

ALTER TABLE delivery ADD COLUMN settles INTEGER NOT NULL DEFAULT 0; -- until then it is neither looked for nor sent again
