// Runs one step of this folder against a chain: `node run.mjs '{"url", "step", "arguments"}'`.
// Needs NODE_PATH to be the folder of packages. Prints `ANSWER` and what the step returned, as JSON.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const request = JSON.parse(process.argv[2]);

// Modules are not looked for in NODE_PATH: resolve them there by hand.
const { resolve } = createRequire(join(process.env.NODE_PATH, 'packages.js'));
const load = (name) => import(pathToFileURL(resolve(name)));

// What papi says while it works; a warning would hide a fault of ours.
const said = [];
for (const level of ['warn', 'error']) {
  console[level] = (...words) => said.push(words.map(String).join(' '));
}

const { createClient, Enum } = await load('polkadot-api');
const { getPolkadotSigner } = await load('polkadot-api/signer');
const { getWsProvider } = await load('polkadot-api/ws');
const { sr25519CreateDerive } = await load('@polkadot-labs/hdkd');
const { DEV_PHRASE, entropyToMiniSecret, mnemonicToEntropy } = await load('@polkadot-labs/hdkd-helpers');
const { default: WebSocket } = await load('ws');

const derive = sr25519CreateDerive(entropyToMiniSecret(mnemonicToEntropy(DEV_PHRASE)));

// The signer of a development key.
function key(name) {
  const pair = derive(`//${name}`);
  return getPolkadotSigner(pair.publicKey, 'Sr25519', pair.sign);
}

// Calls a function with what an observable tells, until it returns something.
function until(observable, take) {
  return new Promise((resolve, reject) => {
    let done = false;
    const subscription = observable.subscribe({
      next(told) {
        const found = done ? undefined : take(told);
        if (found === undefined) return;
        done = true;
        resolve(found);
        setTimeout(() => subscription.unsubscribe());
      },
      error: reject,
    });
  });
}

// Every message in and out, by method, to see which interface was spoken.
const methods = new Set();
const provider = getWsProvider(request.url, {
  websocketClass: WebSocket,
  logger(event) {
    const message = typeof event.msg === 'string' ? JSON.parse(event.msg) : event.msg;
    if (message?.method) methods.add(message.method);
  },
});
const client = createClient(provider);
const api = client.getUnsafeApi();
const { default: step } = await import(`./${request.step}.mjs`);

// Numbers above 2**53 and bytes, as JSON has neither.
function plain(name, value) {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : value;
}

try {
  const value = await step({ client, api, key, until, Enum, load, ...request.arguments });
  const answer = JSON.stringify({ value, said, methods: [...methods].sort() }, plain);
  process.stdout.write(`\nANSWER ${answer}\n`, () => process.exit(0));
} catch (error) {
  process.stderr.write(`${error.stack}\n${said.join('\n')}\n`, () => process.exit(1));
}
