package main

// A service is a fake of a platform, with the platform's own rules about what
// it takes for the same post, that answers badly until it is calmed. Another
// platform joins the harness by another one of these.
type service interface {
	// name is the platform's, as rooms bear it.
	name() string
	// room makes a room that the bot is in.
	room(n int) string
	// person makes somebody who organises the group of the n-th room.
	person(n int) string
	// settings are the environment that connects a bot to it.
	settings(dir string) []string
	// trap calls kill at a moment of the n-th send from now. What it returns is
	// closed when the bot is first heard of.
	trap(at moment, n int, kill func()) (heard <-chan struct{})
	// forget starts the service anew: what it does not keep on a disk is gone.
	forget()
	// calm lets it answer well from now on.
	calm()
	// posts are what the rooms hold, in order.
	posts() []post
	// told counts how sends were answered.
	told() string
	// witness notes what happens to the bot.
	witness(format string, args ...any)
	// tell is what happened to a post, a line each.
	tell(p post) []string
	// wrong are requests that the platform would refuse as malformed.
	wrong() []string
	close()
}

// A post is a message that a room holds.
type post struct{ room, key, text string }
