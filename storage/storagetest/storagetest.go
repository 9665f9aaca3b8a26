// Package storagetest opens databases for tests: real files that go away with
// the test, and a clock that the test moves.
package storagetest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/storage"
)

// Start is when a Clock begins: a Tuesday evening.
var Start = time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)

// A Clock stands still until it is moved. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is what the clock shows: Start until it is moved.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		c.at = Start
	}
	return c.at
}

// Set moves the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) { c.Set(c.Now().Add(d)) }

// Open opens an empty database of the newest schema in a folder of the test's
// own, and closes it when the test ends. Its clock shows Start.
func Open(t testing.TB) *storage.DB {
	t.Helper()
	return OpenAt(t, filepath.Join(t.TempDir(), "test.db"), &Clock{})
}

// OpenAt opens the database at path, with a clock, and closes it when the test
// ends.
func OpenAt(t testing.TB, path string, clock *Clock) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), path, storage.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

// Rows are what a database holds in a table, a line each, in order, with the
// columns parted by bars. The columns are as in a query; "" is all of them.
func Rows(t testing.TB, path, columns, table string) []string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if columns == "" {
		columns = "*"
	}
	rows, err := db.QueryContext(t.Context(), "SELECT "+columns+" FROM "+table+" ORDER BY "+"1, 2, 3")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values, to := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for i, v := range values {
			if i > 0 {
				line.WriteString(" | ")
			}
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			fmt.Fprint(&line, v)
		}
		out = append(out, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
