"""Queue calling (叫号排队): numbers, counters, calls, their order, their sound, and the screens for it.

For other parts of the server (`Queue`, queue/queue.py; all raise Problem with what to do next):

- `await queue.take(identity, source=..., actor=...)` gives somebody a number, or the one already held;
- `queue.of_candidate(admission)` is the queue ticket of an admission ticket number, or None;
- `await queue.call(counter, actor, ticket="")` calls the next one, or a certain one, to a counter;
- `await queue.served_candidate(admission, actor, counter="")` is what the identity desk says once an identity
  is settled: safe to call for somebody without a number (returns None) and twice;
- `await queue.recall / skip / no_show / served(ticket, actor)`, `transfer(...)`, `prioritise(...)`;
- `queue.counts(session)` and `queue.all_counts()` are the numbers for the record;
- `queue.listen(listener)` calls `listener()` once a change is on disk;
- `queue.on_taken` is awaited with a `TicketTaken` after a number was given: slips.py prints there.
"""
