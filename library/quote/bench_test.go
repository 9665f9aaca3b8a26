package quote

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// prose makes up a shelf of passages whose words come as often as words do.
func prose(seed uint64, works, passages int) (*Memory, [][]string) {
	r := rand.New(rand.NewPCG(seed, 1))
	words := make([]string, 3000)
	for i := range words {
		var b strings.Builder
		for range 2 + r.IntN(8) {
			b.WriteString([]string{"a", "e", "o", "i", "n", "t", "r", "s", "l", "d", "m", "st", "th", "u", "b", "k"}[r.IntN(16)])
		}
		words[i] = b.String()
	}
	m := &Memory{}
	all := make([][]string, works)
	id := int64(0)
	for w := range works {
		for range passages {
			var b strings.Builder
			for i := range 80 {
				if i > 0 {
					b.WriteByte(' ')
				}
				b.WriteString(words[int(float64(len(words))*r.Float64()*r.Float64()*r.Float64())])
			}
			id++
			m.Add(int64(w+1), id, b.String())
			all[w] = append(all[w], b.String())
		}
		id += 5
	}
	m.Build()
	return m, all
}

func whole(m *Memory) *Finder {
	return &Finder{Index: m, Texts: m, Within: []Range{{1, 1 << 40}}}
}

func BenchmarkFind(b *testing.B) {
	for _, size := range []int{1000, 20000} {
		m, all := prose(1, 10, size/10)
		f := whole(m)
		for _, n := range []int{5, 10, 25, 200} {
			b.Run(fmt.Sprintf("passages=%d/words=%d", size, n), func(b *testing.B) {
				words := strings.Fields(strings.Join(all[3][10:14], " "))
				q := strings.Join(words[20:20+n], " ")
				for b.Loop() {
					if a, err := f.Find(b.Context(), q); err != nil || a.Verdict != Found {
						b.Fatal(a.Verdict, err)
					}
				}
			})
		}
	}
}
