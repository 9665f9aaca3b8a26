package importer

import "testing"

func TestIsDate(t *testing.T) {
	for s, want := range map[string]bool{
		"August 1941": true, "Aug. 1941": true, "3 August": true, "3rd of August, 1941": true, "August 3rd, 1941": true, "August 3-5, 1941": true,
		"Tuesday, 3 August 1941": true, "Tues 3 Aug.": true, "3. März 1848": true, "14 juillet 1789": true, "1 de mayo de 1936": true,
		"1941": true, "1941-43": true, "1941–1943.": true, "1941-08-03": true, "1941-08-03 14:00 UTC": true, "3.8.1941": true, "3/8/41": true,
		"(London, 3 August 1941)": true, "London, August": false, "St. Petersburg, 1917": true, "Sept 1917": true, "Sept. 1917": true, "Sep. 3": true,
		"M 1941": false, "W, 3 August": false, "3": false, "31 people": false, "August the fool": false, "In August 1941": false, "May be 12": false,
		"": false, "12:30": false, "2500": false, "3 M 1941": false, "Tuesday": false, "Tuesday, 1941": true, "Augustus 1941": false,
	} {
		if got := isDate(s); got != want {
			t.Errorf("isDate(%q) = %v", s, got)
		}
	}
}
