// Runs one step of this folder against a chain: `node run.cjs '{"url", "step", "arguments"}'`.
// Needs NODE_PATH to hold @polkadot/api. Prints `ANSWER` and what the step returned, as JSON.
'use strict';

const { ApiPromise, Keyring, WsProvider } = require('@polkadot/api');

const request = JSON.parse(process.argv[2]);
const step = require(`./${request.step}.cjs`);

// What polkadot.js says while it works; a warning would hide a fault of ours.
const said = [];
for (const level of ['warn', 'error']) {
  console[level] = (...words) => said.push(words.map(String).join(' '));
}

function plainEvent({ event, phase }) {
  return {
    name: `${event.section}.${event.method}`,
    data: event.data.toJSON(),
    index: phase.isApplyExtrinsic ? phase.asApplyExtrinsic.toNumber() : null,
  };
}

// Sends a transaction and follows it to finality.
function follow(tx, signer, options = {}) {
  return new Promise((resolve, reject) => {
    const statuses = [];
    tx.signAndSend(signer, options, (update) => {
      statuses.push(update.status.type);
      if (update.isError) {
        reject(new Error(`the transaction ended as ${update.status.type}`));
      }
      if (update.status.isFinalized) {
        resolve({
          statuses,
          block: update.status.asFinalized.toHex(),
          index: update.txIndex,
          events: update.events.map(plainEvent),
          error: update.dispatchError ?? null,
        });
      }
    }).catch(reject);
  });
}

// What a rejected promise says, or null.
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return { code: error.code ?? null, message: error.message };
  }
  return null;
}

async function main() {
  const provider = new WsProvider(request.url);
  const api = await ApiPromise.create({ provider });
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  const key = (name) => keyring.addFromUri(`//${name}`);
  try {
    const value = await step({ api, provider, key, follow, refusal, ...request.arguments });
    process.stdout.write(`\nANSWER ${JSON.stringify({ value, said })}\n`);
  } finally {
    await api.disconnect();
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n${said.join('\n')}\n`);
    process.exit(1);
  },
);
