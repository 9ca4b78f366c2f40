-------------------------------- MODULE Raft --------------------------------
(***************************************************************************)
(* One Raft group as the code has it: memory and disk apart, writes under  *)
(* way between them, every message kept for good (it may arrive at any     *)
(* time, late, twice or never), and what binds voters to a leader. Made    *)
(* for matching: each action is a step of the implementation that a run of *)
(* the simulation names with its parameters (RaftTrace.tla). It is too     *)
(* fine to be searched: the algorithm is in Lease.tla, and here each state *)
(* that a run comes to is held against the invariants.                     *)
(*                                                                         *)
(* There is no time. Support between stores ends when the store that gives *)
(* it says so; that a leader stops counting on it before is shown by       *)
(* Lease.tla, and here is asked of every lease that a run had.             *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Stores,        \* one voter of the group on each
  None,
  MaxTerm        \* of all runs that are matched

VARIABLES
  mem,       \* per store: what it knows; role, commit, applied, gaveUp are lost with it
  up,
  queue,     \* per store: what was handed to the disk and is not durable, oldest first
  disk,
  epoch,     \* of each store, for the support that others give it
  floor,     \* [supporter][store]: support of lower epochs has ended, durably
  msgs,      \* all that was ever sent, but for entries
  sent,      \* [term]: the log of its leader, any prefix of which may arrive
  \* History, for guards and invariants.
  voted,     \* <<term, voter, candidate>> that were durable once
  bound,     \* <<term, voter, leader, epoch>> likewise
  stored,    \* [term][store]: of sent[term], how much was durable in that term
  committed, \* by anybody
  acked,     \* the highest index that a leader has applied, and so may have answered for
  ledBy

vars == <<mem, up, queue, disk, epoch, floor, msgs, sent, voted, bound, stored, committed, acked,
          ledBy>>
history == <<voted, bound, stored, committed, acked, ledBy>>

Terms == 1..MaxTerm
Quorum(set) == 2 * Cardinality(set) > Cardinality(Stores)
Max(a, b) == IF a > b THEN a ELSE b
Prefix(p, s) == Len(p) <= Len(s) /\ p = SubSeq(s, 1, Len(p))
Common(a, b) ==
  LET shorter == IF Len(a) < Len(b) THEN Len(a) ELSE Len(b)
      RECURSIVE From(_)
      From(n) == IF n < shorter /\ a[n + 1] = b[n + 1] THEN From(n + 1) ELSE n
  IN  From(0)

\* An entry is its term and the write that it holds, 0 for a no-op. All logs begin with the same one.
Base == <<[term |-> 1, write |-> 0]>>
LastTerm(s) == s[Len(s)].term
Free == [term |-> 0, leader |-> None, epoch |-> 0]
Durable(m) == [term |-> m.term, vote |-> m.vote, log |-> m.log, fort |-> m.fort]
Remembered(d) ==
  [term |-> d.term, vote |-> d.vote, log |-> d.log, fort |-> d.fort,
   role |-> "follower", commit |-> 1, applied |-> 1, gaveUp |-> FALSE]

Init ==
  LET first == [term |-> 1, vote |-> None, log |-> Base, fort |-> Free] IN
  /\ mem = [s \in Stores |-> Remembered(first)]
  /\ up = [s \in Stores |-> TRUE]
  /\ queue = [s \in Stores |-> <<>>]
  /\ disk = [s \in Stores |-> first]
  /\ epoch = [s \in Stores |-> 1]
  /\ floor = [v \in Stores |-> [s \in Stores |-> 0]]
  /\ msgs = {}
  /\ sent = [t \in Terms |-> <<>>]
  /\ voted = {} /\ bound = {}
  /\ stored = [t \in Terms |-> [s \in Stores |-> 0]]
  /\ committed = Base
  /\ acked = 1
  /\ ledBy = {}

-----------------------------------------------------------------------------
\* What a store knows.

\* R1: a fortified voter is bound until its store has ended the support, which is explicit.
Bound(v) == mem[v].fort # Free /\ floor[v][mem[v].fort.leader] <= mem[v].fort.epoch
Leads(s) == up[s] /\ mem[s].role = "leader"

\* R2: an entry of the leader's own term is applied.
Ready(l) == Leads(l) /\ mem[l].log[mem[l].applied].term = mem[l].term

\* R1, with what is known of the supporters in place of when they promised it until.
LeaseValid(l) ==
  /\ Ready(l) /\ ~mem[l].gaveUp
  /\ Quorum({l} \cup {v \in Stores \ {l} :
       /\ floor[v][l] <= epoch[l]
       /\ [type |-> "fortified", term |-> mem[l].term, from |-> v, to |-> l,
           epoch |-> epoch[l]] \in msgs})

-----------------------------------------------------------------------------
\* The disk.

\* What a store knows is handed to its disk.
Write(s) ==
  /\ up[s]
  /\ queue' = [queue EXCEPT ![s] = Append(@, Durable(mem[s]))]
  /\ UNCHANGED <<mem, up, disk, epoch, floor, msgs, sent, history>>

\* Writes become durable in their order.
Reach(s, n) ==
  LET done == {queue[s][k] : k \in 1..n}
      Through(t) == {Common(d.log, sent[t]) : d \in {x \in done : x.term = t}} \cup {stored[t][s]}
  IN
  /\ n <= Len(queue[s])
  /\ disk' = [disk EXCEPT ![s] = IF n = 0 THEN @ ELSE queue[s][n]]
  /\ voted' = voted \cup {<<d.term, s, d.vote>> : d \in {x \in done : x.vote # None}}
  /\ bound' = bound \cup
       {<<d.fort.term, s, d.fort.leader, d.fort.epoch>> : d \in {x \in done : x.fort # Free}}
  /\ stored' = [t \in Terms |->
       IF \E d \in done : d.term = t
       THEN [stored[t] EXCEPT ![s] = CHOOSE n2 \in Through(t) : \A m \in Through(t) : m <= n2]
       ELSE stored[t]]

Persist(s, n) ==
  /\ up[s] /\ n > 0 /\ Reach(s, n)
  /\ queue' = [queue EXCEPT ![s] = SubSeq(@, n + 1, Len(@))]
  /\ UNCHANGED <<mem, up, epoch, floor, msgs, sent, committed, acked, ledBy>>

\* A crash keeps any prefix of what was under way.
Crash(s, n) ==
  /\ up[s] /\ Reach(s, n)
  /\ up' = [up EXCEPT ![s] = FALSE]
  /\ queue' = [queue EXCEPT ![s] = <<>>]
  /\ UNCHANGED <<mem, epoch, floor, msgs, sent, committed, acked, ledBy>>

Start(s) ==
  /\ ~up[s]
  /\ up' = [up EXCEPT ![s] = TRUE]
  /\ mem' = [mem EXCEPT ![s] = Remembered(disk[s])]
  /\ epoch' = [epoch EXCEPT ![s] = @ + 1]
  /\ UNCHANGED <<queue, disk, floor, msgs, sent, history>>

-----------------------------------------------------------------------------
\* Elections.

Changes(m) == mem' = m /\ UNCHANGED <<up, queue, disk, epoch, floor, msgs, sent, history>>
Sends(m) == msgs' = msgs \cup {m} /\ UNCHANGED <<mem, up, queue, disk, epoch, floor, sent, history>>

\* A later term is heard of: somebody's disk has it.
Follow(s, t) ==
  /\ up[s] /\ t > mem[s].term
  /\ \E o \in Stores \ {s} : disk[o].term >= t
  /\ Changes([mem EXCEPT ![s].term = t, ![s].vote = None, ![s].role = "follower",
                         ![s].gaveUp = FALSE])

\* `transfer`: the term's leader asked for it (thesis 3.10).
Campaign(s, transfer) ==
  /\ up[s] /\ mem[s].role # "leader" /\ mem[s].term < MaxTerm
  /\ IF transfer THEN [type |-> "timeoutNow", term |-> mem[s].term, to |-> s] \in msgs
     ELSE ~Bound(s)
  /\ Changes([mem EXCEPT ![s].term = @ + 1, ![s].vote = s, ![s].role = "candidate"])

\* Would it be elected in the next term (thesis 9.6)? Who asks this leads no more, nor will it in its
\* term, though none of it is written.
PreAsk(s, t) ==
  /\ up[s] /\ mem[s].role = "follower" /\ mem[s].term + 1 = t
  /\ Sends([type |-> "preAsk", term |-> t, from |-> s])

\* Own vote and log are durable before it asks (thesis 3.4). A request that was held up by the disk
\* may come out when its sender stands no more.
Ask(s, t, lastTerm, len, transfer) ==
  /\ up[s]
  /\ <<t, s, s>> \in voted
  /\ mem[s].term = t /\ mem[s].role = "candidate" =>
       Len(disk[s].log) = len /\ LastTerm(disk[s].log) = lastTerm
  /\ transfer => \E m \in msgs : m.type = "timeoutNow" /\ m.to = s /\ m.term < t
  /\ Sends([type |-> "ask", term |-> t, from |-> s, lastTerm |-> lastTerm, len |-> len,
            transfer |-> transfer])

\* In memory; the answer leaves by Grant.
Vote(v, c) ==
  LET m == mem[v] IN
  /\ up[v] /\ v # c /\ m.role # "leader"
  /\ m.vote = None
  /\ \E a \in msgs :
       /\ a.type = "ask" /\ a.from = c /\ a.term = m.term
       /\ \/ a.lastTerm > LastTerm(m.log)
          \/ a.lastTerm = LastTerm(m.log) /\ a.len >= Len(m.log)
       /\ Bound(v) => a.transfer
  /\ Changes([mem EXCEPT ![v].vote = c])

Grant(v, c, t) ==
  /\ up[v]
  /\ <<t, v, c>> \in voted
  /\ Sends([type |-> "grant", term |-> t, from |-> v, to |-> c])

\* The term's no-op is in the log before anything else happens (thesis 6.4).
Lead(c) ==
  LET t == mem[c].term
      longer == Append(mem[c].log, [term |-> t, write |-> 0])
  IN
  /\ up[c] /\ mem[c].role = "candidate"
  /\ Quorum({v \in Stores : \/ v = c /\ <<t, c, c>> \in voted
                            \/ [type |-> "grant", term |-> t, from |-> v, to |-> c] \in msgs})
  /\ mem' = [mem EXCEPT ![c].role = "leader", ![c].log = longer, ![c].fort = Free,
                        ![c].gaveUp = FALSE]
  /\ sent' = [sent EXCEPT ![t] = longer]
  /\ ledBy' = ledBy \cup {<<t, c>>}
  /\ UNCHANGED <<up, queue, disk, epoch, floor, msgs, voted, bound, stored, committed, acked>>

StepDown(s) ==
  /\ up[s] /\ mem[s].role # "follower"
  /\ Changes([mem EXCEPT ![s].role = "follower", ![s].gaveUp = FALSE])

-----------------------------------------------------------------------------
\* The log.

Propose(l, w) ==
  /\ Leads(l)
  /\ mem' = [mem EXCEPT ![l].log = Append(@, [term |-> mem[l].term, write |-> w])]
  /\ sent' = [sent EXCEPT ![mem[l].term] = mem'[l].log]
  /\ UNCHANGED <<up, queue, disk, epoch, floor, msgs, voted, bound, stored, committed, acked, ledBy>>

