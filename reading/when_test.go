package reading

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lectern/library"
)

// phrases are read on Wednesday 2 December 2026, 18:42 in London.
var phrases = []struct{ text, want string }{
	{"2026-12-22", "2026-12-22"},
	{"2026-12-22 19:00", "2026-12-22T19:00"},
	{"2026-12-22T19:00", "2026-12-22T19:00"},
	{"2026-11-30", "2026-11-30"},
	{"tue 22 dec", "2026-12-22"},
	{"Tuesday, 22 December 2026", "2026-12-22"},
	{"Tue 22 Dec 19:00", "2026-12-22T19:00"},
	{"22 dec", "2026-12-22"},
	{"22nd of December", "2026-12-22"},
	{"December 22nd, 2026 at 7 pm", "2026-12-22T19:00"},
	{"Dec. 22, 7:30pm", "2026-12-22T19:30"},
	{"dec 26", "2026-12-26"},
	{"1 Dec 19:00", "2027-12-01T19:00"},
	{"2 Dec", "2026-12-02"},
	{"2 dec 19:00", "2026-12-02T19:00"},
	{"1 jan", "2027-01-01"},
	{"the first of january", "2027-01-01"},
	{"29 feb", "2028-02-29"},
	{"19:00 on 22 dec", "2026-12-22T19:00"},
	{"7pm tue", "2026-12-08T19:00"},
	{"friday", "2026-12-04"},
	{"on friday at 20:00", "2026-12-04T20:00"},
	{"fri 8 p.m.", "2026-12-04T20:00"},
	{"this friday", "2026-12-04"},
	{"this wednesday", "2026-12-02"},
	{"next tue 7pm", "2026-12-08T19:00"},
	{"next wednesday", "2026-12-09"},
	{"next monday at noon", "2026-12-07T12:00"},
	{"wed 18:00", "2026-12-09T18:00"},
	{"today", "2026-12-02"},
	{"today 19:00", "2026-12-02T19:00"},
	{"tonight 8pm", "2026-12-02T20:00"},
	{"tonight", "2026-12-02"},
	{"tomorrow", "2026-12-03"},
	{"tomorrow 8pm", "2026-12-03T20:00"},
	{"8pm tomorrow", "2026-12-03T20:00"},
	{"tomorrow at 7.30 pm", "2026-12-03T19:30"},
	{"yesterday", "2026-12-01"},
	{"19:30", "2026-12-02T19:30"},
	{"at 8pm", "2026-12-02T20:00"},
	{"20.00", "2026-12-02T20:00"},
	{"in 3 days", "2026-12-05"},
	{"3 days from now", "2026-12-05"},
	{"6 days from today at 19:00", "2026-12-08T19:00"},
	{"in 3 days' time", "2026-12-05"},
	{"the day after tomorrow", "2026-12-04"},
	{"day after tomorrow 8pm", "2026-12-04T20:00"},
	{"the day after", "! syntax/when"},
	{"the day after yesterday", "! syntax/when"},
	{"3 days from", "! syntax/when"},
	{"in three days at 19:00", "2026-12-05T19:00"},
	{"in a week", "2026-12-09"},
	{"in 2 weeks", "2026-12-16"},
	{"in a month", "2027-01-02"},
	{"in 2 hours", "2026-12-02T20:42"},
	{"in 90 min", "2026-12-02T20:12"},
	{"in 2h", "2026-12-02T20:42"},
	{"+1d", "2026-12-03"},
	{"+2w", "2026-12-16"},
	{"+3h", "2026-12-02T21:42"},
	{"+1d 19:00", "2026-12-03T19:00"},
	{"+10 days", "2026-12-12"},
	{"3 days ago", "2026-11-29"},
	{"a week ago", "2026-11-25"},
	{"the 15th", "2026-12-15"},
	{"the 1st", "2027-01-01"},
	{"on the 15th at 7pm", "2026-12-15T19:00"},
	{"25/12/2026", "2026-12-25"},
	{"12/25/2026", "2026-12-25"},
	{"4/4/2027", "2027-04-04"},
	{"25/12", "2026-12-25"},
	{"22.12.2026", "2026-12-22"},
	{"22.12.", "2026-12-22"},
	{"3.4.2027", "2027-04-03"},
	{"28 mar 2027 01:30", "2027-03-28T01:30"},

	{"heute 19 Uhr", "2026-12-02T19:00"},
	{"morgen", "2026-12-03"},
	{"morgen um 20 Uhr", "2026-12-03T20:00"},
	{"übermorgen 20:00", "2026-12-04T20:00"},
	{"gestern", "2026-12-01"},
	{"Dienstag", "2026-12-08"},
	{"am Dienstag um 19 Uhr", "2026-12-08T19:00"},
	{"Di 22. Dez", "2026-12-22"},
	{"am 3. Dezember um 19 Uhr", "2026-12-03T19:00"},
	{"Dienstag, den 22. Dezember 2026, 19:00 Uhr", "2026-12-22T19:00"},
	{"22. Dezember 19.30 Uhr", "2026-12-22T19:30"},
	{"19 Uhr 30 am 22.12.", "2026-12-22T19:30"},
	{"19:00 am dienstag", "2026-12-08T19:00"},
	{"nächsten Dienstag", "2026-12-08"},
	{"diesen Freitag 19h", "2026-12-04T19:00"},
	{"in drei Tagen", "2026-12-05"},
	{"in einer Woche", "2026-12-09"},
	{"in zwei Stunden", "2026-12-02T20:42"},
	{"vor 3 Tagen", "2026-11-29"},
	{"1. März", "2027-03-01"},
	{"am 15.", "2026-12-15"},

	{"", "! syntax/when"},
	{"soon", "! syntax/when"},
	{"03/04/2027", "! ambiguous/when_slashes"},
	{"3/4", "! ambiguous/when_slashes"},
	{"25/12/26", "! syntax/when_year"},
	{"22.12.26", "! syntax/when_year"},
	{"0000-12-01", "! syntax/when_year"},
	{"wednesday", "! ambiguous/when_weekday_today"},
	{"wed 20:00", "! ambiguous/when_weekday_today"},
	{"Mittwoch", "! ambiguous/when_weekday_today"},
	{"next friday", "! ambiguous/when_next"},
	{"next sunday 18:00", "! ambiguous/when_next"},
	{"next week", "! syntax/when_day"},
	{"nächsten Monat", "! syntax/when_day"},
	{"wed 22 dec", "! syntax/when_weekday"},
	{"next tue 22 dec", "! syntax/when_day"},
	{"30 feb", "! syntax/when_no_such_day"},
	{"2027-02-29", "! syntax/when_no_such_day"},
	{"31.11.", "! syntax/when_no_such_day"},
	{"the 32nd", "! syntax/when_no_such_day"},
	{"1 dec 2019", "! out_of_range/when_long_ago"},
	{"2040-01-01", "! out_of_range/when_far"},
	{"in 300 weeks", "! out_of_range/when_far"},
	{"1 dec 19", "! ambiguous/hour"},
	{"tue 7", "! ambiguous/hour"},
	{"tomorrow at 7", "! ambiguous/hour"},
	{"18:00", "! out_of_range/when_passed"},
	{"2 dec 7am", "! out_of_range/when_passed"},
	{"tue midnight", "! ambiguous/midnight"},
	{"tue 25:00", "! syntax/clock"},
	{"tue 13pm", "! syntax/clock"},
	{"2026-12-22T25:00", "! syntax/clock"},
	{"tue 19:00 EST", "! syntax/when_zone"},
	{"tomorrow 8pm CET", "! syntax/when_zone"},
	{"dec 2026", "! syntax/when"},
	{"december", "! syntax/when"},
	{"15", "! syntax/when"},
	{"26", "! syntax/when"},
	{"18.10", "! syntax/when"},
	{"half 8", "! syntax/when"},
	{"halb acht", "! syntax/when"},
	{"tue or wed", "! syntax/when"},
	{"tue wed", "! syntax/when"},
	{"19:00 20:00", "! syntax/when"},
	{"tomorrow tomorrow", "! syntax/when"},
	{"tomorrow friday", "! syntax/when_weekday"},
	{"tonight 8am", "! syntax/when"},
	{"in 2 hours tomorrow", "! syntax/when"},
	{"3 days", "! syntax/when"},
	{"2h", "! syntax/when"},
	{"+3m", "! syntax/when"},
	{"last tuesday", "! syntax/when"},
	{"tuesday week", "! syntax/when"},
	{"20261222", "! syntax/when"},
	{"2026-12-22T19:00Z", "! syntax/when"},
	{"1 dec 19:00 please", "! syntax/when"},
	{"in -3 days", "! syntax/when"},
	{"1 1 2027", "! syntax/when"},
	{strings.Repeat("tomorrow ", 20), "! syntax/when"},
	{"tomorrow \xff", "! syntax/when"},
	{"tomorrow\u202e", "! syntax/when"},
}

