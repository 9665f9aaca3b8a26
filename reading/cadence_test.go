package reading

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/library"
)

// reason is the code and reason of an error that a person caused.
func reason(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	le, ok := errors.AsType[*library.Error](err)
	if !ok {
		t.Fatalf("%v is no library.Error", err)
	}
	return string(le.Code) + "/" + le.Reason
}

func TestParseCadence(t *testing.T) {
	for text, want := range map[string]string{
		"tue 19:00":                              "tue 19:00",
		"Tuesday, 7pm":                           "tue 19:00",
		"tuesdays at 7:30 p.m.":                  "tue 19:30",
		"weekly tue 19:00":                       "tue 19:00",
		"weekly on tuesday at 19:00":             "tue 19:00",
		"every Tuesday at 7 pm":                  "tue 19:00",
		"at 7pm every tuesday":                   "tue 19:00",
		"19:00 tue":                              "tue 19:00",
		"mon, thu 8pm":                           "mon, thu 20:00",
		"thu and mon 8pm":                        "mon, thu 20:00",
		"mon & thu 20.00":                        "mon, thu 20:00",
		"every mon and every thu at 20:00":       "mon, thu 20:00",
		"mon-fri 8:00":                           "mon, tue, wed, thu, fri 08:00",
		"mon – wed 8:00":                         "mon, tue, wed 08:00",
		"sat-sun noon":                           "sat, sun 12:00",
		"weekdays 8am":                           "mon, tue, wed, thu, fri 08:00",
		"daily 8:00":                             "daily 08:00",
		"every day at 8:00":                      "daily 08:00",
		"every other day 8:00":                   "every other day 08:00",
		"every 3 days 8:00":                      "every 3 days 08:00",
		"every other sunday 6pm":                 "every other sun 18:00",
		"every other week on sun 18:00":          "every other sun 18:00",
		"every two weeks on sunday at 6 pm":      "every other sun 18:00",
		"fortnightly sun 18:00":                  "every other sun 18:00",
		"every 3 weeks on tue 19:00":             "every 3 weeks tue 19:00",
		"every other mon, thu 19:00":             "every other mon, thu 19:00",
		"first and third monday 19:00":           "first and third mon 19:00",
		"1st and 3rd mondays at 7pm":             "first and third mon 19:00",
		"every first monday 19:00":               "first mon 19:00",
		"every first and third monday 19:00":     "first and third mon 19:00",
		"monthly on the first monday 19:00":      "first mon 19:00",
		"last friday of the month 7pm":           "last fri 19:00",
		"the second tuesday of every month 7pm":  "second tue 19:00",
		"every second tuesday of the month 7pm":  "second tue 19:00",
		"every other month on the first mon 7pm": "every other month first mon 19:00",
		"monthly on the 15th 19:00":              "monthly on the 15th 19:00",
		"monthly 15 19:00":                       "monthly on the 15th 19:00",
		"monthly 1 and 15 at 7pm":                "monthly on the 1st and 15th 19:00",
		"every month on 15 19:00":                "monthly on the 15th 19:00",
		"the 1st and 15th of the month 19:00":    "monthly on the 1st and 15th 19:00",
		"monthly on the last day 19:00":          "monthly on the last day 19:00",
		"every 3 months on the 1st 19:00":        "every 3 months on the 1st 19:00",
		"di 19:00":                               "tue 19:00",
		"jeden Dienstag um 19 Uhr":               "tue 19:00",
		"dienstags 19 Uhr 30":                    "tue 19:30",
		"Mo, Do 20 Uhr":                          "mon, thu 20:00",
		"Mo und Do um 20:00 Uhr":                 "mon, thu 20:00",
		"täglich 8:00":                           "daily 08:00",
		"alle zwei Wochen sonntags 18 Uhr":       "every other sun 18:00",
		"erster und dritter Montag 19:00":        "first and third mon 19:00",
		"jeden zweiten Dienstag im Monat 19 Uhr": "second tue 19:00",
		"monatlich am 15. um 19 Uhr":             "monthly on the 15th 19:00",
		"19:00 am dienstag":                      "tue 19:00",
		"um 20 Uhr am Mittwoch":                  "wed 20:00",

		"":                                 "! syntax/cadence",
		"tue":                              "! syntax/cadence_clock",
		"tue 7":                            "! ambiguous/hour",
		"19:00":                            "! syntax/cadence_days",
		"weekly 19:00":                     "! syntax/cadence_days",
		"every week 19:00":                 "! syntax/cadence_days",
		"monthly tue 19:00":                "! syntax/cadence_days",
		"monthly 7pm":                      "! syntax/cadence_days",
		"monthly 7 pm":                     "! syntax/cadence_days",
		"monthly 31 19:00":                 "! syntax/cadence_month_day",
		"tue 25:00":                        "! syntax/clock",
		"tue 13pm":                         "! syntax/clock",
		"tue 19:60":                        "! syntax/clock",
		"tue midnight":                     "! ambiguous/midnight",
		"biweekly tue 19:00":               "! ambiguous/cadence_biweekly",
		"every second tuesday 19:00":       "! ambiguous/cadence_second",
		"jeden zweiten Sonntag 18 Uhr":     "! ambiguous/cadence_second",
		"every third mon 19:00":            "! ambiguous/cadence_second",
		"monthly on the 31st 19:00":        "! syntax/cadence_month_day",
		"tue 19:00 sharp":                  "! syntax/cadence",
		"tues or wed 19:00":                "! syntax/cadence",
		"tue 19:00 wed 20:00":              "! syntax/cadence",
		"first mon and third thu 19:00":    "! syntax/cadence",
		"sixth monday 19:00":               "! syntax/cadence",
		"6th monday 19:00":                 "! syntax/cadence",
		"weekly on the first mon 19:00":    "! syntax/cadence",
		"every 99 weeks tue 19:00":         "! syntax/cadence",
		"every 0 weeks tue 19:00":          "! syntax/cadence",
		"tue 18.10":                        "! syntax/cadence",
		"fri-mon 8:00":                     "! syntax/cadence",
		"tue 19:00 UTC":                    "! syntax/cadence",
		strings.Repeat("tue ", 40) + "7pm": "! syntax/cadence",
	} {
		c, err := ParseCadence(text)
		got := c.String()
		if err != nil {
			got = "! " + reason(t, err)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
			continue
		}
		if err == nil {
			again, err := ParseCadence(got)
			if err != nil || !again.Equal(c) {
				t.Errorf("%q does not parse back: %v, %v", got, again, err)
			}
		}
	}
}

