// Package discordtest is a Discord to test against: a gateway and a REST API
// on the loopback interface, with people in it.
//
// A test makes a server, puts a guild with a channel and somebody into it,
// points a bot at it and does what a person does:
//
//	srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now})
//	guild := srv.AddGuild("Readers")
//	room := srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
//	ana := srv.AddMember(guild, srv.AddUser("ana"))
//
//	… start the bot: api_url = srv.URL(), token = srv.Token() …
//	srv.WaitReady(t.Context())
//
//	in, err := srv.Command(ana, room, "passage", discordtest.Values{"citation": "wright 37"})
//	seen, err := in.Wait(t.Context()) // what ana sees; seen.Message, seen.Modal, seen.Choices
//	in, err = srv.Press(ana, seen.Message.ID, "the button's custom_id or its label")
//
// # What it is strict about
//
// Whatever the bot sends is held against Discord's own description of its API,
// where it is there (Options.Description), and always against the rules that
// the description does not hold: see [Rules]. What Discord would refuse is
// refused in Discord's words, with Discord's codes, and is kept in
// [Server.Refusals]; a server made by [NewServer] fails its test over each one
// that the test did not take with [Server.TakeRefusals]. One rule is not Discord's
// but the house's: a message that could ping somebody says who may be pinged.
//
// What a person's client would not let them do, the methods that play a person
// return as an error: calling a command that is not registered, leaving out a
// required option, pressing a button that is not there.
//
// # State
//
// Guilds, channels, threads, messages, members, rights, polls and events are
// kept; a missing right is a 403 with code 50013 or 50001 as Discord computes
// it. Interactions must be answered once (a second time is 40060) and within
// three seconds of the server's clock (later is 10062), and their tokens last
// a quarter of an hour. A nonce that is enforced finds the message of the past
// few minutes that carries it. The clock is Options.Now plus what
// [Server.Advance] added.
//
// # Faults
//
// [Server.Fail] puts faults before the requests to come: server errors, rate
// limits, HTML of the edge, slowness, answers that are lost after the work was
// done. [Server.FailGateway] does it to connections, [Server.Disconnect],
// [Server.Reconnect], [Server.Invalidate] and [Server.CloseWith] to those that
// are open. Rate limits are real (Options.NoLimits turns them off), and 10,000
// answers of 401, 403 or 429 within ten minutes ban the caller.
//
// [Server.Page] draws messages as HTML, for pictures.
//
// Answers and events hold what Discord's have, in API version 10; paths of
// version 9 are taken too.
package discordtest