func readWhen(t testing.TB, text string, now time.Time, loc *time.Location) string {
	t.Helper()
	w, err := ParseWhen(text, now, loc)
	switch {
	case err != nil:
		return "! " + reason(t, err)
	case !w.Timed:
		if !w.At.IsZero() || w.Local.Clock != (Clock{}) {
			t.Errorf("%q: a time of day that was not named: %+v", text, w)
		}
		return w.Local.Date.String()
	}
	if !w.At.Equal(Instant(w.Local, loc)) {
		t.Errorf("%q: %v is not %v", text, w.Local, w.At)
	}
	return w.Local.String()
}

func TestParseWhen(t *testing.T) {
	loc := mustZone(t, "Europe/London")
	now := Instant(mustLocal(t, "2026-12-02T18:42"), loc)
	for _, c := range phrases {
		if got := readWhen(t, c.text, now, loc); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// TestParseWhenElsewhere holds that today is the group's, not the machine's.
func TestParseWhenElsewhere(t *testing.T) {
	now := time.Date(2026, 12, 2, 18, 42, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Pacific/Auckland": "2026-12-03", "America/Los_Angeles": "2026-12-02"} {
		if got := readWhen(t, "today", now, mustZone(t, zone)); got != want {
			t.Errorf("today in %s: %s, want %s", zone, got, want)
		}
	}
	// The year's end, and the end of a month that the next one lacks.
	loc := mustZone(t, "Europe/London")
	for text, want := range map[string]string{"in a month": "! syntax/when_no_such_day", "the 31st": "2027-01-31",
		"the 30th": "! syntax/when_no_such_day", "tomorrow": "2027-02-01", "31 jan": "2027-01-31"} {
		if got := readWhen(t, text, Instant(mustLocal(t, "2027-01-31T10:00"), loc), loc); got != want {
			t.Errorf("%q at the end of January: %s, want %s", text, got, want)
		}
	}
}

func TestParsePast(t *testing.T) {
	loc := mustZone(t, "Europe/London")
	now := Instant(mustLocal(t, "2026-12-23T12:00"), loc)
	for text, want := range map[string]string{
		"tue 22 dec": "2026-12-22", "22 dec 19:00": "2026-12-22T19:00", "tuesday": "2026-12-22", "24 dec": "2025-12-24",
		"monday 19:00": "2026-12-21T19:00", "yesterday": "2026-12-22", "the 24th": "2026-11-24", "11:00": "2026-12-23T11:00",
	} {
		w, err := ParsePast(text, now, loc)
		got := w.Local.String()
		if !w.Timed {
			got = w.Local.Date.String()
		}
		if err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

// TestWhenSuggestions holds that what is offered can be typed.
func TestWhenSuggestions(t *testing.T) {
	loc := mustZone(t, "Europe/London")
	now := Instant(mustLocal(t, "2026-12-02T18:42"), loc)
	offered := 0
	for _, c := range phrases {
		_, err := ParseWhen(c.text, now, loc)
		le, ok := errors.AsType[*library.Error](err)
		if !ok {
			continue
		}
		for _, s := range le.Suggestions {
			offered++
			if _, err := ParseWhen(s.Citation, now, loc); err != nil && !strings.HasPrefix(s.Citation, "2026-12-02") {
				t.Errorf("%q offers %q: %v", c.text, s.Citation, err)
			}
		}
	}
	if offered < 20 {
		t.Errorf("only %d suggestions", offered)
	}
}

// TestLanguages holds that no word has two values for one meaning.
func TestLanguages(t *testing.T) {
	seen := map[string]map[meaning]int{}
	check := func(words string, m meaning, v int) {
		for w := range strings.FieldsSeq(words) {
			if seen[w] == nil {
				seen[w] = map[meaning]int{}
			}
			if old, ok := seen[w][m]; ok && old != v {
				t.Errorf("%q means both %d and %d", w, old, v)
			}
			seen[w][m] = v
		}
	}
	for _, l := range languages() {
		for d, w := range l.weekdays {
			check(w, wWeekday, d)
		}
		for m, w := range l.months {
			check(w, wMonth, m)
		}
		for u, w := range l.units {
			check(w, wUnit, u)
		}
		for n, w := range l.counts {
			check(w, wCount, n)
		}
		for n, w := range l.ordinals {
			check(w, wOrdinal, n)
		}
		for n, w := range l.relative {
			check(w, wRelative, n)
		}
	}
}

func FuzzParseWhen(f *testing.F) {
	for _, c := range phrases {
		f.Add(c.text)
	}
	loc := mustZone(f, "Europe/London")
	now := Instant(mustLocal(f, "2026-12-02T18:42"), loc)
	f.Fuzz(func(t *testing.T, s string) {
		for from, parse := range map[int]func(string, time.Time, *time.Location) (When, error){2020: ParseWhen, 1: ParsePast} {
			w, err := parse(s, now, loc)
			if err != nil {
				reason(t, err)
				continue
			}
			d := w.Local.Date
			if c, ok := NewDate(d.Year, d.Month, d.Day); !ok || c != d {
				t.Fatalf("%q is %v", s, w)
			}
			if d.Year < from || d.Year > 2032 {
				t.Fatalf("%q is %v", s, w)
			}
			if _, err := ParseDate(d.String()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
