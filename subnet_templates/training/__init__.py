"""Training as a subnet: paid for is the loss that an update removes from a shared model.

Owns what every training subnet needs and none changes: the codec of updates, their messages, the
step that everyone can repeat, data, evaluation, back ends. What its author changes is generated
from ``template``. Nothing here imports a library of models before a back end is opened.
"""
