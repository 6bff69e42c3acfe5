// The sudo key writes raw storage and sets parameters of the network; nobody else does.
'use strict';

module.exports = async ({ api, key, follow, refusal, netuid, tempo, rate }) => {
  const { sudo, system, adminUtils } = api.tx;
  const admin = key('Alice');
  const sudid = ({ events }) => events.find(({ name }) => name === 'sudo.Sudid').data[0];
  const { tempo: tempoOf, txRateLimit } = api.query.subtensorModule;
  const raw = [tempoOf.key(netuid), api.createType('u16', tempo).toHex(true)];
  const written = await follow(sudo.sudo(system.setStorage([raw])), admin);
  const set = await follow(sudo.sudo(adminUtils.sudoSetTxRateLimit(rate)), admin);
  const refused = await follow(
    sudo.sudo(adminUtils.sudoSetNetworkPowRegistrationAllowed(netuid, true)), admin);
  const { index, error } = sudid(refused).err.module;
  const found = api.registry.findMetaError({
    index: api.createType('u8', index),
    error: api.createType('[u8; 4]', error),
  });
  const direct = await follow(adminUtils.sudoSetTxRateLimit(rate + 1), key('Bob'));
  return {
    key: (await api.query.sudo.key()).toString(),
    written: sudid(written),
    tempo: (await tempoOf(netuid)).toNumber(),
    set: sudid(set),
    refused: [refused.error, found.section, found.name, found.docs.join(' ').trim().length > 0],
    stranger: await refusal(follow(sudo.sudo(system.remark('0x00')), key('Bob'))),
    direct: direct.error.type,
    rate: (await txRateLimit()).toNumber(),
  };
};
