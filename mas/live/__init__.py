"""One live account as a client sees it: the session, what watches it, what it subscribes to."""
