package importer

// defined are the blocks among candidates for headings that stand in a list of
// definitions whose terms and texts are parted by empty lines: terms, which the
// text below them is set in from, at the same two places again and again, and
// what is set in below a term.
//
//	Beekeeping
//
//	        Tools for hives.
func (d *draft) defined(found []heading) map[int]bool {
	type places struct{ term, text int32 }
	// Terms stand no further out than the text does: what is, heads it.
	margin := d.margin()
	at := func(i int) (places, bool) {
		b := &d.blocks[i]
		if i+1 >= len(d.blocks) || b.size() > 1 || b.under || isCapitals(d.text(b)) {
			return places{}, false
		}
		p := places{d.first(b).indent, d.first(&d.blocks[i+1]).indent}
		return p, p.text >= p.term+4 && p.term >= margin
	}
	seen, all := map[places]int{}, 0
	for i := range found {
		if p, ok := at(found[i].block); ok && !found[i].numbered {
			seen[p]++
			all++
		}
	}
	often := func(p places) bool { return seen[p] >= 3 || seen[p] >= 2 && all >= 5 }
	out := map[int]bool{}
	term, next := -1, 0 // the outermost term, and the first block that was not looked at
	for i := range found {
		h := &found[i]
		for ; next < h.block; next++ {
			if b := &d.blocks[next]; term >= 0 && b.from < b.to && d.first(b).indent <= d.first(&d.blocks[term]).indent && next > term {
				term = -1
			}
		}
		in := d.first(&d.blocks[h.block]).indent
		if term >= 0 && in > d.first(&d.blocks[term]).indent {
			out[h.block] = true
			continue
		}
		if p, ok := at(h.block); ok && !h.numbered && often(p) {
			out[h.block], term = true, h.block
		}
	}
	return out
}

// margin is the least that a twentieth of the paragraphs are set in.
func (d *draft) margin() int32 {
	var count [64]int
	all := 0
	for i := range d.blocks {
		if b := &d.blocks[i]; b.role == prose && b.from < b.to && !d.short(b, 17) {
			count[min(63, d.first(b).indent)]++
			all++
		}
	}
	n := 0
	for in, c := range count {
		if n += c; n >= 3 && n*20 >= all {
			return int32(in)
		}
	}
	return 64
}

// learnTerms learns how far the texts of definitions are set in below their terms,
// where the text has several that are certain, and hardly a paragraph whose lines
// but the first are set in so: there a term may fill its line.
func (d *draft) learnTerms() {
	if !d.fit.known || d.fit.times {
		return
	}
	certain, hanging := map[int32]int{}, map[int32]int{}
	for i := d.frontLines; i < len(d.lines) && !d.stopped(i); {
		j := i + 1
		for j < len(d.lines) && d.lines[j].gap == 0 && !d.lines[j].feed {
			j++
		}
		if j-i > 1 {
			in := d.lines[i+1].indent - d.lines[i].indent
			if d.defines(i, j) {
				certain[in]++
			} else if in > 0 && in <= 12 && !startsItem(&d.lines[i]) {
				hanging[in]++
			}
		}
		i = j
	}
	d.terms = map[int32]bool{}
	for in, n := range certain {
		d.terms[in] = n >= 6 && n > 4*hanging[in]
	}
}

func startsItem(l *line) bool {
	_, ok := itemMark(l.text)
	return ok
}
