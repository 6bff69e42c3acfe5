"""The gallery of subnet templates and the scaffolder. Nothing is in it yet."""
