"""Fuzzing of everything that reads bytes from outside: `python -m tests.fuzz all --seconds 60`.

`targets` says what is read and what must hold; `seeds` where mutation starts; `guided` and
`generated` are the two engines. Found inputs go to `build/fuzz`, which git ignores.
"""
