// A transfer, from its estimated fee to finality.
'use strict';

module.exports = async ({ api, key, follow, from, to, amount }) => {
  const signer = key(from);
  const tx = api.tx.balances.transferKeepAlive(to, amount);
  const info = await tx.paymentInfo(signer);
  const balance = async (block, who) =>
    BigInt((await (await api.at(block)).query.system.account(who)).data.free.toString());
  const done = await follow(tx, signer);
  const header = await api.rpc.chain.getHeader(done.block);
  const spent = (await balance(header.parentHash, signer.address)) - (await balance(done.block, signer.address));
  const received = (await balance(done.block, to)) - (await balance(header.parentHash, to));
  const { block } = await api.rpc.chain.getBlock(done.block);
  return {
    ...done,
    estimate: info.partialFee.toNumber(),
    class: info.class.toString(),
    spent: Number(spent),
    received: Number(received),
    method: block.extrinsics[done.index].method.toHuman(),
    signer: block.extrinsics[done.index].signer.toString(),
    era: block.extrinsics[done.index].era.isMortalEra,
    first: `${block.extrinsics[0].method.section}.${block.extrinsics[0].method.method}`,
  };
};
