// A subnet registered and started, then read by runtime calls.
export default async ({ api, key, from, hotkey }) => {
  const signer = key(from);
  const cost = await api.apis.SubnetRegistrationRuntimeApi.get_network_registration_cost();
  const created = await api.tx.SubtensorModule.register_network({ hotkey }).signAndSubmit(signer);
  const added = created.events.find(({ value }) => value.type === 'NetworkAdded');
  const netuid = added.value.value[0];
  const started = await api.tx.SubtensorModule.start_call({ netuid }).signAndSubmit(signer);
  const staked = await api.tx.SubtensorModule.add_stake({
    hotkey,
    netuid,
    amount_staked: 5_000_000_000n,
  }).signAndSubmit(signer);
  const info = await api.apis.SubnetInfoRuntimeApi.get_dynamic_info(netuid);
  const stakes = await api.apis.StakeInfoRuntimeApi.get_stake_info_for_coldkey(info.owner_coldkey);
  return {
    cost,
    results: [created.ok, started.ok, staked.ok],
    netuid,
    owner: [info.owner_coldkey, info.owner_hotkey],
    stakes: stakes.map(({ hotkey, netuid }) => [hotkey, netuid]),
    price: await api.apis.SwapRuntimeApi.current_alpha_price(1),
  };
};
