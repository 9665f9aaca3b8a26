package library

import (
	"maps"
	"slices"
	"strings"
)

// What is offered for a name that no work of the shelf has.

// unknown is the error for a name that fits no work, with the nearest, and the
// place after it.
func (s *lookup) unknown(ts []token) *Error {
	at := nameEnd(ts)
	e := &Error{Code: UnknownWork, Reason: "no_such_work", Args: map[string]any{"Name": typed(ts[:at]), "Works": len(s.works)}}
	var room [128]byte
	f := string(glue(room[:0], ts[:at]))
	if f == "" || len(f) > 60 {
		return e
	}
	first, _, several := strings.Cut(f, " ")
	if len(first) > 30 {
		return e
	}
	type near struct {
		o *Entry
		d int
	}
	distance := make(map[int32]int)
	words := strings.Fields(f)
	// Of a short name, two other letters are another name, unless it begins so.
	most, sure := min(1+len(first)/4, len(first)/2), max(1, len(first)/3)
	for _, w := range s.sorted {
		if len(w) < 3 || len(w) > len(first)+most || len(first) > len(w)+most {
			continue
		}
		if d := editDistance(first, w); d <= sure || d <= most && w[:2] == first[:2] {
			for _, i := range s.words[w] {
				if !s.works[i].near(w, words[1:]) {
					continue
				}
				if have, ok := distance[i]; !ok || d < have {
					distance[i] = d
				}
			}
		}
	}
	if several && len(f) < 100 {
		for i, o := range s.works {
			if t := o.title; len(t) <= len(f)+1+len(f)/5 && len(f) <= len(t)+1+len(f)/5 {
				if d := editDistance(f, t); d <= 1+len(f)/5 {
					distance[int32(i)] = min(d/2, most)
				}
			}
		}
	}
	all := make([]near, 0, len(distance))
	for _, i := range slices.Sorted(maps.Keys(distance)) {
		all = append(all, near{s.works[i], distance[i]})
	}
	slices.SortStableFunc(all, func(a, b near) int { return a.d - b.d })
	for _, n := range all[:min(len(all), 3)] {
		if n.d > all[0].d+1 {
			break
		}
		c := n.o.Alias()
		if at < len(ts) {
			if o := s.outline(n.o); o != nil {
				if ref, err := o.resolve(trimPlace(ts[at:])); err == nil {
					c = ref.Canonical()
				}
			}
		}
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: c, Label: n.o.Title})
	}
	if len(e.Suggestions) > 0 {
		e.Reason = "no_such_work_near"
	}
	return e
}

// near reports whether a name may be the work's that has one of its words for
// the first: a word of the title or of the author, of more than three letters
// unless it is an alias, and each second word of the others begins one too.
func (e *Entry) near(w string, others []string) bool {
	for _, a := range e.Aliases {
		if Fold(a) == w && len(others) == 0 {
			return true
		}
	}
	names := Fold(e.Title + " " + e.Author + " " + strings.Join(e.Aliases, " "))
	if len(w) < 4 || !hasAll([]byte(names), w) {
		return false
	}
	fit := 0
	for _, o := range others {
		if len(o) > 2 && hasWords(names, []string{o}) {
			fit++
		}
	}
	return 2*fit >= len(others)
}

// editDistance is the distance of Damerau and Levenshtein between two short
// words (optimal string alignment), in bytes.
func editDistance(a, b string) int {
	const most = 128
	if len(a) > most || len(b) > most {
		return most
	}
	var rows [3][most + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
