// Who the chain says it is, and constants of its runtime.
'use strict';

module.exports = async ({ api }) => ({
  chain: (await api.rpc.system.chain()).toString(),
  name: (await api.rpc.system.name()).toString(),
  health: (await api.rpc.system.health()).toJSON(),
  genesis: [api.genesisHash.toHex(), (await api.rpc.chain.getBlockHash(0)).toHex()],
  spec: [api.runtimeVersion.specName.toString(), api.runtimeVersion.specVersion.toNumber()],
  metadata: api.runtimeMetadata.version,
  tokens: [api.registry.chainTokens, api.registry.chainDecimals, api.registry.chainSS58],
  deposit: api.consts.balances.existentialDeposit.toNumber(),
  slot: api.consts.aura.slotDuration.toNumber(),
  version: api.consts.system.version.specVersion.toNumber(),
  pallets: Object.keys(api.tx).sort(),
});
