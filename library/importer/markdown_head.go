package importer

import (
	"strings"

	"lectern/library"
)

// head reads what stands between "---" and "---" (or "...") at the beginning:
// what Pandoc, Obsidian and the generators of sites say of a text, in a part of
// YAML. It returns the rest.
func (m *markdown) head() (body []byte) {
	s := string(m.src)
	if !strings.HasPrefix(s, "---\n") {
		return m.src
	}
	stop := headEnd.FindStringIndex(s[4:min(len(s), 4+1<<16)])
	if stop == nil {
		return m.src
	}
	inside := s[4 : 4+stop[0]]
	meta, ok := headFields(inside)
	if !ok {
		return m.src
	}
	for _, f := range [...]struct {
		at   *string
		keys []string
	}{
		{&m.w.Title, []string{"title"}}, {&m.w.Subtitle, []string{"subtitle"}}, {&m.w.Author, []string{"author", "authors", "creator", "by"}},
		{&m.w.Date, []string{"date", "published", "year"}}, {&m.w.Language, []string{"lang", "language"}}, {&m.w.Source, []string{"source", "url"}},
		{&m.w.Edition, []string{"edition"}}, {&m.w.Rights, []string{"rights", "license", "licence", "copyright"}},
	} {
		for _, k := range f.keys {
			if v := strings.Join(meta[k], ", "); v != "" {
				*f.at = v
				break
			}
		}
	}
	if s := library.Scheme(strings.Join(meta["scheme"], "")); library.KnownScheme(s) {
		m.w.Scheme = s
	}
	if c := languageCode(m.w.Language); c != "" {
		m.w.Language = c
	}
	for line := range strings.SplitSeq(inside, "\n") {
		if t := tidy(line); t != "" {
			m.part(library.FrontMatter, t)
		}
	}
	m.off = 4 + stop[1]
	m.use(0, m.off)
	return m.src[m.off:]
}

var (
	headEnd  = expr(`(?m)^(?:---|\.\.\.)[ \t]*(?:\n|\z)`)
	headName = expr(`^\{(?:[^{}]*[ ,])?(?:name|text|literal): *([^,{}]+?) *(?:,[^{}]*)?\}$`)
	headKey  = expr(`^([A-Za-z][A-Za-z0-9_. -]*):(?:[ \t]+(.*))?$`)
)

// headFields are the fields of a head, each with what it lists. ok is false for
// what is no such head: a rule above a text, perhaps.
func headFields(s string) (fields map[string][]string, ok bool) {
	fields = map[string][]string{}
	key, block, kind := "", false, ""
	add := func(v string) {
		v = strings.TrimSpace(v)
		if m := headName.FindStringSubmatch(v); m != nil { // "{name: Ada Lowell, orcid: …}"
			v = strings.TrimSpace(m[1])
		}
		if n := len(v); n >= 2 && (v[0] == '"' || v[0] == '\'') && v[n-1] == v[0] {
			v = v[1 : n-1]
		}
		if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") { // a link of a note-taking program
			v = strings.Trim(v, "[] ")
			v = strings.TrimSpace(v[strings.LastIndexByte(v, '|')+1:])
		}
		if v != "" {
			fields[key] = append(fields[key], v)
		}
	}
	for line := range strings.SplitSeq(s, "\n") {
		t := strings.TrimSpace(line)
		switch {
		case t == "" || t[0] == '#' && !block:
			continue
		case line[0] != ' ' && line[0] != '\t' && line[0] != '-':
			f := headKey.FindStringSubmatch(t)
			if f == nil {
				return nil, false
			}
			key, block, kind = strings.ToLower(strings.TrimSpace(f[1])), false, ""
			switch v := strings.TrimSpace(f[2]); {
			case v == "":
			case v[0] == '|' || v[0] == '>': // the lines that are set in below it
				block = true
			case v[0] == '[' && v[len(v)-1] == ']':
				for one := range strings.SplitSeq(v[1:len(v)-1], ",") {
					add(one)
				}
			default:
				add(v)
			}
		case key == "":
			return nil, false
		case block:
			if k := len(fields[key]); k > 0 {
				fields[key][k-1] += " " + t
			} else {
				fields[key] = []string{t}
			}
		default:
			t = strings.TrimSpace(strings.TrimPrefix(t, "-"))
			name, value, field := strings.Cut(t, ": ")
			switch {
			case !field || strings.ContainsAny(name, " \"'{"):
				add(t)
			case name == "name" || name == "text" || name == "literal": // of an author, or of Pandoc's titles
				if key == "title" && kind == "subtitle" {
					key = "subtitle"
					add(value)
					key = "title"
				} else {
					add(value)
				}
			case name == "type":
				kind = strings.TrimSpace(value)
			}
		}
	}
	return fields, len(fields) > 0 || strings.TrimSpace(s) == ""
}
