-- Where the chapters of a work stand in the editions that people hold, of which
-- only the outline is kept. It belongs to an import, as its passages do.
CREATE TABLE edition (
  text INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
  idx  INTEGER NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,                    -- pages or minutes
  PRIMARY KEY (text, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE edition_chapter (
  text    INTEGER NOT NULL,
  edition INTEGER NOT NULL,              -- idx
  number  INTEGER NOT NULL,              -- of the passage
  first   TEXT NOT NULL,                 -- the first page as printed, '' in a recording
  last    TEXT NOT NULL,
  length  INTEGER NOT NULL,              -- in the edition's unit
  PRIMARY KEY (text, edition, number),
  FOREIGN KEY (text, edition) REFERENCES edition ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
