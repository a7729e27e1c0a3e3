"""Plain values into the types that a class declares: strictly, and never silently into something else.

convert.py        by an annotation: unions, containers, nested classes
plain_values.py   Python's own types
engine_values.py  NautilusTrader's types
instruments.py    instruments by their ids
refusal.py        the exception, with a rule and a remedy
"""
