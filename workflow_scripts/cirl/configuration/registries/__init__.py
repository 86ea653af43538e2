"""What can be chosen by name: a registry a kind, a row each, whose implementation is elsewhere.

A row says how the configuration, the checks, the rules and the report speak of a choice, and where
its implementation is found. Reading a registry imports none of them, so that the rules can.
"""
