package reading

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestInstantAgainstZoneinfo compares with Python on the same zone data: in
// every zone the Sundays at 19:00 of nine years, and every half hour of the
// two days around each change.
func TestInstantAgainstZoneinfo(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the comparison with its zoneinfo did not run")
	}
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	to := time.Date(2033, 1, 1, 0, 0, 0, 0, time.UTC)
	sundays := mustCadence(t, "sun 19:00")
	places, others := ZoneNames()
	var lines bytes.Buffer
	for _, name := range slices.Concat(places, others) {
		loc := mustZone(t, name)
		for o := range sundays.Occurrences(DateOf(from, time.UTC), loc, nil) {
			if o.At.After(to) {
				break
			}
			fmt.Fprintln(&lines, name, o.Local, o.At.Unix())
		}
		for _, c := range changes(loc, from, to) {
			_, before := c.Add(-time.Second).In(loc).Zone()
			shown := c.Add(time.Duration(before) * time.Second).UTC().Truncate(30 * time.Minute).Add(-24 * time.Hour)
			for range 97 {
				local := DateTimeOf(shown, time.UTC)
				fmt.Fprintln(&lines, name, local, Instant(local, loc).Unix())
				shown = shown.Add(30 * time.Minute)
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "zoneinfo_check.py"))
	cmd.Stdin = &lines
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