\* Entries come: behind it, or in the place of what contradicts them and is not committed. What
\* agrees is not cut off (thesis figure 3.1).
Accept(v, longer) ==
  LET m == mem[v] IN
  /\ up[v] /\ m.role # "leader"
  /\ Prefix(longer, sent[m.term])
  /\ ~Prefix(longer, m.log)
  /\ Common(longer, m.log) >= m.commit
  /\ Changes([mem EXCEPT ![v].log = longer, ![v].role = "follower"])

\* Through n the leader's log was durable here in its term.
Ack(v, t, n) ==
  /\ up[v]
  /\ \/ n <= stored[t][v]
     \/ disk[v].term = t /\ n <= Common(sent[t], disk[v].log)
  /\ stored' = [stored EXCEPT ![t][v] = Max(@, n)]
  /\ msgs' = msgs \cup {[type |-> "ack", term |-> t, from |-> v, len |-> n]}
  /\ UNCHANGED <<mem, up, queue, disk, epoch, floor, sent, voted, bound, committed, acked, ledBy>>

\* Thesis 3.6.2.
Commit(l, n) ==
  LET t == mem[l].term IN
  /\ Leads(l) /\ n > mem[l].commit /\ n <= Len(mem[l].log)
  /\ mem[l].log[n].term = t
  /\ Quorum({v \in Stores :
       \/ v = l /\ n <= stored[t][l]
       \/ \E m \in msgs : m.type = "ack" /\ m.term = t /\ m.from = v /\ m.len >= n})
  /\ mem' = [mem EXCEPT ![l].commit = n]
  /\ committed' = IF n > Len(committed) THEN SubSeq(mem[l].log, 1, n) ELSE committed
  /\ UNCHANGED <<up, queue, disk, epoch, floor, msgs, sent, voted, bound, stored, acked, ledBy>>

