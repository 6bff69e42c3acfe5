"""The command line: parse, call a library, render. Holds no logic that needs no terminal."""
