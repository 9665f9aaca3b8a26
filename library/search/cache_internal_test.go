package search

import "testing"

// What is kept stays within its bound, and what was asked for last is kept.
func TestCacheIsBounded(t *testing.T) {
	var c Cache
	row := make([]byte, 100_000)
	key := func(i int) rowKey { return rowKey{docsRow, int64(i)} }
	const rows = 2 * cacheBytes / 100_000
	for i := range rows {
		c.put(key(i), row)
		if _, ok := c.get(key(0)); !ok {
			t.Fatalf("the row that is always asked for is gone after %d others", i)
		}
	}
	held := 0
	for i := range rows {
		if data, ok := c.get(key(i)); ok {
			held += len(data)
		}
	}
	if held > cacheBytes || held < cacheBytes*9/10 {
		t.Errorf("%d bytes are kept, of at most %d", held, cacheBytes)
	}
	if _, ok := c.get(key(1)); ok {
		t.Error("the row that was asked for first is kept")
	}
	if _, ok := c.get(rowKey{placesRow, 0}); ok {
		t.Error("a row of one kind is given for one of another")
	}
}
