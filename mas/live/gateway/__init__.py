"""What stands next to a terminal: looks at an account, records what happens, tells one follower.

It knows nothing of clients, callbacks and panels, and can run in another process than they do.
"""
