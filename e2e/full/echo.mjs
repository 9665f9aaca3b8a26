// What Lectern in many rooms is measured beside: the least that a bot on
// matrix-bot-sdk does. It joins when it is invited, and answers "!echo …" with the
// same words.
import { createRequire } from "node:module";

// The library's encryption is a native part that is fetched from elsewhere; plain
// rooms do without.
const require = createRequire(import.meta.url);
const native = require.resolve("@matrix-org/matrix-sdk-crypto-nodejs");
require.cache[native] = { id: native, filename: native, loaded: true, exports: {} };
const { AutojoinRoomsMixin, LogLevel, LogService, MatrixClient, SimpleFsStorageProvider } = require("matrix-bot-sdk");

LogService.setLevel(LogLevel.ERROR);
const client = new MatrixClient(process.env.ECHO_HOMESERVER, process.env.ECHO_TOKEN, new SimpleFsStorageProvider(process.env.ECHO_STATE));
AutojoinRoomsMixin.setupOnClient(client);
client.on("room.message", async (room, event) => {
    const body = event.content?.body ?? "";
    if (!body.startsWith("!echo ") || event.sender === await client.getUserId()) return;
    await client.sendMessage(room, { msgtype: "m.notice", body: body.slice(6), "m.relates_to": { "m.in_reply_to": { event_id: event.event_id } } });
});
await client.start();
