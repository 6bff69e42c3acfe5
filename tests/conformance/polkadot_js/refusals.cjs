// What the node says to what it does not have or take.
'use strict';

module.exports = async ({ api, provider, key, follow, refusal, to }) => {
  const signer = key('Dave');
  const unknownCall = async () => {
    const tx = await api.tx.system.remark('0x00').signAsync(signer);
    const bytes = tx.toU8a();
    bytes[bytes.length - 4] = 255; // the pallet's index, before call 0 and a remark of one byte
    return provider.send('author_submitExtrinsic', [api.createType('Bytes', bytes).toHex()]);
  };
  const failed = await follow(api.tx.balances.transferKeepAlive(to, 10n ** 18n), signer);
  await follow(api.tx.system.remark('0x00'), signer);
  return {
    absent: [api.tx.balances.noSuchCall === undefined, api.query.noSuchPallet === undefined],
    method: await refusal(provider.send('no_such_method', [])),
    runtimeCall: await refusal(provider.send('state_call', ['NoSuchApi_method', '0x'])),
    block: await refusal(provider.send('state_getStorage', ['0x00', `0x${'11'.repeat(32)}`])),
    header: await provider.send('chain_getHeader', [`0x${'11'.repeat(32)}`]),
    unknownCall: await refusal(unknownCall()),
    garbage: await refusal(provider.send('author_submitExtrinsic', ['0x0c8400ff'])),
    stale: await refusal(follow(api.tx.system.remark('0x00'), signer, { nonce: 0 })),
    poor: await refusal(follow(api.tx.system.remark('0x00'), key('Nobody'))),
    failed: failed.error.toJSON(),
  };
};