\* Another's commit index, or what was known before a restart.
Learn(v, n) ==
  /\ up[v] /\ n > mem[v].commit /\ n <= Len(mem[v].log)
  /\ Prefix(SubSeq(mem[v].log, 1, n), committed)
  /\ Changes([mem EXCEPT ![v].commit = n])

\* What is committed and durable here. A leader answers who waits for it.
Apply(s, n) ==
  /\ up[s] /\ n > mem[s].applied /\ n <= mem[s].commit /\ n <= Len(disk[s].log)
  /\ mem' = [mem EXCEPT ![s].applied = n]
  /\ acked' = IF Leads(s) THEN Max(acked, n) ELSE acked
  /\ UNCHANGED <<up, queue, disk, epoch, floor, msgs, sent, voted, bound, stored, committed, ledBy>>

-----------------------------------------------------------------------------
\* What binds to a leader.

\* v supports s in epoch e, or ends its support of the one before.
Support(v, s, e) ==
  /\ e > floor[v][s]
  /\ floor' = [floor EXCEPT ![v][s] = e]
  /\ UNCHANGED <<mem, up, queue, disk, epoch, msgs, sent, history>>

RaiseEpoch(s, e) ==
  /\ e > epoch[s]
  /\ epoch' = [epoch EXCEPT ![s] = e]
  /\ UNCHANGED <<mem, up, queue, disk, floor, msgs, sent, history>>

