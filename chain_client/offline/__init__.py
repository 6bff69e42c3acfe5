"""Transactions as files: made on one machine, signed on another, sent from a third."""