func TestCadenceSuggestions(t *testing.T) {
	_, err := ParseCadence("every second tuesday 7pm")
	le, _ := errors.AsType[*library.Error](err)
	var got []string
	for _, s := range le.Suggestions {
		got = append(got, s.Citation)
	}
	if want := []string{"every other tue 19:00", "second tue 19:00"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOccurrences(t *testing.T) {
	for _, c := range []struct {
		cadence, from, skips, want string
	}{
		{"tue 19:00", "2026-12-08", "", "2026-12-08 2026-12-15 2026-12-22 2026-12-29"},
		{"tue 19:00", "2026-12-09", "", "2026-12-15 2026-12-22 2026-12-29 2027-01-05"},
		{"tue 19:00", "2026-12-08", "2026-12-29", "2026-12-08 2026-12-15 2026-12-22 2027-01-05"},
		{"mon, thu 20:00", "2026-12-08", "", "2026-12-10 2026-12-14 2026-12-17 2026-12-21"},
		{"every other sun 18:00", "2026-12-08", "", "2026-12-13 2026-12-27 2027-01-10 2027-01-24"},
		{"every other sun 18:00", "2026-12-08", "2026-12-13", "2026-12-27 2027-01-10 2027-01-24 2027-02-07"},
		{"every other mon, thu 19:00", "2026-12-08", "", "2026-12-10 2026-12-21 2026-12-24 2027-01-04"},
		{"every other tue 19:00", "2026-12-09", "", "2026-12-15 2026-12-29 2027-01-12 2027-01-26"},
		{"first and third mon 19:00", "2026-12-08", "", "2026-12-21 2027-01-04 2027-01-18 2027-02-01"},
		{"fifth tue 19:00", "2026-12-08", "", "2026-12-29 2027-03-30 2027-06-29 2027-08-31"},
		{"fourth and last tue 19:00", "2026-11-01", "", "2026-11-24 2026-12-22 2026-12-29 2027-01-26"},
		{"every 3 days 08:00", "2026-12-30", "", "2026-12-30 2027-01-02 2027-01-05 2027-01-08"},
		{"monthly on the 15th 19:00", "2026-12-16", "", "2027-01-15 2027-02-15 2027-03-15 2027-04-15"},
		{"monthly on the last day 19:00", "2027-01-01", "", "2027-01-31 2027-02-28 2027-03-31 2027-04-30"},
		{"every other month on the 1st 19:00", "2026-12-02", "", "2027-01-01 2027-03-01 2027-05-01 2027-07-01"},
	} {
		cad, err := ParseCadence(c.cadence)
		if err != nil {
			t.Fatal(err)
		}
		var skips []Date
		for s := range strings.FieldsSeq(c.skips) {
			skips = append(skips, mustDate(t, s))
		}
		var got []string
		for o := range cad.Occurrences(mustDate(t, c.from), mustZone(t, "Europe/London"), skips) {
			if o.Local.Clock != cad.Clock || o.Zone != "Europe/London" || !o.At.Equal(Instant(o.Local, mustZone(t, o.Zone))) {
				t.Errorf("%s: %+v", c.cadence, o)
			}
			if got = append(got, o.Local.Date.String()); len(got) == 4 {
				break
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s from %s: %s, want %s", c.cadence, c.from, got, c.want)
		}
	}
}

// TestOccurrencesDropRepeats crosses the day that Apia left out.
func TestOccurrencesDropRepeats(t *testing.T) {
	c, err := ParseCadence("daily 19:00")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for o := range c.Occurrences(mustDate(t, "2011-12-29"), mustZone(t, "Pacific/Apia"), nil) {
		if got = append(got, o.At.UTC().Format(time.RFC3339)); len(got) == 3 {
			break
		}
	}
	want := []string{"2011-12-30T05:00:00Z", "2011-12-31T05:00:00Z", "2012-01-01T05:00:00Z"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCadenceCounts(t *testing.T) {
	from := mustDate(t, "2026-12-08")
	for text, want := range map[string]int{
		"tue 19:00": 12, "mon, thu 19:00": 24, "every other sun 18:00": 6, "daily 08:00": 84,
		"first and third mon 19:00": 6, "every 3 weeks tue 19:00": 4, "every 12 months first mon 19:00": 1,
	} {
		c, err := ParseCadence(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.InWeeks(12, from); got != want {
			t.Errorf("%s: %d meetings in 12 weeks, want %d", text, got, want)
		}
		if per := c.PerWeek() * 12; per < float64(want)-2 || per > float64(want)+1 {
			t.Errorf("%s: %.1f meetings in 12 weeks on average", text, per)
		}
	}
}

func FuzzParseCadence(f *testing.F) {
	for _, s := range []string{"tue 19:00", "every other sunday 6pm", "first and third monday 19:00", "mon-fri 8:00",
		"monthly on the 15th 19:00", "jeden zweiten Dienstag im Monat 19 Uhr", "every 3 weeks on tue 7.30 p.m."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCadence(s)
		if err != nil {
			reason(t, err)
			return
		}
		again, err := ParseCadence(c.String())
		if err != nil || !again.Equal(c) || again.String() != c.String() {
			t.Fatalf("%q is %q, which is %q, %v", s, c, again, err)
		}
		n := 0
		last := Date{}
		for d := range c.dates(Date{2026, 1, 1}) {
			if !d.After(last) {
				t.Fatalf("%q: %v after %v", s, d, last)
			}
			if last, n = d, n+1; n == 20 {
				break
			}
		}
		if n == 0 {
			t.Fatalf("%q never meets", c)
		}
	})
}
