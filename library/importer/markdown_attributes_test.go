package importer_test

import (
	"strings"
	"testing"

	"lectern/library/importer"
)

func TestHeadingAttributes(t *testing.T) {
	w, err := importer.Read(t.Context(), "x.md", strings.NewReader("# A book\n\n## Skipping {#skip}\n\nA text of a few words.\n\n## Sets {1, 2}\n\nAnother one.\n"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Sections) != 2 || w.Sections[0].Title != "Skipping" || w.Sections[1].Title != "Sets {1, 2}" || len(w.LeftOut) != 1 || w.LeftOut[0].Text != "{#skip}" {
		t.Errorf("%+v, left out %+v", w.Sections, w.LeftOut)
	}
}
