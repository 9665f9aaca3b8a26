package importer

import (
	"strconv"
	"strings"
)

// statedPage is a running head or foot that says where in the whole it stands:
// "Page 2 of 9", "Minutes · Seite 3 von 12".
var statedPage = expr(`(?i)(?:^|[\s|\[(–—·-])(?:page|p\.|pg\.|seite|s\.|página|pág\.|pagina|pag\.|strona|страница|стр\.) ?([0-9]{1,4}) ?(?:of|/|von|de|sur|di|z|из) ?([0-9]{1,4})(?:[\s|\])–—·.-]|$)`)

// statedPages takes out running heads that say of how many pages they bear which,
// with or without empty lines around them, and the lines that come with most of
// them. Since they say what they are, two are enough, if they are those of half of
// the pages. It reports whether there are any.
func (d *draft) statedPages() bool {
	type mark struct{ at, n int }
	runs := map[int][]mark{} // by the number of all pages
	best := 0
	for i := range d.lines {
		l := &d.lines[i]
		if l.width > 120 || !strings.ContainsAny(l.text, "0123456789") || !atMostWords(l.text, 14) {
			continue
		}
		m := statedPage.FindStringSubmatch(l.text)
		if m == nil {
			continue
		}
		n, of := number4(m[1]), number4(m[2])
		if run := runs[of]; n > 0 && n <= of && (len(run) == 0 || n > run[len(run)-1].n) {
			runs[of] = append(run, mark{i, n})
			if len(runs[of]) > len(runs[best]) || len(runs[of]) == len(runs[best]) && of < best {
				best = of
			}
		}
	}
	marks := runs[best]
	if len(marks) < 2 || len(marks)*2 < best {
		return false
	}
	drop := make([]bool, len(d.lines))
	beside := map[string]int{}
	near := func(f func(i int)) {
		for _, m := range marks {
			for _, k := range [...]int{m.at - 1, m.at + 1} {
				if k > 0 && k < len(d.lines) && d.lines[k].width <= 90 && atMostWords(d.lines[k].text, 14) {
					f(k)
				}
			}
		}
	}
	near(func(i int) { beside[shape(d.lines[i].text)]++ })
	near(func(i int) {
		if n := beside[shape(d.lines[i].text)]; n >= 2 && n*2 > len(marks) {
			drop[i] = true
		}
	})
	// A page ends with its foot, and begins with its head: the first page often has
	// none.
	heads := marks[0].n > 1 || marks[0].at < 5
	d.pages = []string{"", strconv.Itoa(marks[0].n)}
	if heads && marks[0].n > 1 {
		d.pages[1] = strconv.Itoa(marks[0].n - 1)
	}
	from := 0
	for k, m := range marks {
		drop[m.at] = true
		to := m.at
		if !heads {
			to++
		}
		if heads && (k > 0 || m.n > 1) || !heads && k > 0 {
			if heads {
				for ; from < to; from++ {
					d.lines[from].page = int32(len(d.pages) - 1)
				}
			}
			d.pages = append(d.pages, strconv.Itoa(m.n))
		}
		for ; from < to; from++ {
			d.lines[from].page = int32(len(d.pages) - 1)
		}
	}
	for ; from < len(d.lines); from++ {
		d.lines[from].page = int32(len(d.pages) - 1)
	}
	for i := 1; i < len(d.lines); i++ {
		if drop[i-1] && !drop[i] {
			d.lines[i].feed = true
		}
	}
	d.dropMarked(drop, "running head or page number")
	if len(d.lines) > 0 {
		d.lines[0].feed = false
	}
	d.paged = true
	return true
}

func number4(s string) int {
	n, _ := strconv.Atoi(s) // four digits at most
	return n
}
