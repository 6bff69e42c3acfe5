"""Inference as a subnet: paid for are verified tokens of one exact model.

Owns what every inference subnet needs and none changes: seeded sampling, the audit, back ends, the
wire messages, the buyer's API. What its author changes is generated from ``template``. Nothing here
imports a library of models before a back end is opened.
"""
