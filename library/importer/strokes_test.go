package importer_test

import (
	"strings"
	"testing"

	"lectern/library/importer"
)

// Addresses and names of files that a line's end parts at a stroke have no space
// there; other strokes keep it.
func TestAddressesPartedAtStrokes(t *testing.T) {
	// Enough lines to know how wide the text is.
	prose := strings.Repeat("the hives stand in the orchard behind the house where the old keeper\n"+
		"had put them down in the spring of that year and the bees were in all\n", 6)
	for _, x := range []struct{ name, lines, want string }{
		{"behind the scheme", "of the house and all of what it says stands in full at (https://\nbees.example.org/keeper) for all who keep them", "(https://bees.example.org/keeper)"},
		{"before a stroke", "of the house and all of it stands at https://bees.example.org/doc\n/manuals/keeper.html for all who keep them", "doc/manuals/keeper.html"},
		{"in the scheme", "of the house and all of what it says stands in full here (https:\n//bees.example.org) for all who keep them", "(https://bees.example.org)"},
		{"a file's name", "of the house and all of what it says is also in the file /usr/\nshare/doc/bees for all who keep them", "/usr/share/doc/bees for"},
		{"in quotation marks", "of the house and all of what it says of bees is in \"/usr/share/doc\n/bees/README\" for all who keep them", `"/usr/share/doc/bees/README"`},
		{"two words", "of the house and all of what it says is for keepers of bees and/\nor of hives for all who keep them", "bees and/or of hives"},
		{"a name that stands elsewhere", "of bee-hive-tools and of what is said there of \"/usr/bin/bee\n-hive\" and of /usr/bin/bee-hive for all of them", `"/usr/bin/bee-hive" and`},
		{"a folder and its noun", "of the house and all of what it says is found in the whole tests/\ndirectory for all who keep them", "tests/ directory"},
		{"names in a row", "of the house and the folders that are to be kept are /usr and /etc\n/opt and /boot for all who keep them", "/etc /opt"},
		{"an option", "of the house and all of what it says was made smaller with gzip\n-9 for all who keep them", "gzip -9"},
		{"ended by hand", "See https://bees.example.org/\nfolder/two is another for all who keep them", "org/ folder/two"},
	} {
		t.Run(x.name, func(t *testing.T) {
			w, err := importer.Read(t.Context(), "bees.txt", strings.NewReader(prose+x.lines+"\n"), importer.Options{Title: "Bees"})
			if err != nil {
				t.Fatal(err)
			}
			sameWords(t, prose+x.lines, w)
			var all strings.Builder
			for i := range w.Passages {
				all.WriteString(w.Passages[i].Text + "\n")
			}
			if !strings.Contains(all.String(), x.want) {
				t.Errorf("no %q in %q", x.want, all.String()[max(0, all.Len()-200):])
			}
		})
	}
}
