"""Fuzzing of all parsers of untrusted bytes: `python -m tests.fuzz all --seconds 60`.

`targets` names the parsers and checks their results; `seeds` holds the inputs to mutate;
`guided` and `generated` are the two engines. Inputs that fail are kept in `build/fuzz`, which
git ignores.
"""
