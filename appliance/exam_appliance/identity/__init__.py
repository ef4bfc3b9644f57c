"""Who stands at the gate or sits at the seat (身份核验): codes, documents and faces against the roster.

`decision.decide` is the pure function from `facts.Facts` to a `Decision`. Who gathers facts (the desk's page,
the candidate's seat, an integrated terminal) calls the one service, `verifying.Verifying`:

- `begin(place, actor, document, ticket=..., card_picture=...)`: somebody is here; finds the candidate on the
  roster and gives a `Verification`, already decided on what is known.
- `look(id, live_picture, actor)`: compares the live picture and decides again.
- `settle(id, verdict, reason, actor, second)`: a person decides; a refusal is overturned only with a second.
- `give_seat(id, actor)`: room and seat are given once the verification has passed.
- `verified(ticket)`: the verification that a candidate passed, or None.

All of it is journalled (`identity.*`); pictures and facts are files of `evidence.Evidence`, by their SHA-256.
"""
