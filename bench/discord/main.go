// Command discord tries the bot's connection to Discord on a Discord of the
// project's own, in processes of their own.
//
//	discord soak -n 10000        thousands of interactions, 200 a second, with faults (-rote: without a database)
//	discord reconnect -n 500     one fault of the connection after another
//	discord page -out FILE       what the bot can say, drawn as HTML
//
// Soak ends with the line
//
//	N interactions: A answered once, T twice, L late, U unanswered; p99 P ms; heap ratio R; G goroutines left
//
// and reconnect with
//
//	N faults: R recovered, H hung; slowest S s; identifies I
//
// Each exits with 1 when a figure is not what it must be. BENCH_LOG names a file
// for the log of the soak's bot, and BENCH_STACKS=1 shows what its goroutines do
// whenever it is measured.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt)
	defer release()
	say := func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	var err error
	switch word := append(os.Args, "")[1]; word {
	case "soak":
		err = soak(ctx, os.Args[2:], say)
	case "reconnect":
		err = reconnect(ctx, os.Args[2:], say)
	case "page":
		err = pages(ctx, os.Args[2:], say)
	case "bot":
		err = bot(ctx, os.Args[2:])
	default:
		err = fmt.Errorf("%q is none of soak, reconnect and page", word)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "discord:", err)
		release()
		os.Exit(1) //nolint:gocritic // release was called
	}
}
