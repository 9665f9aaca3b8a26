package reading

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"lectern/library"
)

// zoneList holds the names of the zone database, one a line: Go can load a
// zone by its name but cannot list them.
//
//go:embed zones.txt
var zoneList string

// cities are large cities after which no zone is named.
var cities = map[string]string{
	"aberdeen": "Europe/London", "ankara": "Europe/Istanbul", "atlanta": "America/New_York", "austin": "America/Chicago",
	"bangalore": "Asia/Kolkata", "barcelona": "Europe/Madrid", "basel": "Europe/Zurich", "beijing": "Asia/Shanghai",
	"belo horizonte": "America/Sao_Paulo", "bengaluru": "Asia/Kolkata", "bern": "Europe/Zurich", "birmingham": "Europe/London",
	"bologna": "Europe/Rome", "boston": "America/New_York", "brasilia": "America/Sao_Paulo", "bristol": "Europe/London",
	"calgary": "America/Edmonton", "canberra": "Australia/Sydney", "cape town": "Africa/Johannesburg", "cardiff": "Europe/London",
	"chennai": "Asia/Kolkata", "cologne": "Europe/Berlin", "dallas": "America/Chicago", "delhi": "Asia/Kolkata",
	"dresden": "Europe/Berlin", "durban": "Africa/Johannesburg", "edinburgh": "Europe/London", "florence": "Europe/Rome",
	"frankfurt": "Europe/Berlin", "geneva": "Europe/Zurich", "glasgow": "Europe/London", "guadalajara": "America/Mexico_City",
	"hamburg": "Europe/Berlin", "hanoi": "Asia/Ho_Chi_Minh", "houston": "America/Chicago", "hyderabad": "Asia/Kolkata",
	"islamabad": "Asia/Karachi", "izmir": "Europe/Istanbul", "koln": "Europe/Berlin", "krakow": "Europe/Warsaw",
	"kyoto": "Asia/Tokyo", "lahore": "Asia/Karachi", "leeds": "Europe/London", "leipzig": "Europe/Berlin",
	"liverpool": "Europe/London", "lyon": "Europe/Paris", "manchester": "Europe/London", "marseille": "Europe/Paris",
	"miami": "America/New_York", "milan": "Europe/Rome", "minneapolis": "America/Chicago", "montreal": "America/Toronto",
	"mumbai": "Asia/Kolkata", "munich": "Europe/Berlin", "munchen": "Europe/Berlin", "naples": "Europe/Rome",
	"new delhi": "Asia/Kolkata", "nyc": "America/New_York", "osaka": "Asia/Tokyo", "ottawa": "America/Toronto",
	"oxford": "Europe/London", "cambridge": "Europe/London", "philadelphia": "America/New_York", "porto": "Europe/Lisbon",
	"pretoria": "Africa/Johannesburg", "quebec": "America/Toronto", "rio de janeiro": "America/Sao_Paulo", "rotterdam": "Europe/Amsterdam",
	"saint petersburg": "Europe/Moscow", "st petersburg": "Europe/Moscow", "san diego": "America/Los_Angeles", "san francisco": "America/Los_Angeles",
	"sapporo": "Asia/Tokyo", "seattle": "America/Los_Angeles", "seville": "Europe/Madrid", "sheffield": "Europe/London",
	"shenzhen": "Asia/Shanghai", "stuttgart": "Europe/Berlin", "tel aviv": "Asia/Jerusalem", "thessaloniki": "Europe/Athens",
	"turin": "Europe/Rome", "valencia": "Europe/Madrid", "venice": "Europe/Rome", "washington": "America/New_York",
	"wellington": "Pacific/Auckland", "wien": "Europe/Vienna", "roma": "Europe/Rome", "lisboa": "Europe/Lisbon",
	"warszawa": "Europe/Warsaw", "praha": "Europe/Prague", "moskva": "Europe/Moscow", "kopenhagen": "Europe/Copenhagen",
}

// LoadZone loads a zone by its name in the zone database. "UTC" is one;
// "Local", "" and abbreviations such as "EST" are not.
func LoadZone(name string) (*time.Location, error) {
	if name == "UTC" || strings.Contains(name, "/") {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, &library.Error{Code: library.NotFound, Reason: "zone", Args: map[string]any{"Zone": name}, Suggestions: nearZones(name)}
}

// zoneNames are the names with what people would type for them.
var zoneNames = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for name := range strings.FieldsSeq(zoneList) {
		city := foldName(name[strings.LastIndexByte(name, '/')+1:])
		out[city] = append(out[city], name)
	}
	return out
})

// foldName is a name without case, accents and punctuation.
func foldName(s string) string {
	t := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	if folded, _, err := transform.String(t, s); err == nil {
		s = folded
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// ZoneOf is the zone of a city: "London", "são paulo", "New York, USA". A city
// that it does not know, or that several zones are named after, is an Error
// with what it might be.
func ZoneOf(city string) (*time.Location, error) {
	if strings.EqualFold(strings.TrimSpace(city), "utc") || strings.EqualFold(strings.TrimSpace(city), "gmt") {
		return time.UTC, nil
	}
	folded := foldName(city)
	if head, _, ok := strings.Cut(city, ","); ok {
		folded = foldName(head)
	}
	if name, ok := cities[folded]; ok {
		return LoadZone(name)
	}
	names := zoneNames()[folded]
	// Links to one zone are one answer.
	for _, name := range names {
		if loc, err := LoadZone(name); err == nil && !strings.HasPrefix(name, "America/Argentina/") && !strings.HasPrefix(name, "America/Indiana/") {
			return loc, nil
		}
	}
	if len(names) > 0 {
		return LoadZone(names[0])
	}
	return nil, &library.Error{Code: library.NotFound, Reason: "zone", Args: map[string]any{"Zone": city}, Suggestions: nearZones(city)}
}

// nearZones are zones whose names are close to what was typed, best first.
func nearZones(typed string) []library.Suggestion {
	folded := foldName(typed)
	if i := strings.LastIndexByte(typed, '/'); i >= 0 {
		folded = foldName(typed[i+1:])
	}
	if folded == "" || len(folded) > 40 {
		return nil
	}
	type near struct {
		name string
		d    int
	}
	var all []near
	consider := func(city, name string) {
		d := distance(folded, city)
		if d <= 1+len(folded)/4 || len(folded) > 3 && strings.HasPrefix(city, folded) {
			all = append(all, near{name, d})
		}
	}
	for city, names := range zoneNames() {
		consider(city, names[0])
	}
	for city, name := range cities {
		consider(city, name)
	}
	slices.SortFunc(all, func(a, b near) int {
		if a.d != b.d {
			return a.d - b.d
		}
		return strings.Compare(a.name, b.name)
	})
	var out []library.Suggestion
	for _, n := range all {
		if len(out) < 3 && !slices.ContainsFunc(out, func(s library.Suggestion) bool { return s.Citation == n.name }) {
			out = append(out, library.Suggestion{Citation: n.name})
		}
	}
	return out
}

// distance is the Levenshtein distance of two short strings, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}
