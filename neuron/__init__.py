"""What a miner and a validator need at run time: signed requests, scores, weights, state, payment.

Owns nothing of any one subnet's task: a mechanism (``taokit.neuron.mechanism``) says what is asked,
how an answer is checked and what it earns; the rest is here. No module imports torch. Names are in
the modules; importing this package costs nothing. It needs the extra ``taokit[neuron]``.
"""
