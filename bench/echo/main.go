// Command echo is what Lectern on Matrix is measured beside: the least that a
// bot on the same library does. It answers "!echo …" with the same words, and
// keeps nothing. It takes the homeserver, the account and its token from
// ECHO_HOMESERVER, ECHO_USER and ECHO_TOKEN.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil && ctx.Err() == nil {
		log.Fatal(err) //nolint:gocritic // stop need not run when the process ends
	}
}

func run(ctx context.Context) error {
	me := id.UserID(os.Getenv("ECHO_USER"))
	cli, err := mautrix.NewClient(os.Getenv("ECHO_HOMESERVER"), me, os.Getenv("ECHO_TOKEN"))
	if err != nil {
		return err
	}
	syncer := mautrix.NewDefaultSyncer()
	syncer.OnEventType(event.StateMember, func(ctx context.Context, e *event.Event) {
		if e.GetStateKey() == string(me) && e.Content.AsMember().Membership == event.MembershipInvite {
			if _, err := cli.JoinRoomByID(ctx, e.RoomID); err != nil {
				log.Print(err)
			}
		}
	})
	syncer.OnEventType(event.EventMessage, func(ctx context.Context, e *event.Event) {
		words, ok := strings.CutPrefix(e.Content.AsMessage().Body, "!echo ")
		if !ok || e.Sender == me {
			return
		}
		answer := &event.MessageEventContent{MsgType: event.MsgNotice, Body: words, RelatesTo: (&event.RelatesTo{}).SetReplyTo(e.ID)}
		if _, err := cli.SendMessageEvent(ctx, e.RoomID, event.EventMessage, answer); err != nil {
			log.Print(err)
		}
	})
	cli.Syncer = syncer
	return cli.SyncWithContext(ctx)
}
