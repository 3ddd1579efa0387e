"""Supervision of processors 委託先の監督: who was evaluated, by what, with which result, and when again.

The register of processors and their contracts is `registry.processors`; a contract in force says nothing of
how somebody handles data, and an evaluation nothing of the contract (APPI Art. 25; J.9.4).
"""
