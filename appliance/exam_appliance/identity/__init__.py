"""Who stands at the gate or sits at the seat (身份核验): codes, documents and faces against the roster."""
