#!/bin/sh
# Hands a hook's input to `tracker session-hook`. Never stands in the way of the session: without the toolkit on
# PATH, or when it fails, the hook has nothing to say. Status 2 would block the client.
command -v tracker >/dev/null 2>&1 || exit 0
tracker session-hook || exit 0
