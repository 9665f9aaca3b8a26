package importer

import (
	"regexp"
	"strings"
)

var (
	// "II: Title", "3. Title", "A) Title", "iv Title" is left to the words.
	labelled = regexp.MustCompile(`^(?:(?:Chapter|CHAPTER|Part|PART|Book|BOOK|Section|SECTION|Kapitel|Chapitre)\s+)?((?:[0-9]{1,3}(?:\.[0-9]{1,3})*|[IVXLCDM]+|[ivxlcdm]+|[A-Z])(?:\s*/\s*(?:[0-9]{1,3}|[IVXLCDM]+|[ivxlcdm]+))?)\s*[:.)]\s*(.*)$`)
	worded   = regexp.MustCompile(`^(?:Chapter|CHAPTER|Part|PART|Book|BOOK|Letter|LETTER|Section|SECTION|Kapitel|Chapitre)\s+([0-9]{1,3}|[IVXLCDM]+|[A-Z][a-z]+)\b[\s:.–—-]*(.*)$`)
	appendix = regexp.MustCompile(`^((?:Appendix|APPENDIX)(?:\s+(?:[0-9]{1,2}|[A-Z]|[IVX]+))?)\s*[:.]\s*(.*)$`)
)

// splitLabel takes the label off a heading: "XXIII/XXIV. Title" has two.
func splitLabel(heading string) (labels []string, title string) {
	if loneLabel.MatchString(heading) {
		return []string{strings.TrimSuffix(heading, ".")}, ""
	}
	if m := appendix.FindStringSubmatch(heading); m != nil {
		return []string{m[1]}, m[2]
	}
	if m := labelled.FindStringSubmatch(heading); m != nil {
		for l := range strings.SplitSeq(m[1], "/") {
			labels = append(labels, strings.TrimSpace(l))
		}
		return labels, m[2]
	}
	if m := worded.FindStringSubmatch(heading); m != nil {
		return []string{m[1]}, m[2]
	}
	return nil, heading
}

// labelStyle tells labels of one kind from those of another, so that they can
// stand for one depth.
func labelStyle(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	l := labels[0]
	switch {
	case strings.Trim(l, "0123456789") == "":
		return "1"
	case strings.Contains(l, "."):
		return "1." + strings.Repeat("1.", strings.Count(l, ".")-1)
	case strings.Trim(l, "IVXLCDM") == "":
		return "I"
	case strings.Trim(l, "ivxlcdm") == "":
		return "i"
	case strings.HasPrefix(strings.ToLower(l), "appendix"):
		return "I" // it stands beside the numbered ones
	}
	return "A"
}
