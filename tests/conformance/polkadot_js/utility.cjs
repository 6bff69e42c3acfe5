// Batches: one that works, one that stops at its failing call, and one that is undone whole.
'use strict';

module.exports = async ({ api, key, follow, from, to, amount }) => {
  const signer = key(from);
  const pay = (value) => api.tx.balances.transferKeepAlive(to, value);
  const gained = async (done) => {
    const header = await api.rpc.chain.getHeader(done.block);
    const free = async (block) =>
      (await (await api.at(block)).query.system.account(to)).data.free.toBigInt();
    return Number((await free(done.block)) - (await free(header.parentHash)));
  };
  const run = async (tx) => {
    const estimate = (await tx.paymentInfo(signer)).partialFee.toNumber();
    const done = await follow(tx, signer);
    const error = done.error && (done.error.isToken ? `Token.${done.error.asToken.type}` : done.error.toString());
    return { ...done, error, estimate, gained: await gained(done) };
  };
  const tooMuch = 10n ** 18n;
  return {
    works: await run(api.tx.utility.batch([pay(amount), pay(amount), api.tx.system.remark('0x00')])),
    stops: await run(api.tx.utility.batch([pay(amount), pay(tooMuch), pay(amount)])),
    forced: await run(api.tx.utility.forceBatch([pay(amount), pay(tooMuch), pay(amount)])),
    undone: await run(api.tx.utility.batchAll([pay(amount), pay(tooMuch)])),
  };
};
