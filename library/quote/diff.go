package quote

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is a word: its letters, and its bytes with what parts it from the next.
type token struct {
	from, to   int // letters
	start, end int // bytes of the text
}

// tokens cuts letters into words; in scripts without spaces each letter is one.
// at is where each letter stands in text; end is the byte after the last.
func tokens(letters []Letter, opens []bool, at []int32, end int) []token {
	var out []token
	for i := range letters {
		// Letters of one character stay together.
		if i > 0 && (at[i] == at[i-1] || !opens[i] && letters[i].weight() == 1 && letters[i-1].weight() == 1) {
			out[len(out)-1].to = i + 1
			continue
		}
		out = append(out, token{from: i, to: i + 1, start: int(at[i])})
	}
	for i := range out {
		out[i].end = end
		if i+1 < len(out) {
			out[i].end = out[i+1].start
		}
	}
	return out
}

// opened moves what opens a quotation or a bracket from the word before it to the word
// that it stands before.
func opened(text string, all []token) []token {
	for i := 1; i < len(all); i++ {
		at := all[i].start
		for at > all[i-1].start {
			r, n := utf8.DecodeLastRuneInString(text[:at])
			if !unicode.In(r, unicode.Ps, unicode.Pi) && r != '"' {
				break
			}
			at -= n
		}
		if r, _ := utf8.DecodeLastRuneInString(text[:at]); unicode.IsSpace(r) {
			all[i-1].end, all[i].start = at, at
		}
	}
	return all
}

// trim is a part less those words at its ends that share but a letter or two with
// what they are laid along: chance, which would look odd.
func (s *search) trim(l located) located {
	p := &s.parts[l.part]
	first, last := 0, len(p.Letters)
	alike := func(from, to int) bool {
		same := 0
		for k := from; k < to; k++ {
			if l.align.pair[k] >= 0 && !l.align.differs(k) {
				same++
			}
		}
		return same*2 > to-from
	}
	for first < last {
		k := last - 1
		for k > first && !p.Opens[k] {
			k--
		}
		if alike(k, last) {
			break
		}
		last = k
	}
	for first < last {
		k := first + 1
		for k < last && !p.Opens[k] {
			k++
		}
		if alike(first, k) {
			break
		}
		first = k
	}
	pair := slices.Clone(l.align.pair)
	from, to := -1, -1
	for k, t := range pair {
		switch {
		case k < first || k >= last:
			pair[k] = -1
		case t >= 0:
			if from < 0 {
				from = int(t)
			}
			to = int(t) + 1
		}
	}
	if from < 0 {
		return l // there is nothing else
	}
	l.align.pair, l.from, l.to = pair, l.base+from, l.base+to
	return l
}

// wholeWords widens a place to the words that it begins and ends within, as far as
// they are between lo and hi, unless the quotation has exactly that piece of them: it
// may have been cut there, and what differs is told by words.
func (s *search) wholeWords(l *located, lo, hi int) error {
	p := &s.parts[l.part]
	from, to := max(lo, l.from-wordLetters), min(hi, l.to+wordLetters)
	if from > l.from || to < l.to {
		return nil
	}
	w, err := s.window(l.seg, from, to)
	if err != nil {
		return err
	}
	placed := func(k int) bool { return l.align.pair[k] >= 0 }
	sound := func(k, end int) bool {
		for i := k; i < end; i++ {
			if !placed(i) || l.align.differs(i) || i > k && l.align.pair[i] != l.align.pair[i-1]+1 {
				return false
			}
		}
		return true
	}
	first, last := -1, -1
	for k, end := range words(p) {
		if slices.ContainsFunc(l.align.pair[k:end], func(t int32) bool { return t >= 0 }) {
			if first < 0 {
				first = k
				if !sound(k, end) {
					i := l.from - from
					for i > 0 && !w.opens[i] && w.letters[i-1].weight() == 1 {
						i--
					}
					if w.opens[i] {
						l.from = from + i
					}
				}
			}
			last = k
		}
	}
	if last >= 0 && !sound(last, wordEnd(p, last)) {
		i := l.to - from
		for i < len(w.opens) && !w.opens[i] && w.letters[i].weight() == 1 {
			i++
		}
		if i < len(w.opens) || to == hi {
			l.to = from + i
		}
	}
	return nil
}

