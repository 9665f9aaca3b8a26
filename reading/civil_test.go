package reading

import (
	"encoding/json"
	"testing"
	"time"
)

func mustDate(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustLocal(t testing.TB, s string) DateTime {
	t.Helper()
	dt, err := ParseDateTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return dt
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2026-12-01", "2024-02-29", "1900-01-01", "9999-12-31"} {
		if d := mustDate(t, s); d.String() != s {
			t.Errorf("%s came back as %s", s, d)
		}
	}
	for _, s := range []string{"", "2026-2-1", "2026-02-30", "2025-02-29", "0001-01-01", "01-02-2026", "2026-12-01 ", "tuesday"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
	for _, s := range []string{"7:00", "24:00", "19:60", "19:00:00", "", "19"} {
		if c, err := ParseClock(s); err == nil {
			t.Errorf("%q was read as %v", s, c)
		}
	}
}

func TestDateArithmetic(t *testing.T) {
	d := mustDate(t, "2024-02-28")
	for n := -1500; n <= 1500; n++ {
		e := d.AddDays(n)
		if e.Sub(d) != n {
			t.Fatalf("%v is %d days from %v, not %d", e, e.Sub(d), d, n)
		}
		if want := time.Weekday(((int(d.Weekday())+n)%7 + 7) % 7); e.Weekday() != want {
			t.Fatalf("%v is a %v, not a %v", e, e.Weekday(), want)
		}
		if e.monday().Weekday() != time.Monday || e.Sub(e.monday()) > 6 || e.Before(e.monday()) {
			t.Fatalf("the week of %v begins on %v", e, e.monday())
		}
	}
}

func TestNthWeekday(t *testing.T) {
	for _, c := range []struct {
		y    int
		m    time.Month
		w    time.Weekday
		n    int
		want string
	}{
		{2026, time.December, time.Monday, 1, "2026-12-07"},
		{2026, time.December, time.Tuesday, 1, "2026-12-01"},
		{2026, time.December, time.Tuesday, 5, "2026-12-29"},
		{2026, time.December, time.Monday, 5, ""},
		{2026, time.December, time.Monday, -1, "2026-12-28"},
		{2026, time.December, time.Thursday, -1, "2026-12-31"},
		{2024, time.February, time.Thursday, 5, "2024-02-29"},
	} {
		d, ok := nthWeekday(c.y, c.m, c.w, c.n)
		if d.String() != c.want || ok != (c.want != "") {
			t.Errorf("%v %d of %d-%d: %v, want %q", c.w, c.n, c.y, c.m, d, c.want)
		}
	}
}

func TestCivilJSON(t *testing.T) {
	type row struct {
		D  Date
		C  Clock
		DT DateTime
		N  Date
	}
	in := row{D: mustDate(t, "2026-12-01"), C: Clock{19, 5}, DT: mustLocal(t, "2026-12-22T19:00")}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"D":"2026-12-01","C":"19:05","DT":"2026-12-22T19:00","N":""}`
	if string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
	var out row
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("came back as %+v, %v", out, err)
	}
}
