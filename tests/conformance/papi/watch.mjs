// Values and entries pushed as they change, and heads.
export default async ({ client, api, key, until, Enum, from, to, amount }) => {
  const account = api.query.System.Account;
  const values = [];
  const seen = until(account.watchValue(to, { at: 'best' }), ({ value }) => {
    if (values.at(-1) !== value.data.free) values.push(value.data.free);
    return value.data.free > 0n ? values : undefined;
  });
  const numbers = [];
  const heads = until(client.finalizedBlock$, ({ number }) => {
    numbers.push(number);
    return numbers.length === 4 ? numbers : undefined;
  });
  const first = await until(account.watchEntries({ at: 'best' }), ({ entries }) => entries.length);
  const dest = Enum('Id', to);
  const done = await api.tx.Balances.transfer_keep_alive({ dest, value: BigInt(amount) }).signAndSubmit(key(from));
  const events = await api.event.Balances.Transfer.get(done.block.hash);
  return {
    ok: done.ok,
    values: await seen,
    heads: await heads,
    first,
    transfers: events.map(({ payload }) => payload.to),
  };
};
