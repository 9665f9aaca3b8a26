-- What a button carries and is too long for it, by a hash of it.

CREATE TABLE carried (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
