-- What others may see of a person is theirs to choose, and outlasts leaving.

CREATE TABLE privacy (
  group_id INTEGER NOT NULL REFERENCES reading_group ON DELETE CASCADE,
  person   INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
  shows    TEXT NOT NULL                -- nothing, or no row: counted, not named
           CHECK (shows IN ('', 'shown', 'hidden')),
  PRIMARY KEY (group_id, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX privacy_person ON privacy (person);

INSERT INTO privacy (group_id, person, shows)
SELECT group_id, person, shows FROM member WHERE shows <> '';

ALTER TABLE member DROP COLUMN shows;
