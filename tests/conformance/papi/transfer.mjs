// A transfer, from its estimated fee to finality, followed step by step.
export default async ({ client, api, key, until, Enum, from, to, amount }) => {
  const signer = key(from);
  const tx = api.tx.Balances.transfer_keep_alive({ dest: Enum('Id', to), value: BigInt(amount) });
  const estimate = await tx.getEstimatedFees(signer.publicKey);
  const steps = [];
  const final = await until(tx.signSubmitAndWatch(signer), (event) => {
    steps.push(event.type);
    return event.type === 'finalized' ? event : undefined;
  });
  const received = await api.query.System.Account.getValue(to, { at: final.block.hash });
  const body = await client.getBlockBody(final.block.hash);
  return {
    estimate,
    steps,
    ok: final.ok,
    events: final.events.map(({ type, value }) => `${type}.${value.type}`),
    paid: final.events.find(({ value }) => value.type === 'TransactionFeePaid').value.value.actual_fee,
    received: received.data.free,
    index: final.block.index,
    count: body.length,
  };
};