Fortify(v, t, l, e) ==
  /\ up[v] /\ mem[v].role = "follower" /\ mem[v].term = t /\ <<t, l>> \in ledBy
  /\ floor[v][l] = e
  /\ Changes([mem EXCEPT ![v].fort = [term |-> t, leader |-> l, epoch |-> e]])

Fortified(v, t, l, e) ==
  /\ up[v] /\ <<t, v, l, e>> \in bound
  /\ Sends([type |-> "fortified", term |-> t, from |-> v, to |-> l, epoch |-> e])

\* It leads in term t no more, and cannot again: a later term, or its vote in t, is durable.
Unfortified(s, t, e) ==
  /\ up[s] /\ disk[s].term >= t /\ ~(Leads(s) /\ mem[s].term = t)
  /\ Sends([type |-> "unfortified", term |-> t, from |-> s, epoch |-> e])

Unbind(v) ==
  LET f == mem[v].fort IN
  /\ up[v] /\ f # Free
  /\ \/ [type |-> "unfortified", term |-> f.term, from |-> f.leader, epoch |-> f.epoch] \in msgs
     \/ \E m \in msgs :
          m.type \in {"ask", "preAsk"} /\ m.from = f.leader /\ m.term > f.term
     \/ f.term < mem[v].term /\ \E l \in Stores : <<mem[v].term, l>> \in ledBy
  /\ Changes([mem EXCEPT ![v].fort = Free])

\* R1: before TimeoutNow the leader gives up its lease for the rest of the term.
HandOver(l, t, c) ==
  /\ Leads(l) /\ mem[l].term = t /\ c # l
  /\ mem' = [mem EXCEPT ![l].gaveUp = TRUE]
  /\ msgs' = msgs \cup {[type |-> "timeoutNow", term |-> t, to |-> c]}
  /\ UNCHANGED <<up, queue, disk, epoch, floor, sent, history>>

-----------------------------------------------------------------------------
OneVote == \A a, b \in voted : a[1] = b[1] /\ a[2] = b[2] => a[3] = b[3]
ElectionSafety == \A a, b \in ledBy : a[1] = b[1] => a[2] = b[2]
LogMatching ==
  \A a, b \in Stores :
    LET n == Common(mem[a].log, mem[b].log) IN
    \A i \in n + 1..Len(mem[a].log) :
      i <= Len(mem[b].log) => mem[a].log[i].term # mem[b].log[i].term
\* What anybody takes for committed is one history.
OneHistory == \A s \in Stores : up[s] => Prefix(SubSeq(mem[s].log, 1, mem[s].commit), committed)
CommittedDurable == Quorum({s \in Stores : Prefix(committed, disk[s].log)})
LeaderCompleteness ==
  \A l \in Stores : Leads(l) /\ (\A a \in ledBy : a[1] <= mem[l].term) =>
    Prefix(committed, mem[l].log)
OneLease == \A a, b \in Stores : LeaseValid(a) /\ LeaseValid(b) => a = b
LeaseReadFresh == \A l \in Stores : LeaseValid(l) => mem[l].applied >= acked
=============================================================================
