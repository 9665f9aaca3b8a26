-- Anchors whose passage was put into another one when a corrected text came: an
-- anchor that the current text of a work does not bear, and the one that it
-- means now.
CREATE TABLE anchor_moved (
  work   INTEGER NOT NULL REFERENCES work ON DELETE CASCADE,
  anchor TEXT NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY (work, anchor)
) STRICT, WITHOUT ROWID;
CREATE INDEX checkin_anchor ON checkin (work, anchor) WHERE undone IS NULL;
