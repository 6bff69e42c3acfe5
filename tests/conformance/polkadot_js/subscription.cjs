// Storage and heads as they change, and the silence after unsubscribing.
'use strict';

// Collects what a subscription says; `until(n)` waits for the n-th.
function collected() {
  const values = [];
  let check = () => {};
  return {
    values,
    push: (value) => {
      values.push(value);
      check();
    },
    until: (count) =>
      new Promise((resolve) => {
        check = () => values.length >= count && resolve(values.slice(0, count));
        check();
      }),
  };
}

module.exports = async ({ api, key, follow, from, to, amount }) => {
  const { account } = api.query.system;
  const pay = () => follow(api.tx.balances.transferKeepAlive(to, amount), key(from));
  const one = collected();
  const several = collected();
  const stopOne = await account(to, (info) => one.push(info.data.free.toNumber()));
  const stopSeveral = await api.queryMulti([[account, to], api.query.sudo.key], ([info, admin]) =>
    several.push([info.data.free.toNumber(), admin.toString()]),
  );
  await pay();
  const before = await one.until(2);
  stopOne();
  await pay();
  const all = await several.until(3);
  stopSeveral();
  const heads = collected();
  const stopHeads = await api.rpc.chain.subscribeNewHeads((head) => heads.push(head.number.toNumber()));
  const final = collected();
  const stopFinal = await api.rpc.chain.subscribeFinalizedHeads((head) => final.push(head.number.toNumber()));
  const result = { before, after: one.values, all, heads: await heads.until(3), final: await final.until(3) };
  stopHeads();
  stopFinal();
  return result;
};
