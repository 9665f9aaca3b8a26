package commands

import (
	"fmt"
	"slices"
	"strings"

	"lectern/bot"
)

// Reference is the page of docs that lists every command, in Markdown. It is
// written from the declarations.
func Reference(table []bot.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\nThe same words everywhere, after the sign that each platform puts before commands: `/` in the terminal. `<…>` must be given, `[…]` may be.\nThis page is written from the program's own table by `make docs`.\n")
	var families []string
	seen := map[string]bool{}
	for i := range table {
		if f := table[i].Family; !table[i].Hidden && !seen[f] {
			seen[f] = true
			families = append(families, f)
		}
	}
	who := map[bot.Role]string{bot.Guest: "everybody in the room", bot.Member: "those who read along", bot.Organiser: "organisers"}
	for _, f := range families {
		fmt.Fprintf(&b, "\n## %s%s\n", strings.ToUpper(f[:1]), f[1:])
		for i := range table {
			c := &table[i]
			if c.Hidden || c.Family != f {
				continue
			}
			fmt.Fprintf(&b, "\n### `%s`\n\n%s For %s.\n", c.Usage(), c.Summary, who[c.Who])
			if c.React != "" {
				fmt.Fprintf(&b, "The reaction %s on an announcement does the same; taking it back takes it back.\n", c.React)
			}
			if c.TakesFile {
				b.WriteString("It takes a file that is sent along, or, in reply to a message, the file in that.\n")
			}
			typed := slices.DeleteFunc(slices.Clone(c.Params), func(p bot.Param) bool { return p.Button }) // nobody types those
			if len(typed) > 0 {
				b.WriteString("\n| | |\n| --- | --- |\n")
				for j := range typed {
					p := &typed[j]
					name := p.Name
					if p.Named {
						name += ":…"
					}
					fmt.Fprintf(&b, "| `%s` | %s |\n", name, strings.ReplaceAll(p.Summary, "|", "\\|"))
				}
			}
			if c.Example != "" {
				fmt.Fprintf(&b, "\nFor example: `%s`\n", c.Example)
			}
		}
	}
	return b.String()
}
