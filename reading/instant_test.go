package reading

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/library"
)

// oracle reads a zone's clock minute by minute over some days and notes the
// first instant at which each civil minute is shown. It knows no rule: what it
// lacks, the clock skips.
func oracle(loc *time.Location, from, to time.Time) map[DateTime]time.Time {
	first := map[DateTime]time.Time{}
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		if dt := DateTimeOf(at, loc); first[dt].IsZero() {
			first[dt] = at
		}
	}
	return first
}

// changes returns the instants between two years at which a zone's offset
// changes, found by bisection between samples an hour apart.
func changes(loc *time.Location, from, to time.Time) []time.Time {
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	var out []time.Time
	// Six hours are shorter than any daylight saving ever was.
	for at := from; at.Before(to); at = at.Add(6 * time.Hour) {
		lo, hi := at, at.Add(6*time.Hour)
		if offset(lo) == offset(hi) {
			continue
		}
		for hi.Sub(lo) > time.Second {
			mid := lo.Add(hi.Sub(lo) / 2).Truncate(time.Second)
			if offset(mid) == offset(lo) {
				lo = mid
			} else {
				hi = mid
			}
		}
		out = append(out, hi)
	}
	return out
}

// TestInstantAroundChanges compares every half hour of the two days around
// each change of each zone with the oracle.
func TestInstantAroundChanges(t *testing.T) {
	places, others := ZoneNames()
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	to := time.Date(2033, 1, 1, 0, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	cases, gaps, overlaps, zones := 0, 0, 0, 0
	for _, name := range slices.Concat(places, others) {
		loc := mustZone(t, name)
		times := changes(loc, from, to)
		// Many zones keep the same clock; each clock is read once.
		var key strings.Builder
		for _, c := range times {
			_, o := c.In(loc).Zone()
			key.WriteString(c.Format(time.RFC3339) + time.Duration(o).String())
		}
		_, o := from.In(loc).Zone()
		key.WriteString(time.Duration(o).String())
		if seen[key.String()] {
			continue
		}
		seen[key.String()] = true
		zones++
		for _, c := range times {
			first := oracle(loc, c.Add(-50*time.Hour), c.Add(50*time.Hour))
			_, before := c.Add(-time.Second).In(loc).Zone()
			_, after := c.In(loc).Zone()
			if after > before {
				gaps++
			} else {
				overlaps++
			}
			// The civil half hours of the two days, by the clock before.
			mid := c.Add(time.Duration(before) * time.Second).UTC().Truncate(30 * time.Minute)
			for shown := mid.Add(-24 * time.Hour); !shown.After(mid.Add(24 * time.Hour)); shown = shown.Add(30 * time.Minute) {
				local := DateTimeOf(shown, time.UTC)
				want, ok := first[local]
				if !ok {
					want = shown.Add(-time.Duration(before) * time.Second)
				}
				if got := Instant(local, loc); !got.Equal(want) {
					t.Fatalf("%s %v: %v, want %v", name, local, got.UTC(), want.UTC())
				}
				cases++
			}
		}
	}
	t.Logf("%d cases, %d gaps, %d overlaps, %d different clocks", cases, gaps, overlaps, zones)
	if zones < 40 || gaps < 200 || overlaps < 200 {
		t.Errorf("too few to mean anything: %d clocks, %d gaps, %d overlaps", zones, gaps, overlaps)
	}
}

func TestInstant(t *testing.T) {
	for _, c := range []struct{ zone, local, want string }{
		{"America/New_York", "2007-03-11T02:30", "2007-03-11T03:30:00-04:00"}, // RFC 5545's own example
		{"America/New_York", "2007-11-04T01:30", "2007-11-04T01:30:00-04:00"}, // and its second
		{"Europe/London", "2027-03-28T01:00", "2027-03-28T02:00:00+01:00"},
		{"Europe/London", "2026-10-25T01:30", "2026-10-25T01:30:00+01:00"},
		{"America/Santiago", "2026-09-06T00:00", "2026-09-06T01:00:00-03:00"}, // midnight does not exist
		{"Pacific/Apia", "2011-12-30T19:00", "2011-12-31T19:00:00+14:00"},     // nor the whole day
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:45:00+11:00"},
		{"Asia/Kathmandu", "2026-12-01T19:00", "2026-12-01T19:00:00+05:45"},
		{"UTC", "2026-12-01T19:00", "2026-12-01T19:00:00Z"},
		{"Europe/London", "2040-12-31T23:59", "2040-12-31T23:59:00Z"}, // beyond the listed changes, leap year
		{"Australia/Sydney", "2040-12-31T23:59", "2040-12-31T23:59:00+11:00"},
	} {
		got := Instant(mustLocal(t, c.local), mustZone(t, c.zone)).Format(time.RFC3339)
		if got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.local, c.zone, got, c.want)
		}
	}
}

