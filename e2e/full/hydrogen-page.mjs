// Hydrogen, whole, as its own start does it; ?homeserver= is where one logs in.
import { FeatureSet, Platform, RootViewModel, createNavigation, createRouter } from "hydrogen-view-sdk";
import downloadSandbox from "hydrogen-view-sdk/download-sandbox.html?url";
import worker from "hydrogen-view-sdk/main.js?url";
import wasm from "@matrix-org/olm/olm.wasm?url";
import wasmBundle from "@matrix-org/olm/olm.js?url";
import legacyBundle from "@matrix-org/olm/olm_legacy.js?url";
import "hydrogen-view-sdk/theme-element-light.css";

const platform = new Platform({
    container: document.body,
    assetPaths: { downloadSandbox, worker, olm: { wasm, wasmBundle, legacyBundle }, serviceWorker: "sw.js" },
    config: { defaultHomeServer: new URLSearchParams(location.search).get("homeserver") },
});
const navigation = createNavigation();
platform.setNavigation(navigation);
await platform.init();
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const vm = new RootViewModel({ platform, urlRouter, navigation, features: await FeatureSet.load(platform.settingsStorage) });
await vm.load();
platform.createAndMountRootView(vm);
