// Package bot is the core that knows no platform: what people ask (Event,
// Request), what they are told (Reply), what can be said (Command), and the
// Dispatcher between them, which parses lines, asks for what is missing,
// decides who may do what and writes help. Platforms stand behind Platform.
package bot
