"""What the conformance tests share: the server's life, clients, raw HTTP, recording of answers."""
