"""Generation: what analyses and plans share, each a live document that a trigger completes.

Owns no collection.
"""
