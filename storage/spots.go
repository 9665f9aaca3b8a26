package storage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lectern/library"
)

// Reading a value out of SQLite costs more than the value does, so spots come
// many to a row, each field behind its length in bytes: "2:42" and "3:any".
const (
	spotsInRow = 256
	spotFields = 13
)

var spotColumns = func() string {
	columns := []string{"id", "kind", "section", "number", "in_section", "sentences", "words", "anchor", "label", "page", "verse", "opening", "notes"}
	for i, c := range columns {
		columns[i] = `length(CAST(` + c + ` AS BLOB)) || ':' || ` + c
	}
	return strings.Join(columns, " || ")
}()

// spots are the passages of a text without their words.
func (t *Tx) spots(ctx context.Context, e *library.Entry) ([]library.Spot, error) {
	rows, err := t.tx.QueryContext(ctx, `SELECT group_concat(`+spotColumns+`, '' ORDER BY idx)
		FROM passage WHERE text = ? GROUP BY idx / `+strconv.Itoa(spotsInRow)+` ORDER BY min(idx)`, e.Text)
	if err != nil {
		return nil, wrap("read outline", err)
	}
	defer rows.Close()
	out := slices.Grow([]library.Spot(nil), e.Passages)
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			return nil, wrap("read outline", err)
		}
		for len(row) > 0 {
			s, rest, err := cutSpot(row)
			if err != nil {
				return nil, err
			}
			out, row = append(out, s), rest
		}
	}
	return out, wrap("read outline", rows.Err())
}

// cutSpot reads one spot off a row.
func cutSpot(row string) (s library.Spot, rest string, err error) {
	var f [spotFields]string
	for i := range f {
		digits, after, ok := strings.Cut(row, ":")
		n, bad := strconv.Atoi(digits)
		if !ok || bad != nil || n < 0 || n > len(after) {
			return s, "", fmt.Errorf("storage: the outline of a text is damaged at %.40q", row)
		}
		f[i], row = after[:n], after[n:]
	}
	number := func(s string) int {
		n, bad := strconv.Atoi(s)
		if bad != nil && err == nil {
			err = fmt.Errorf("storage: the outline of a text is damaged: %w", bad)
		}
		return n
	}
	s = library.Spot{ID: int64(number(f[0])), Kind: library.Kind(f[1]), Section: number(f[2]), Number: number(f[3]), InSection: number(f[4]),
		Sentences: number(f[5]), Words: number(f[6]), Anchor: library.Anchor(f[7]), Label: f[8], Page: f[9], Verse: f[10], Opening: f[11], Notes: indexesOf(f[12])}
	return s, row, err
}
