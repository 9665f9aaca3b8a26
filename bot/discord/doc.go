// Package discord is Lectern on Discord: everything by slash command, button,
// menu and form, and no privileged intent. The library discordgo speaks to the
// gateway and the API, in version 10 of both. Ours is what it leaves open: a
// supervisor per shard, on a connection that it can cut, so that one ends and
// begins again rather than hang (line, shard); a gate through which every
// request goes (gate, road); and a renderer that is a pure function.
//
// Sources: Discord's developer documentation (Gateway, Rate Limits, Interactions,
// Message Components) and its published OpenAPI description.
package discord
