-- Whose turns a meeting uses up, where that are not those of who leads it:
-- nobody's where one row stands that names nobody.
CREATE TABLE rota_spent (
  plan    INTEGER NOT NULL REFERENCES rota ON DELETE CASCADE,
  reading INTEGER NOT NULL REFERENCES reading ON DELETE CASCADE,
  ord     INTEGER NOT NULL,
  person  INTEGER REFERENCES person ON DELETE CASCADE,
  PRIMARY KEY (plan, reading, ord)
) STRICT, WITHOUT ROWID;
