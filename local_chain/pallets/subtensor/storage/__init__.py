"""Every storage item of SubtensorModule, by what it is about."""
