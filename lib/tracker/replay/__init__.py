"""Router replay: what another routing policy would have delivered on a ledger's windows."""
