"""Other people's drawings: named vector artwork with free licences and exact mattes.

A development tool: the drawings are fetched into the user's cache, nothing of them is committed or
shipped. The bundled model learns from them, and is measured on an artist that it never learnt from.
"""
