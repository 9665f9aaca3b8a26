// A client that nobody here wrote, logged in as a device of its own, with keys.
Promise.withResolvers ??= function () { // older than Node 22
    let resolve, reject;
    const promise = new Promise((a, b) => { resolve = a; reject = b; });
    return { promise, resolve, reject };
};
export const sdk = await import("matrix-js-sdk");
const { logger } = await import("matrix-js-sdk/lib/logger.js");
logger.setLevel("silent");
for (const level of ["log", "info", "debug", "warn", "error", "trace"]) console[level] = () => {};

// A homeserver may keep threads and not say so among its versions, and then the
// client shows none.
const knowsThreads = async (resource, options) => {
    const response = await fetch(resource, options);
    if (!String(resource).endsWith("/_matrix/client/versions")) return response;
    const said = await response.json();
    return Response.json({ ...said, versions: [...said.versions, "v1.4"] });
};

export async function connect(baseUrl, user, password, { threads = false } = {}) {
    const login = await sdk.createClient({ baseUrl }).loginRequest({ type: "m.login.password", identifier: { type: "m.id.user", user }, password });
    const client = sdk.createClient({ baseUrl, userId: login.user_id, deviceId: login.device_id, accessToken: login.access_token, ...threads && { fetchFn: knowsThreads } });
    await client.initRustCrypto({ useIndexedDB: false });
    await client.startClient({ initialSyncLimit: 50, threadSupport: threads });
    await new Promise((done) => client.on(sdk.ClientEvent.Sync, (state) => state === "PREPARED" && done()));
    // Nobody can write to a device whose keys they cannot know yet.
    for (let known = {}; !known[login.user_id]?.[login.device_id]; await new Promise((done) => setTimeout(done, 50)))
        known = (await client.downloadKeysForUsers([login.user_id])).device_keys ?? {};
    return client;
}

// read calls look with each message that can be read, also when its key comes
// late.
export function read(client, see) {
    const look = (event) => event.isDecryptionFailure() || see(event);
    client.on(sdk.MatrixEventEvent.Decrypted, look);
    client.on(sdk.RoomEvent.Timeline, (event) => event.isEncrypted() ? event.attemptDecryption(client.getCrypto()).then(() => look(event), () => {}) : look(event));
}

// room makes an encrypted room with somebody in it.
export async function room(client, name, invite) {
    const { room_id } = await client.createRoom({
        preset: "private_chat", name, invite: [invite],
        initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    });
    return room_id;
}
