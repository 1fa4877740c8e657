"""Access: who may call, by which key, with which scopes. Everything done is attributed to an
actor.
"""
