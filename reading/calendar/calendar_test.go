package calendar_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/reading"
	"lectern/reading/calendar"
)

// zones are forty that differ in when and how their clocks change: in either
// half of the year, by half an hour, around Ramadan, never, or for good.
var zones = []string{
	"Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "Europe/Moscow", "Europe/Chisinau",
	"Atlantic/Azores", "Atlantic/Reykjavik", "Africa/Casablanca", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi",
	"America/St_Johns", "America/Halifax", "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
	"America/Anchorage", "America/Havana", "America/Santiago", "America/Sao_Paulo", "America/Asuncion", "America/Mexico_City",
	"Asia/Jerusalem", "Asia/Beirut", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Almaty",
	"Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia",
}

// feed is two years of meetings in a zone, at an hour at which clocks change,
// with texts that are hard to write down.
func feed(t *testing.T, zone string) calendar.Feed {
	t.Helper()
	loc, err := reading.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	c, err := reading.ParseCadence("sun 02:30")
	if err != nil {
		t.Fatal(err)
	}
	start, _ := reading.ParseDate("2026-09-01")
	f := calendar.Feed{Name: "Tuesday readers; and others", Now: time.Date(2026, 11, 27, 16, 0, 0, 0, time.UTC)}
	n := 0
	for o := range c.Occurrences(start, loc, nil) {
		n++
		f.Meetings = append(f.Meetings, calendar.Meeting{
			UID: fmt.Sprintf("reading-%d@lectern", n), Sequence: n % 5, Modified: f.Now.Add(-time.Duration(n) * time.Hour), At: o, Minutes: 90 * (n % 2),
			Cancelled:   n%17 == 0,
			Summary:     fmt.Sprintf("Reading %d, “The Morale”; ¶ 36–49 \\ and so on", n),
			Description: "Von der Kritik zur Größe: " + strings.Repeat("Überschrift – 学而时习之 ", n%12) + "\nAna leads; bring a copy, please.\n\n" + strings.Repeat("x", n),
			Location:    "Reading room, 2nd floor; https://example.org/?a=1,2",
		})
		if n == 104 {
			break
		}
	}
	f.Dues = []calendar.Due{{UID: "due-1@lectern", Sequence: 3, Modified: f.Now, Day: reading.Date{Year: 2026, Month: 12, Day: 31}, Summary: "Read ¶ 1–16"}}
	return f
}

type entry struct {
	UID, Status, Modified, Start, End, Summary, Description, Location string
	Sequence                                                          int
}

// expected is what a reader should find, in instants.
func expected(f calendar.Feed) (out []entry) {
	status := map[bool]string{false: "CONFIRMED", true: "CANCELLED"}
	utc := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
	for _, m := range f.Meetings {
		minutes := m.Minutes
		if minutes == 0 {
			minutes = 60
		}
		out = append(out, entry{m.UID, status[m.Cancelled], utc(m.Modified), utc(m.At.At), utc(m.At.At.Add(time.Duration(minutes) * time.Minute)),
			m.Summary, m.Description, m.Location, m.Sequence})
	}
	for _, d := range f.Dues {
		out = append(out, entry{d.UID, status[d.Cancelled], utc(d.Modified), d.Day.String(), d.Day.AddDays(1).String(), d.Summary, d.Description, "", d.Sequence})
	}
	return out
}

