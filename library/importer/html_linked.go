package importer

import (
	"encoding/json"
	"strings"

	"lectern/library"
)

// What a page says of itself to search engines.
const (
	maxLinked  = 4        // how many such pieces are read
	linkedSize = 64 << 10 // and how much of each
)

// articleTypes are the kinds of texts that such data describe (schema.org).
const articleTypes = " Article NewsArticle BlogPosting ScholarlyArticle OpinionNewsArticle AnalysisNewsArticle ReportageNewsArticle Report TechArticle Book Chapter "

// saidToEngines takes author and date from data about an article in JSON-LD, where
// the page says neither.
func saidToEngines(m *library.Meta, page string) {
	for range maxLinked {
		_, rest, ok := strings.Cut(page, "application/ld+json")
		if !ok {
			return
		}
		page = rest
		_, body, ok := strings.Cut(rest[:min(len(rest), linkedSize)], ">")
		if !ok {
			continue
		}
		body, _, ok = strings.Cut(body, "</")
		if !ok {
			continue
		}
		var data any
		if json.Unmarshal([]byte(body), &data) != nil {
			continue
		}
		if a := articleIn(data, 0); a != nil {
			if names := namesIn(a["author"]); m.Author == "" && len(names) > 0 {
				m.Author = strings.Join(names, ", ")
			}
			if date, _ := a["datePublished"].(string); m.Date == "" {
				if date, _, _ = strings.Cut(date, "T"); isDate(date) || len(date) == 10 && date[4] == '-' {
					m.Date = date
				}
			}
			return
		}
	}
}

// articleIn is the first object that is about an article.
func articleIn(data any, depth int) map[string]any {
	if depth > 4 {
		return nil
	}
	switch d := data.(type) {
	case []any:
		for _, x := range d[:min(len(d), 100)] {
			if a := articleIn(x, depth+1); a != nil {
				return a
			}
		}
	case map[string]any:
		kinds, _ := d["@type"].([]any)
		for _, k := range append(kinds, d["@type"]) {
			if s, ok := k.(string); ok && listed(articleTypes, s) {
				return d
			}
		}
		return articleIn(d["@graph"], depth+1)
	}
	return nil
}

// namesIn are the names of people.
func namesIn(data any) (out []string) {
	switch d := data.(type) {
	case string:
		if s := tidy(d); s != "" && atMostWords(s, 8) && !strings.Contains(s, "://") {
			return []string{s}
		}
	case map[string]any:
		return namesIn(d["name"])
	case []any:
		for _, x := range d[:min(len(d), 20)] {
			if m, ok := x.(map[string]any); ok {
				x = m["name"]
			}
			if s, ok := x.(string); ok {
				out = append(out, namesIn(s)...)
			}
		}
	}
	return out
}
