// What is refused, and how papi understands it.
export default async ({ api, client, key, Enum, to }) => {
  const dest = Enum('Id', to);
  const refusal = (promise) => promise.then(() => null, (error) => error.error ?? error.message);
  const poor = await refusal(api.tx.Balances.transfer_keep_alive({ dest, value: 1n }).signAndSubmit(key('Nobody')));
  const much = await api.tx.Balances.transfer_keep_alive({ dest, value: 10n ** 18n }).signAndSubmit(key('Bob'));
  const sudo = api.tx.Sudo.sudo({ call: api.tx.System.remark({ remark: new Uint8Array() }).decodedCall });
  const calls = [1000n, 10n ** 18n].map(
    (value) => api.tx.Balances.transfer_keep_alive({ dest, value }).decodedCall,
  );
  const batch = await api.tx.Utility.batch({ calls }).signAndSubmit(key('Bob'));
  return {
    poor,
    much: [much.ok, much.dispatchError],
    stranger: await refusal(sudo.signAndSubmit(key('Bob'))),
    own: (await sudo.signAndSubmit(key('Alice'))).ok,
    batch: batch.events.filter(({ type }) => type === 'Utility').map(({ value }) => [value.type, value.value]),
    unknown: await refusal(api.query.NoPallet.NoItem.getValue()),
    block: await refusal(client.getBlockHeader(`0x${'11'.repeat(32)}`)),
  };
};