// TestReadBack has another program read the calendars.
func TestReadBack(t *testing.T) {
	python := "/usr/bin/python3" // Debian's, which has Debian's modules
	if out, err := exec.Command(python, "-c", "import icalendar, pytz").CombinedOutput(); err != nil {
		t.Skipf("this test needs Python's icalendar (Debian: python3-icalendar): %s", bytes.TrimSpace(out))
	}
	dir := t.TempDir()
	want := map[string][]entry{}
	args := []string{"testdata/read.py"}
	for i, name := range zones {
		f := feed(t, name)
		var file bytes.Buffer
		if err := calendar.Write(&file, f); err != nil {
			t.Fatal(err)
		}
		checkLines(t, file.String())
		path := filepath.Join(dir, fmt.Sprintf("%d.ics", i))
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		want[path] = expected(f)
		args = append(args, path)
	}
	cmd := exec.CommandContext(t.Context(), python, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	for line := range strings.Lines(string(out)) {
		var got struct {
			File string
			entry
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		left := want[got.File]
		if len(left) == 0 {
			t.Fatalf("an entry too many: %+v", got)
		}
		if got.entry != left[0] {
			t.Errorf("got  %+v\nwant %+v", got.entry, left[0])
		}
		want[got.File] = left[1:]
	}
	for path, left := range want {
		if len(left) > 0 {
			t.Errorf("%s: %d entries were not read", path, len(left))
		}
	}
}

// checkLines holds what RFC 5545, 3.1 says of lines: CR LF ends each, none has
// more than 75 octets, none splits a character.
func checkLines(t *testing.T, s string) {
	t.Helper()
	if !strings.HasSuffix(s, "END:VCALENDAR\r\n") {
		t.Error("the end is missing")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\r\n"), "\r\n") {
		if strings.ContainsAny(line, "\r\n") || len(line) > 75 || strings.ToValidUTF8(line, "?") != line {
			t.Errorf("a bad line: %q", line)
		}
	}
}

func TestHolidays(t *testing.T) {
	from, to := reading.Date{Year: 2026, Month: 12, Day: 1}, reading.Date{Year: 2027, Month: 6, Day: 30}
	lines := func(events ...string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + strings.Join(events, "") + "END:VCALENDAR\r\n"
	}
	event := func(props ...string) string {
		return "BEGIN:VEVENT\r\nUID:x\r\n" + strings.Join(props, "\r\n") + "\r\nEND:VEVENT\r\n"
	}
	days, repeating, err := calendar.Holidays(strings.NewReader(lines(
		event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261227", "SUMMARY:Christmas"),
		event("DTSTART;VALUE=DATE:20270326", "SUMMARY:Good Friday"),
		event("DTSTART:20270401T100000Z", "DTEND:20270401T110000Z", "SUMMARY:the dentist"),
		event("DTSTART;VALUE=DATE:20270501", "STATUS:CANCELLED"),
		event("DTSTART;VALUE=DATE:20261226", "SUMMARY:Boxing Day"),
		event("DTSTART;VALUE=DATE:20271225", "SUMMARY:too late"),
		event("DTSTART;VALUE=DATE:20270101", "RRULE:FREQ=YEARLY"),
	)), from, to)
	if got := fmt.Sprint(days, repeating, err); got != "[2026-12-25 2026-12-26 2027-01-01 2027-03-26] 0 <nil>" {
		t.Error(got)
	}
	for _, c := range []struct {
		text string
		want error
	}{
		{"", calendar.ErrNotCalendar},
		{"<html>", calendar.ErrNotCalendar},
		{lines(), calendar.ErrNoDays},
		{lines(event("DTSTART:20270401T100000Z")), calendar.ErrNoDays},
		{lines(event("DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231")), calendar.ErrNoDays},
		{strings.Repeat("x", 5<<20), calendar.ErrTooLarge},
	} {
		if _, _, err := calendar.Holidays(strings.NewReader(c.text), from, to); !errors.Is(err, c.want) {
			t.Errorf("%.40q: %v, not %v", c.text, err, c.want)
		}
	}
}

// TestRepeating compares days with those that dateutil's rrule gives.
func TestRepeating(t *testing.T) {
	from, to := reading.Date{Year: 2026, Month: 9, Day: 1}, reading.Date{Year: 2028, Month: 12, Day: 31}
	for _, c := range []struct {
		start, rule, more string
		want              string
		unread            int
	}{
		{"20001225", "FREQ=YEARLY", "", "2026-12-25 2027-12-25 2028-12-25", 0},
		{"20001225", "FREQ=YEARLY;UNTIL=20270101", "", "2026-12-25", 0},
		{"20251225", "FREQ=YEARLY;COUNT=2", "", "2026-12-25", 0},
		{"20251225", "FREQ=YEARLY;INTERVAL=2", "", "2027-12-25", 0},
		{"20001225", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25,26", "", "2026-12-25 2026-12-26 2027-12-25 2027-12-26 2028-12-25 2028-12-26", 0},
		{"20001123", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "", "2026-11-26 2027-11-25 2028-11-23", 0},
		{"20000529", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", "", "2027-05-31 2028-05-29", 0},
		{"20240229", "FREQ=YEARLY", "", "2028-02-29", 0},
		{"20260907", "FREQ=MONTHLY;BYDAY=1MO;UNTIL=20261231T000000Z", "", "2026-09-07 2026-10-05 2026-11-02 2026-12-07", 0},
		{"20260930", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "", "2026-09-30 2026-10-31 2026-11-30", 0},
		{"20260901", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=5", "", "2026-09-01 2026-09-06 2026-09-15 2026-09-20 2026-09-29", 0},
		{"20260901", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=5", "", "2026-09-01 2026-09-13 2026-09-15 2026-09-27 2026-09-29", 0},
		{"20260830", "FREQ=DAILY;COUNT=4", "", "2026-09-01 2026-09-02", 0},
		{"20001225", "FREQ=YEARLY", "EXDATE;VALUE=DATE:20261225,20281225\r\n", "2027-12-25", 0},
		{"20001230", "FREQ=YEARLY;UNTIL=20270101", "DTEND;VALUE=DATE:20010103\r\n", "2026-12-30 2026-12-31 2027-01-01 2027-01-02", 0},
		{"20261101", "FREQ=YEARLY;BYYEARDAY=305", "", "2026-11-01", 1},
		{"20261101", "FREQ=HOURLY", "", "2026-11-01", 1},
		{"20261101", "RUBBISH", "", "2026-11-01", 1},
	} {
		text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART;VALUE=DATE:" + c.start + "\r\n" + c.more + "RRULE:" + c.rule + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		days, unread, err := calendar.Holidays(strings.NewReader(text), from, to)
		if got := strings.Trim(fmt.Sprint(days), "[]"); got != c.want || unread != c.unread || err != nil {
			t.Errorf("%s %s: %s, %d, %v, not %s, %d", c.start, c.rule, got, unread, err, c.want, c.unread)
		}
	}
	// However many rules, and whatever they say, it ends soon.
	evil := "BEGIN:VEVENT\r\nUID:x\r\nDTSTART;VALUE=DATE:18500101\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=100000\r\nEND:VEVENT\r\n"
	_, _, err := calendar.Holidays(strings.NewReader("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"+strings.Repeat(evil, 5000)+"END:VCALENDAR\r\n"), from, to)
	if !errors.Is(err, calendar.ErrTooLarge) && !errors.Is(err, calendar.ErrNoDays) {
		t.Error(err)
	}
}

func FuzzHolidays(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	f.Add("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20251225\r\nRRULE:FREQ=MONTHLY;BYDAY=-1MO,2TU;INTERVAL=3;COUNT=9\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		days, _, err := calendar.Holidays(strings.NewReader(s), reading.Date{Year: 2026, Month: 1, Day: 1}, reading.Date{Year: 2030, Month: 1, Day: 1})
		if err == nil && len(days) == 0 {
			t.Error("neither days nor an error")
		}
	})
}
