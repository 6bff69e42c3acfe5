// Runtime APIs as the metadata describes them.
'use strict';

module.exports = async ({ api, who }) => ({
  nonce: (await api.call.accountNonceApi.accountNonce(who)).toNumber(),
  cost: (await api.call.subnetRegistrationRuntimeApi.getNetworkRegistrationCost()).toNumber(),
  subnet: (await api.call.subnetInfoRuntimeApi.getDynamicInfo(1)).toJSON(),
  absent: (await api.call.subnetInfoRuntimeApi.getDynamicInfo(99)).toJSON(),
  price: (await api.call.swapRuntimeApi.currentAlphaPrice(1)).toNumber(),
  stakes: (await api.call.stakeInfoRuntimeApi.getStakeInfoForColdkey(who)).toJSON(),
});
