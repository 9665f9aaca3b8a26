package reading

import (
	_ "embed"
	"slices"
	"strings"
	"time"
	"unicode"

	"lectern/library"
)

// zoneList holds the names of the zone database, which Go cannot list: one to
// a line, those of places before a second comment and the rest after it.
//
//go:embed zones.txt
var zoneList string

// cityList holds cities, and a few countries, that give no zone its name: the
// city, a colon, its zones.
//
//go:embed cities.txt
var cityList string

// ZoneNames returns the names of the zone database that are in use: those of
// places, and the older and fixed ones that only LoadZone accepts.
func ZoneNames() (places, others []string) {
	comments := 0
	inComment := false
	for line := range strings.Lines(zoneList) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			if !inComment {
				comments++
			}
			inComment = true
			continue
		}
		inComment = false
		if comments < 2 {
			places = append(places, line)
		} else {
			others = append(others, line)
		}
	}
	return places, others
}

// LoadZone returns the zone with an IANA name, exactly as the database spells
// it. "" and "Local" are no zones, and neither are paths. The error is a
// *library.Error (not_found/zone) that suggests the nearest names.
func LoadZone(name string) (*time.Location, error) {
	if isZoneName(name) {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	err := &library.Error{Code: library.NotFound, Reason: "zone", Args: map[string]any{"Zone": clip(name)}}
	for _, z := range nearZones(name) {
		err.Suggestions = append(err.Suggestions, library.Suggestion{Citation: z, Label: z})
	}
	return nil, err
}

// isZoneName reports whether name may be handed to the system's database:
// it is listed here, or it is a newer name in a listed area.
func isZoneName(name string) bool {
	places, others := ZoneNames()
	if slices.Contains(places, name) || slices.Contains(others, name) {
		return true
	}
	area, place, ok := strings.Cut(name, "/")
	if !ok || slices.Contains(strings.Split(place, "/"), "") {
		return false
	}
	for _, r := range place {
		if r != '_' && r != '-' && r != '/' && (r > unicode.MaxASCII || !unicode.IsLetter(r)) {
			return false
		}
	}
	return slices.ContainsFunc(places, func(z string) bool { return strings.HasPrefix(z, area+"/") })
}

// FindZone returns the zones that a city may mean, the likeliest first and ten
// at most: "London" gives Europe/London, "sao paulo" America/Sao_Paulo, and
// "Munich" Europe/Berlin. Case, accents and punctuation do not count. It
// tries whole names, then beginnings, then names with a slip of the pen in
// them, and stops at the first of these that finds one.
func FindZone(city string) []string { return findZones(city, true) }

// ZoneOf is the zone of a city whose name is spelled as it is known: a name of
// the zone database, or one that FindZone knows whole. What is only near is
// suggested and never taken. Errors are *library.Error: not_found/zone, and
// ambiguous/which_zone where several cities bear the name.
func ZoneOf(city string) (*time.Location, error) {
	name := strings.TrimSpace(city)
	if isZoneName(name) {
		return LoadZone(name)
	}
	head, _, _ := strings.Cut(name, ",") // "London, UK"
	switch zones := findZones(head, false); len(zones) {
	case 0:
		return LoadZone(name)
	case 1:
		return LoadZone(zones[0])
	default:
		err := &library.Error{Code: library.Ambiguous, Reason: "which_zone", Args: map[string]any{"Zone": clip(name)}}
		for _, z := range zones {
			err.Suggestions = append(err.Suggestions, library.Suggestion{Citation: z, Label: z})
		}
		return nil, err
	}
}

// findZones finds whole names, and with near also what comes close to them.
func findZones(city string, near bool) []string {
	const most = 10
	want := foldPlace(city)
	if want == "" || len(want) > 60 {
		return nil
	}
	places, others := ZoneNames()
	type entry struct{ name, zone string }
	var current, older []entry
	for _, z := range places {
		current = append(current, entry{placeOf(z), z}, entry{foldPlace(z), z})
	}
	for line := range strings.Lines(cityList) {
		name, zones, _ := strings.Cut(strings.TrimSpace(line), ":")
		for z := range strings.FieldsSeq(zones) {
			current = append(current, entry{name, z})
		}
	}
	for _, z := range others {
		if strings.Contains(z, "/") && !strings.HasPrefix(z, "Etc/") {
			older = append(older, entry{placeOf(z), z}, entry{foldPlace(z), z})
		}
	}
	find := func(match func(name string) bool) []string {
		for _, list := range [][]entry{current, older} {
			var found []string
			for _, e := range list {
				if match(e.name) && !slices.Contains(found, e.zone) {
					found = append(found, e.zone)
				}
			}
			if len(found) > 0 {
				return found[:min(len(found), most)]
			}
		}
		return nil
	}
	if found := find(func(name string) bool { return name == want }); found != nil || !near {
		return found
	}
	if len(want) >= 3 {
		if found := find(func(name string) bool { return strings.HasPrefix(name, want) }); found != nil {
			return found
		}
	}
	if slip := slipsFor(want); slip > 0 {
		older = nil
		return find(func(name string) bool { return distance(name, want, slip) <= slip })
	}
	return nil
}

// nearZones returns up to five zones that someone who typed name may have
// meant.
func nearZones(name string) []string {
	want := foldPlace(name)
	if want == "" || len(want) > 60 {
		return nil
	}
	var near []string
	if _, place, ok := strings.Cut(name, "/"); ok {
		near = FindZone(place)
	}
	if near == nil {
		near = FindZone(name)
	}
	if near == nil {
		// A slip in the area as well as in the place.
		places, _ := ZoneNames()
		slip := slipsFor(want)
		for _, z := range places {
			if distance(foldPlace(z), want, slip) <= slip {
				near = append(near, z)
			}
		}
	}
	return near[:min(len(near), 5)]
}

// placeOf is the place in a zone's name, folded: "new york".
func placeOf(zone string) string {
	return foldPlace(zone[strings.LastIndexByte(zone, '/')+1:])
}

// slipsFor is how many slips of the pen a name of this length bears before it
// looks like another.
func slipsFor(name string) int {
	switch n := len(name); {
	case n < 5:
		return 0
	case n < 10:
		return 1
	default:
		return 2
	}
}

// foldPlace puts a name into lower case without accents or punctuation, its
// words parted by single spaces.
func foldPlace(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune("'’.", r) || unicode.Is(unicode.Mn, r):
			// St. John's, and accents that stand apart
		case unicode.IsLetter(r):
			b.WriteString(plainLetter(r))
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// plainLetter is a Latin letter without its accent, and any other as it is.
func plainLetter(r rune) string {
	for _, row := range []struct{ accented, plain string }{
		{"àáâãäåāăą", "a"}, {"çćč", "c"}, {"ďđð", "d"}, {"èéêëēėęě", "e"}, {"ğģ", "g"},
		{"ìíîïīįı", "i"}, {"ķ", "k"}, {"łļľ", "l"}, {"ñńņň", "n"}, {"òóôõöøőō", "o"},
		{"ŕř", "r"}, {"śşšș", "s"}, {"ţťț", "t"}, {"ùúûüūůűų", "u"}, {"ýÿ", "y"},
		{"źżž", "z"}, {"ß", "ss"}, {"æ", "ae"}, {"œ", "oe"}, {"þ", "th"},
	} {
		if strings.ContainsRune(row.accented, r) {
			return row.plain
		}
	}
	return string(r)
}

// distance is the number of letters to insert, drop, change or swap with their
// neighbour that turns a into b (optimal string alignment), or limit+1 when it
// is more than limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last = last, row
	}
	return last[len(b)]
}
