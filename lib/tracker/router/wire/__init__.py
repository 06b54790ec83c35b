"""HTTP/1.1 to the providers: bytes, connections, the pool of warm ones."""
