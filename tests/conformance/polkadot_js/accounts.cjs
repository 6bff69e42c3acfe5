// Accounts: one, one that is not there, one in the past, several at once, and all of them.
'use strict';

module.exports = async ({ api, rich, absent, count }) => {
  const free = (info) => info.data.free.toString();
  const genesis = await api.at(api.genesisHash);
  const entries = await genesis.query.system.account.entries();
  const paged = [];
  let startKey = '';
  for (;;) {
    const page = await genesis.query.system.account.entriesPaged({ args: [], pageSize: count, startKey });
    paged.push(...page.map(([key]) => key.args[0].toString()));
    if (page.length < count) break;
    startKey = page[page.length - 1][0].toHex();
  }
  const [first] = await genesis.query.system.account.keys();
  return {
    rich: free(await genesis.query.system.account(rich)),
    now: (await api.query.system.account(rich)).toJSON(),
    absent: (await api.query.system.account(absent)).toJSON(),
    several: (await api.query.system.account.multi([rich, absent])).map((info) => free(info) !== '0'),
    entries: Object.fromEntries(entries.map(([key, info]) => [key.args[0].toString(), free(info)])),
    paged,
    first: first.args[0].toString(),
    hash: (await api.query.system.account.hash(rich)).toHex(),
    size: (await api.query.system.account.size(rich)).toNumber(),
  };
};