// TestInstantFarAhead meets the last days of years whose changes follow from
// a rule and are not listed.
func TestInstantFarAhead(t *testing.T) {
	for _, zone := range []string{"Europe/London", "America/New_York", "Australia/Sydney", "America/Santiago", "Asia/Tokyo"} {
		loc := mustZone(t, zone)
		for d := mustDate(t, "2043-12-25"); d.Year < 2049; d = d.AddDays(1) {
			local := DateTime{d, Clock{19, 0}}
			if got := DateTimeOf(Instant(local, loc), loc); got != local {
				t.Fatalf("%s: %v became %v", zone, local, got)
			}
		}
	}
}

func TestLoadZone(t *testing.T) {
	places, others := ZoneNames()
	if len(places) < 400 || len(others) < 150 {
		t.Fatalf("%d places, %d others", len(places), len(others))
	}
	for _, name := range []string{"", "Local", "local", "localtime", "Europe", "europe/london", "Europe/Londn",
		"../Europe/London", "/etc/localtime", "posix/Europe/London", "right/Europe/London", "tzdata.zi",
		"Europe/../Europe/London", "Europe//London", "Europe/", "Factory", "PST", "GMT+1", "UTC+2", "London"} {
		loc, err := LoadZone(name)
		if err == nil {
			t.Errorf("%q is %v", name, loc)
			continue
		}
		if le, ok := errors.AsType[*library.Error](err); !ok || le.Code != library.NotFound || le.Reason != "zone" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"Europe/Londn":     "Europe/London",
		"europe/london":    "Europe/London",
		"London":           "Europe/London",
		"America/New York": "America/New_York",
		"Europe/Berlni":    "Europe/Berlin",
		"Europe/Munich":    "Europe/Berlin",
		"Amrica/Chicgo":    "America/Chicago",
	} {
		_, err := LoadZone(name)
		le, ok := errors.AsType[*library.Error](err)
		if !ok || len(le.Suggestions) == 0 || le.Suggestions[0].Citation != want {
			t.Errorf("%q suggests %v, want %s", name, err, want)
		}
	}
}

func TestFindZone(t *testing.T) {
	for city, want := range map[string]string{
		"London": "Europe/London", "new york": "America/New_York", "New York City": "America/New_York",
		"sao paulo": "America/Sao_Paulo", "São Paulo": "America/Sao_Paulo", "berlin": "Europe/Berlin",
		"Munich": "Europe/Berlin", "München": "Europe/Berlin", "Zürich": "Europe/Zurich",
		"San Francisco": "America/Los_Angeles", "Mumbai": "Asia/Kolkata", "Calcutta": "Asia/Calcutta",
		"Kyiv": "Europe/Kyiv", "Europe/Paris": "Europe/Paris", "St. John's": "America/St_Johns",
		"port-au-prince": "America/Port-au-Prince", "Buenos Aires": "America/Argentina/Buenos_Aires",
		"Louisville": "America/Kentucky/Louisville", "Birmingham": "Europe/London America/Chicago",
		"berln": "Europe/Berlin Europe/Zurich", "melborne": "Australia/Melbourne", "amsterdam": "Europe/Amsterdam",
		"Beijing": "Asia/Shanghai", "Tel Aviv": "Asia/Jerusalem", "US/Eastern": "US/Eastern",
		"Atlantis": "", "x": "", "": "", "🙂": "", "Local": "", "Etc": "", "UTC": "UTC",
	} {
		if got := strings.Join(FindZone(city), " "); got != want {
			t.Errorf("%q: %q, want %q", city, got, want)
		}
	}
}

// TestCities holds that each city's zone exists and that the list is sorted
// and folded.
func TestCities(t *testing.T) {
	var names []string
	for line := range strings.Lines(cityList) {
		name, zones, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || foldPlace(name) != name {
			t.Errorf("line %q", line)
		}
		names = append(names, name)
		for z := range strings.FieldsSeq(zones) {
			mustZone(t, z)
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error("cities.txt is not sorted, or names a city twice")
	}
}

func FuzzFindZone(f *testing.F) {
	for _, s := range []string{"London", "Europe/Londn", "../etc", "São Paulo", "\xff", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, z := range FindZone(s) {
			mustZone(t, z)
		}
		if loc, err := LoadZone(s); err == nil && loc.String() != s {
			t.Errorf("%q is %s", s, loc)
		}
	})
}
