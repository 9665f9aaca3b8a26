package quote

import (
	"slices"
	"strings"
)

type folded struct {
	text string
	Folded
}

// fetch reads passages that are not known yet.
func (s *search) fetch(ids []int64) error {
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id int64) bool { return s.known[id] != nil })
	if len(ids) == 0 {
		return nil
	}
	return s.Texts.Texts(s.ctx, ids, func(id int64, text string) error {
		s.known[id] = &folded{text, Fold(text)}
		return s.ctx.Err()
	})
}

// A window is a stretch of a run: its letters, and which passages they are from.
type window struct {
	letters []Letter
	opens   []bool
	from    int // the first letter, in the segment
	seg     *Segment
	first   int // passage, in the segment
}

// window cuts a stretch of one run out of its passages.
func (s *search) window(si, from, to int) (window, error) {
	seg := s.segs[si]
	w := window{from: from, seg: seg, first: seg.passageAt(from)}
	if err := s.fetch(seg.passages(from, to)); err != nil {
		return w, err
	}
	for p := w.first; p < len(seg.Starts) && int(seg.Starts[p]) < to; p++ {
		f := s.known[seg.id(p)]
		if f == nil || len(f.Letters) != seg.end(p)-int(seg.Starts[p]) {
			return w, errBucket
		}
		a, b := max(0, from-int(seg.Starts[p])), min(len(f.Letters), to-int(seg.Starts[p]))
		if a == 0 && b == len(f.Letters) && w.letters == nil && seg.end(p) >= to {
			w.letters, w.opens = f.Letters, f.Opens
			continue
		}
		if w.letters == nil && seg.end(p) >= to {
			w.letters, w.opens = f.Letters[a:b:b], f.Opens[a:b:b]
			continue
		}
		w.letters, w.opens = append(w.letters, f.Letters[a:b]...), append(w.opens, f.Opens[a:b]...)
	}
	return w, nil
}

// whole is the window of a run, which is kept: a quotation of several parts reads
// it several times.
func (s *search) whole(si, from, to int) (window, error) {
	k := [3]int{si, from, to}
	if w, ok := s.wholes[k]; ok {
		return w, nil
	}
	w, err := s.window(si, from, to)
	if err == nil {
		s.wholes[k] = w
	}
	return w, err
}

// hull is the text of the passages between two letters, which were read, parted by line breaks,
// and where in it each letter from from to to stands.
func (s *search) hull(si, from, to int) (first, last int64, text string, at []int32) {
	seg := s.segs[si]
	p := seg.passageAt(from)
	first = seg.id(p)
	var b strings.Builder
	for ; p < len(seg.Starts) && int(seg.Starts[p]) < to; p++ {
		f := s.known[seg.id(p)]
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		for i := max(0, from-int(seg.Starts[p])); i < min(len(f.Letters), to-int(seg.Starts[p])); i++ {
			at = append(at, int32(b.Len())+f.At[i])
		}
		b.WriteString(f.text)
		last = seg.id(p)
	}
	return first, last, b.String(), at
}
