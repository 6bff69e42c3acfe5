// Who the chain says it is, constants of its runtime, and blocks.
export default async ({ client, api }) => {
  const spec = await client.getChainSpecData();
  const best = await client.getBestBlocks();
  const header = await client.getBlockHeader(best[0].hash);
  const version = await api.constants.System.Version();
  return {
    name: spec.name,
    genesis: spec.genesisHash,
    properties: spec.properties,
    version: [version.spec_name, version.spec_version],
    deposit: await api.constants.Balances.ExistentialDeposit(),
    slot: await api.constants.Aura.SlotDuration(),
    best: best.map(({ hash, number, parent }) => ({ hash, number, parent })),
    header: { number: header.number, parent: header.parentHash },
    body: (await client.getBlockBody(best[0].hash)).length,
    finalized: (await client.getFinalizedBlock()).number,
  };
};
