package bot

import (
	"strings"
)

// Read is what a line invokes, without regard to which values will do. ok is
// false where it begins with no command, or says more than that takes.
func Read(commands []Command, line string) (do Invocation, ok bool) {
	c, rest := find(commands, line)
	if c == nil || c.Hidden {
		return do, false
	}
	args, extra := parseArgs(c, rest, nil)
	return Invocation{Command: c.Name, Args: args}, extra == ""
}

// Line is how an invocation is typed, without the prefix: what a platform
// without buttons shows in the place of one. ok is false when it cannot be
// typed: the command is hidden, or not in the table, or a value would be read
// otherwise than it is meant.
func Line(commands []Command, do Invocation) (line string, ok bool) {
	var c *Command
	for i := range commands {
		if commands[i].Name == do.Command {
			c = &commands[i]
		}
	}
	if c == nil || c.Hidden {
		return "", false
	}
	words, named := []string{c.Name}, []string(nil)
	inOrder := true
	for i := range c.Params {
		p := &c.Params[i]
		value := do.Args[p.Name]
		if value == "" {
			inOrder = inOrder && p.Named
			continue
		}
		switch {
		case p.Rest && inOrder:
			words = append(append(words, named...), value) // what is named stands before it
			named = nil
		case inOrder && !p.Named:
			words = append(words, quoted(value))
		default:
			named = append(named, p.Name+":"+quoted(value))
		}
	}
	words = append(words, named...)
	line = strings.Join(words, " ")
	_, rest := find(commands, line)
	args, extra := parseArgs(c, rest, nil)
	if extra != "" || strings.ContainsAny(line, "\n\r`") {
		return "", false
	}
	for k, v := range args {
		if do.Args[k] != v {
			return "", false
		}
	}
	for k, v := range do.Args {
		if args[k] != v { // also one that the command does not have
			return "", false
		}
	}
	return line, true
}

func quoted(value string) string {
	if strings.ContainsAny(value, " ,:=") {
		return `"` + value + `"`
	}
	return value
}
