// Accounts: one, several, all of them, at the best block and in the past.
export default async ({ client, api, rich, absent }) => {
  const account = api.query.System.Account;
  const entries = await account.getEntries({ at: 'best' });
  const { genesisHash: genesis } = await client.getChainSpecData();
  return {
    rich: (await account.getValue(rich)).data.free,
    absent: (await account.getValue(absent)).nonce,
    several: (await account.getValues([[rich], [absent]])).map(({ data }) => data.free > 0n),
    entries: Object.fromEntries(entries.map(({ keyArgs, value }) => [keyArgs[0], value.data.free])),
    past: (await account.getValue(rich, { at: genesis })).data.free,
    networks: (await api.query.SubtensorModule.NetworksAdded.getEntries()).map(({ keyArgs }) => keyArgs[0]),
    tempo: await api.query.SubtensorModule.Tempo.getValue(1),
  };
};
