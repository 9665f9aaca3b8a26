package importer_test

import (
	"strings"
	"testing"
)

// An article's author and date may stand only in what search engines are told.
func TestSaidToEngines(t *testing.T) {
	text := "<p>" + strings.Repeat("The wheel went round and nobody stood beside it. ", 12) + "</p>"
	for data, want := range map[string][2]string{
		`{"@type":"Article","author":[{"@type":"Person","name":"Ann Weir"},{"name":"Bo Dyke"}],"datePublished":"2021-05-06T10:00:00Z"}`:    {"Ann Weir, Bo Dyke", "2021-05-06"},
		`{"@graph":[{"@type":"WebSite","name":"The Lantern"},{"@type":["NewsArticle"],"author":"Ann Weir","datePublished":"2021-05-06"}]}`: {"Ann Weir", "2021-05-06"},
		`{"@type":"WebSite","author":{"name":"The Lantern"}}`:                                                                              {"", ""},
		`{"@type":"Article","author":`:                      {"", ""},
		`{"@type":"Article","author":{"name":{"name":{}}}}`: {"", ""},
	} {
		w := htmlWork(t, `<html><head><title>The Mill</title><script type="application/ld+json">`+data+`</script></head><body><h1>The Mill</h1>`+text+text+`</body></html>`)
		if w.Author != want[0] || w.Date != want[1] {
			t.Errorf("%s: by %q on %q", data, w.Author, w.Date)
		}
	}
}

// The title page of an e-book is none of its text.
func TestTitlePageOfEPUB(t *testing.T) {
	w := readEPUB(t, anEPUB(t, []string{"t.xhtml", "a.xhtml"}, "O/t.xhtml", `<html><body><section epub:type="titlepage"><h1>THE MILL</h1><p>A Novel of Accounts</p><p>Ada Lowell</p><p>Oak Press · London</p></section></body></html>`,
		"O/a.xhtml", "<html><body><h1>One</h1>"+chapterText+"</body></html>"))
	if len(w.Passages) != 2 || w.Title != "The Mill" {
		t.Errorf("%q: %q", w.Title, passagesOf(w))
	}
}
