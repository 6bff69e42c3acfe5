"""Who sent this, to whom, and just these bytes: signatures over requests and their answers.

Owns the codecs of signed requests (``btauth``, ``epistula``), what remembers used nonces,
signatures over responses and streams, and delegation. Opens no socket and knows no metagraph:
whether a proven sender may ask is the server's to say. Names are in the modules; importing this
costs nothing.
"""
