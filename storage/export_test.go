package storage

import "context"

// WriterSays runs a statement on the connection that writes, for tests that
// make it less careful than it is.
func (db *DB) WriterSays(ctx context.Context, statement string) error {
	_, err := db.writer.ExecContext(ctx, statement)
	return err
}
