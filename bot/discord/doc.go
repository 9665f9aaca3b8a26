// Package discord is Lectern on Discord: everything by slash command, button,
// menu and form, and no privileged intent. It speaks version 10 of Discord's
// API by itself: a gateway connection per shard that ends and begins again
// rather than hang, a gate through which every request goes, and a renderer
// that is a pure function.
//
// Sources: Discord's developer documentation (Gateway, Rate Limits, Interactions,
// Message Components) and its published OpenAPI description.
package discord