// spotOf lays parts that stand near each other along their passages.
func (s *search) spotOf(whole string, parts []located) (Spot, error) {
	seg, from, to := parts[0].seg, parts[0].from, parts[len(parts)-1].to
	var sp Spot
	var at []int32
	w, err := s.window(seg, from, to) // reads what stands between the parts, too
	if err != nil {
		return sp, err
	}
	if sp.First, sp.Last, sp.Passages, at = s.hull(seg, from, to); len(at) == 0 {
		return sp, nil
	}
	sp.Start, sp.End = int(at[0]), after(sp.Passages, int(at[len(at)-1]))
	done := 0 // letters of the text that are dealt with
	for i := range parts {
		l := &parts[i]
		p := &s.parts[l.part]
		end := l.to - from
		begin := l.from - from
		if begin > done {
			kind := LeftOut
			if p.elided {
				kind = Elided
			}
			stop := int(at[begin])
			sp.put(Piece{Kind: kind, Text: sp.Passages[int(at[done]):stop]})
		}
		stop := sp.End
		if i+1 < len(parts) {
			stop = int(at[min(max(parts[i+1].from-from, end), len(at)-1)])
			if parts[i+1].from > l.to && end < len(at) {
				stop = int(at[end])
			}
		}
		text := opened(sp.Passages, tokens(w.letters[begin:end], w.opens[begin:end], at[begin:end], stop))
		quoteEnd := int(p.At[len(p.At)-1]) + 1
		for quoteEnd < len(whole) && !utf8.RuneStart(whole[quoteEnd]) {
			quoteEnd++
		}
		quoted := opened(whole, tokens(p.Letters, p.Opens, p.At, quoteEnd))
		pair := make([]int, len(p.Letters))
		for k, t := range l.align.pair {
			pair[k] = -1
			if t >= 0 {
				pair[k] = int(t) + l.base - l.from
			}
		}
		sp.weave(whole, p, w.letters[begin:end], text, quoted, pair)
		done = end
	}
	return sp, nil
}

// after is the byte after the character at i, with the marks that belong to it.
func after(s string, i int) int {
	_, n := utf8.DecodeRuneInString(s[i:])
	for i += n; i < len(s); i += n {
		var r rune
		if r, n = utf8.DecodeRuneInString(s[i:]); !unicode.Is(unicode.M, r) {
			break
		}
	}
	return i
}

// weave walks the words of a text and of a quotation side by side. Words that
// share letters belong together; a word alone was left out or put in.
func (sp *Spot) weave(whole string, p *part, letters []Letter, text, quoted []token, pair []int) {
	ti, qi := 0, 0
	for ti < len(text) || qi < len(quoted) {
		first, last := len(letters), len(letters)
		if qi < len(quoted) {
			if first, last = reach(pair, quoted[qi]); last < 0 || ti >= len(text) {
				sp.put(Piece{Kind: PutIn, Quoted: whole[quoted[qi].start:quoted[qi].end]})
				qi++
				continue
			}
		}
		if text[ti].to <= first {
			sp.put(Piece{Kind: LeftOut, Text: sp.Passages[text[ti].start:text[ti].end]})
			ti++
			continue
		}
		// The group grows until no word in it shares letters with one outside.
		t, q := ti, qi+1
		for grown := true; grown; {
			for t < len(text) && (t == ti || text[t].from <= last) {
				t++
			}
			grown = false
			for k := q; k < len(quoted); k++ {
				f, l := reach(pair, quoted[k])
				if l < 0 {
					continue
				}
				if f >= text[t-1].to {
					break
				}
				q, last, grown = k+1, max(last, l), true
			}
		}
		a, b := text[ti:t], quoted[qi:q]
		piece := Piece{Kind: Same, Text: sp.Passages[a[0].start:a[len(a)-1].end]}
		if !slices.Equal(letters[a[0].from:a[len(a)-1].to], p.Letters[b[0].from:b[len(b)-1].to]) {
			piece.Kind, piece.Quoted = Changed, whole[b[0].start:b[len(b)-1].end]
		}
		sp.put(piece)
		ti, qi = t, q
	}
}

// reach is the first and the last letter of the text that a word is laid along,
// -1 for none.
func reach(pair []int, w token) (first, last int) {
	first, last = -1, -1
	for k := w.from; k < w.to; k++ {
		if pair[k] >= 0 {
			if first < 0 {
				first = pair[k]
			}
			last = pair[k]
		}
	}
	return first, last
}

// put adds a piece, joined to the one before if it is of its kind.
func (sp *Spot) put(p Piece) {
	p.Quoted = strings.TrimSpace(p.Quoted)
	if n := len(sp.Pieces); n > 0 && sp.Pieces[n-1].Kind == p.Kind && p.Kind != Elided {
		last := &sp.Pieces[n-1]
		last.Text += p.Text
		if last.Quoted != "" && p.Quoted != "" {
			last.Quoted += " "
		}
		last.Quoted += p.Quoted
		return
	} else if n > 0 && (sp.Pieces[n-1].Kind == PutIn && p.Kind == LeftOut || sp.Pieces[n-1].Kind == LeftOut && p.Kind == PutIn) {
		// One word in the place of another.
		last := &sp.Pieces[n-1]
		last.Kind, last.Text, last.Quoted = Changed, last.Text+p.Text, last.Quoted+p.Quoted
		return
	}
	sp.Pieces = append(sp.Pieces, p)
}
