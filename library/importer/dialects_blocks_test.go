package importer_test

import (
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

func markdownOf(t *testing.T, src string) *library.Work {
	t.Helper()
	w, err := importer.Read(t.Context(), "x.md", strings.NewReader(src), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, w)
	return w
}

func kindsOf(w *library.Work) (out []string) {
	for i := range w.Passages {
		out = append(out, string(w.Passages[i].Kind)+": "+w.Passages[i].Text)
	}
	return out
}

// Blocks that Pandoc adds to Markdown, and what stands close to them.
func TestMarkdownBlocksOfPandoc(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"lines", "Before.\n\n| The hive is still,\n|    the keeper sleeps\n  and dreams.\n|\n| It is winter.\n| It is long.\n\nAfter.\n",
			[]string{"paragraph: Before.", "stanza: The hive is still,\nthe keeper sleeps and dreams.", "stanza: It is winter.\nIt is long.", "paragraph: After."}},
		{"a table", "| bee | hive |\n|---|---|\n| one | two |\n", []string{"table: bee | hive\none | two"}},
		{"lines that were ended on purpose", "The hive is still,  \nthe keeper sleeps,\\\nit is winter.\n", []string{"stanza: The hive is still,\nthe keeper sleeps,\nit is winter."}},
		{"definitions", "Bee\n:   An insect that makes honey.\n    It lives in hives.\n\n    It stings.\n\nWasp\n\n:   One that makes none.\n~   A pest.\n\nAfter it.\n",
			[]string{"paragraph: Bee", "paragraph: An insect that makes honey. It lives in hives.", "paragraph: It stings.", "paragraph: Wasp", "paragraph: One that makes none.", "paragraph: A pest.", "paragraph: After it."}},
		{"no definition", "Text.\n\n## Bees\n: this is none\n\n- item\n", []string{"paragraph: Text.", "paragraph: : this is none", "list: - item"}},
		{"examples", "(@) The first.\n(@hive) The second.\n\nAs (@hive) shows, and (@nothing) does not.\n\n(@) The third.\n",
			[]string{"list: 1) The first.\n2) The second.", "paragraph: As (2) shows, and (@nothing) does not.", "list: 3) The third."}},
		{"divisions", "# Bees\n\nText.\n\n::: {.warning #a}\nMind the bees.\n:::\n\n::::: epigraph\nNo bees, no honey.\n\n--- Erasmus\n:::::\n\nAfter.\n\n## More\n\n::: epigraph\nHoney.\n\n--- Erasmus\n:::\n\nText.\n",
			[]string{"paragraph: Text.", "paragraph: Mind the bees.", "quotation: No bees, no honey.", "paragraph: After.", "epigraph: Honey.", "paragraph: Text."}},
		{"marks of a pen", "The ==queen bee== lays eggs, a == b == c.\n\nTitle\n=====\n\n`==x==`\n", []string{"paragraph: The **queen bee** lays eggs, a == b == c.", "paragraph: `==x==`"}},
		{"code", "```\n::: a\n(@) b\n| c\n==d==\n```\n", []string{"preformatted: ::: a\n(@) b\n| c\n==d=="}},
	} {
		t.Run(c.name, func(t *testing.T) {
			same(t, "passages", kindsOf(markdownOf(t, c.src)), c.want)
		})
	}
}

// What Obsidian shows of another file is not here: its place is left out.
func TestEmbedsOfObsidian(t *testing.T) {
	w := markdownOf(t, "Before.\n\n![[hive.png|300]]\n\nSee ![[Bees#Queen]] there.\n")
	same(t, "passages", kindsOf(w), []string{"paragraph: Before.", "paragraph: See there."})
	if len(w.LeftOut) != 2 || !strings.Contains(w.LeftOut[0].Text, "hive.png") {
		t.Errorf("%+v", w.LeftOut)
	}
}

// Heads in TOML, as generators of sites have them.
func TestMarkdownHeadInTOML(t *testing.T) {
	w := markdownOf(t, "+++\ntitle = \"Of Bees\"\nauthors = [\"Ada Lowell\", 'Ben Ash']\ndate = 1881-05-01\ndraft = false\n[extra]\nsubtitle = \"and of honey\"\n+++\n\nText.\n")
	same(t, "head", []string{w.Title, w.Author, w.Date}, []string{"Of Bees", "Ada Lowell, Ben Ash", "1881-05-01"})
	same(t, "passages", kindsOf(w), []string{"paragraph: Text."})
	w = markdownOf(t, "+++\nno head\n+++\n\nText.\n")
	if len(w.Passages) < 2 {
		t.Errorf("%+v", w.Passages)
	}
}

// Tables that are drawn with bars and rules are tables, and their rules no marks.
func TestGridTables(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"with a head":    {"Before.\n\n+-----+------+\n| a   | b    |\n+=====+======+\n| 1   | two  |\n|     | here |\n+-----+------+\n\nAfter.\n", []string{"paragraph: Before.", "table: a | b\n1 | two here", "paragraph: After."}},
		"without":        {"+---+---+\n| 1 | 2 |\n+---+---+\n| 3 | 4 |\n+---+---+\n", []string{"table: 1 | 2\n3 | 4"}},
		"in code":        {"```\n+---+---+\n| 1 | 2 |\n+---+---+\n```\n", []string{"preformatted: +---+---+\n| 1 | 2 |\n+---+---+"}},
		"not to the end": {"+---+---+\n| 1 | 2 |\n", []string{"paragraph: +---+---+ | 1 | 2 |"}},
	} {
		w := markdownOf(t, c.src)
		var got []string
		for i := range w.Passages {
			got = append(got, string(w.Passages[i].Kind)+": "+w.Passages[i].Text)
		}
		same(t, name, got, c.want)
	}
	w := markdownOf(t, "---\ntitle: The Mill\nauthor: \"[[Ada Lowell]]\"\n---\n\nText of it.\n")
	if w.Author != "Ada Lowell" {
		t.Errorf("by %q", w.Author)
	}
}
