------------------------------- MODULE Retry --------------------------------
(***************************************************************************)
(* Requests that are sent again: over a leader's death between commit and  *)
(* answer, over a split, and by a network that delivers late and twice.    *)
(* R13 is the safety rule on short cuts and tokens; D17 the decision "at   *)
(* most once inside".                                                      *)
(*                                                                         *)
(* A coordinator stamps a request once and sends it as often as it likes   *)
(* to whoever leads; so every request that was issued may arrive at any    *)
(* leader at any later time, any number of times. Raft is taken as         *)
(* Lease.tla shows it: one log per group, whose committed prefix stays, a  *)
(* new leader keeps any prefix that holds it, and a leader that is behind  *)
(* commits and answers nothing any more. Two groups: the parent, and the   *)
(* child that comes to own the key of all requests. All effects are on     *)
(* that key; conditions are not modelled, so that a second effect shows.   *)
(*                                                                         *)
(* Time is HLC time in a few steps; `now` is the furthest clock. Leaders'  *)
(* clocks lag by any amount, but a leader's HLC is never below the last    *)
(* entry of its log. It may be below the stamp of a message that it takes. *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Requests,      \* 1..n
  MaxTime, MaxElections,
  Deadline,      \* a leader refuses a request that was issued longer ago
  Keep,          \* a record is kept for so long after its stamp's issue
  Mutant         \* "none", or the fault that is planted

Groups == {"parent", "child"}

VARIABLES
  now,
  issued,        \* [request]: when its coordinator stamped it, or 0
  answered,      \* requests whose client was told that they are done
  log,           \* [group]: entries [kind, request, hlc]
  commit,        \* [group]
  applied,       \* [group]: by its leader
  termStart,     \* [group]: its leader's no-op
  installed,     \* [group]: its leader came by a snapshot through this index (DedupNotInSnapshot)
  elections

vars == <<now, issued, answered, log, commit, applied, termStart, installed, elections>>

Max(a, b) == IF a > b THEN a ELSE b
MaxOf(set) == CHOOSE x \in set : \A y \in set : y <= x

Effect(r, h) == [kind |-> "effect", request |-> r, hlc |-> h]
Other(kind, h) == [kind |-> kind, request |-> 0, hlc |-> h]

\* A stamp is (node, incarnation, sequence). The fault: a coordinator that starts anew counts from
\* the beginning and is taken for the one before.
Stamp(r) == IF Mutant = "IncarnationForgotten" THEN 1 ELSE r

\* Times begin at 1.
Init ==
  /\ now = 1
  /\ issued = [r \in Requests |-> 0]
  /\ answered = {}
  /\ log = [g \in Groups |-> IF g = "parent" THEN <<Other("no-op", 1)>> ELSE <<>>]
  /\ commit = [g \in Groups |-> 0]
  /\ applied = [g \in Groups |-> 0]
  /\ termStart = [g \in Groups |-> 1]
  /\ installed = [g \in Groups |-> 0]
  /\ elections = 0

-----------------------------------------------------------------------------
SplitIndex ==
  LET at == {i \in 1..Len(log["parent"]) : log["parent"][i].kind = "split"}
  IN  IF at = {} THEN 0 ELSE MaxOf(at)
SplitCommitted == SplitIndex > 0 /\ commit["parent"] >= SplitIndex

\* The records that the entries from..to leave, given those before: each command carries its HLC,
\* and nothing but that prunes.
Pruned(records, hlc) == {d \in records : d.issued + Keep >= hlc}
RecordsOf(g, from, to, before) ==
  LET entries == {log[g][i] : i \in from..to}
      added == {[stamp |-> Stamp(e.request), issued |-> issued[e.request]] :
                  e \in {x \in entries : x.kind = "effect"}}
      latest == MaxOf({e.hlc : e \in entries} \cup {0})
  IN  Pruned(before \cup added, latest)

\* D17: split with the keys.
Inherited ==
  IF Mutant = "DedupNotSplit" THEN {} ELSE RecordsOf("parent", 1, SplitIndex, {})
\* What the leader of g finds in its applied state.
Records(g) ==
  IF g = "parent" THEN RecordsOf(g, installed[g] + 1, applied[g], {})
  ELSE RecordsOf(g, installed[g] + 1, applied[g], IF installed[g] > 0 THEN {} ELSE Inherited)
\* What it finds in its overlay: its own term's entries that are not applied yet. The overlay is
\* dropped at step-down.
Overlay(g) ==
  IF Mutant = "DedupNotInOverlay" THEN {}
  ELSE {Stamp(log[g][i].request) :
          i \in {j \in Max(applied[g], termStart[g]) + 1..Len(log[g]) : log[g][j].kind = "effect"}}

\* The HLC that g's leader cannot be below. The child begins above the parent's last.
FirstHlc(g) ==
  IF g = "child" /\ SplitIndex > 0 /\ Mutant # "ChildClockBehind"
  THEN log["parent"][SplitIndex].hlc ELSE 1
LastHlc(g) == MaxOf({log[g][i].hlc : i \in 1..Len(log[g])} \cup {FirstHlc(g)})
Clock(g) == LastHlc(g)..now

Ready(g) ==
  /\ g = "child" => SplitCommitted
  /\ log[g] # <<>>
  /\ applied[g] >= termStart[g] \/ Mutant = "EvaluatesBeforeNoOp"
  /\ g = "parent" => SplitIndex = 0  \* sealed from the split's append on, see Split.tla

-----------------------------------------------------------------------------
Advance == now < MaxTime /\ now' = now + 1
           /\ UNCHANGED <<issued, answered, log, commit, applied, termStart, installed, elections>>

Issue(r) ==
  /\ issued[r] = 0
  /\ \A o \in 1..r - 1 : issued[o] > 0  \* requests are alike
  /\ issued' = [issued EXCEPT ![r] = now]
  /\ UNCHANGED <<now, answered, log, commit, applied, termStart, installed, elections>>

\* R13: a leader refuses a request past its deadline, by its own HLC against the stamp's. (The
\* fault: the age travels as it was when the request was sent, and a copy lingers on its way.)
InTime(r, h) == h <= issued[r] + Deadline \/ Mutant = "AgeFromSender"

\* A copy of r arrives at g's leader, which has no record of it, and its effect is appended.
Execute(g, r) ==
  /\ Ready(g) /\ issued[r] > 0
  /\ Stamp(r) \notin Overlay(g)
  /\ \A d \in Records(g) : d.stamp # Stamp(r)
  /\ Cardinality({i \in 1..Len(log[g]) : log[g][i].request = r}) < 2  \* enough to show a fault
  /\ \E h \in Clock(g) :
       /\ InTime(r, h)
       /\ log' = [log EXCEPT ![g] = Append(@, Effect(r, h))]
  /\ UNCHANGED <<now, issued, answered, commit, applied, termStart, installed, elections>>

\* A copy of r arrives and there is a record: the answer is that it is done. (One found in the
\* overlay waits until it is applied; R2 holds for such answers, see Lease.tla.)
AnswerFromRecord(g, r) ==
  /\ Ready(g) /\ issued[r] > 0 /\ r \notin answered
  /\ \E d \in Records(g) : d.stamp = Stamp(r)
  /\ answered' = answered \cup {r}
  /\ UNCHANGED <<now, issued, log, commit, applied, termStart, installed, elections>>

Commit(g) ==
  /\ log[g] # <<>>
  /\ \E n \in commit[g] + 1..Len(log[g]) :
       n >= termStart[g] /\ commit' = [commit EXCEPT ![g] = n]
  /\ UNCHANGED <<now, issued, answered, log, applied, termStart, installed, elections>>

\* The leader applies one entry and may answer its waiter; the answer may get lost.
Apply(g) ==
  LET i == applied[g] + 1 IN
  /\ i <= commit[g]
  /\ applied' = [applied EXCEPT ![g] = i]
  /\ \/ answered' = answered
     \/ /\ i > termStart[g] /\ log[g][i].kind = "effect"
        /\ answered' = answered \cup {log[g][i].request}
  /\ UNCHANGED <<now, issued, log, commit, termStart, installed, elections>>

\* The leader is gone; the next has applied any part of what is committed, and stamps its no-op.
Elect(g) ==
  /\ elections < MaxElections /\ log[g] # <<>>
  /\ elections' = elections + 1
  /\ \E kept \in commit[g]..Len(log[g]), h \in 1..now, done \in installed[g]..commit[g] :
       LET prefix == SubSeq(log[g], 1, kept) IN
       /\ \A i \in 1..kept : h >= prefix[i].hlc
       /\ h >= FirstHlc(g)
       /\ log' = [log EXCEPT ![g] = Append(prefix, Other("no-op", h))]
       /\ termStart' = [termStart EXCEPT ![g] = kept + 1]
       /\ applied' = [applied EXCEPT ![g] = done]
       /\ installed' = IF Mutant = "DedupNotInSnapshot" THEN [installed EXCEPT ![g] = done]
                       ELSE installed
  /\ UNCHANGED <<now, issued, answered, commit>>

ProposeSplit ==
  /\ Ready("parent")
  /\ \E h \in Clock("parent") :
       log' = [log EXCEPT !["parent"] = Append(@, Other("split", h))]
  /\ UNCHANGED <<now, issued, answered, commit, applied, termStart, installed, elections>>

\* The child's first leader.
StartChild ==
  /\ SplitCommitted /\ log["child"] = <<>>
  /\ \E h \in Clock("child") : log' = [log EXCEPT !["child"] = <<Other("no-op", h)>>]
  /\ UNCHANGED <<now, issued, answered, commit, applied, termStart, installed, elections>>

Next ==
  \/ Advance \/ ProposeSplit \/ StartChild
  \/ \E r \in Requests : Issue(r)
  \/ \E g \in Groups :
       \/ Commit(g) \/ Apply(g) \/ Elect(g)
       \/ \E r \in Requests : Execute(g, r) \/ AnswerFromRecord(g, r)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
\* How often a request has taken effect for good: nothing is executed behind a split.
TimesDone(r) ==
  LET In(g) == Cardinality({i \in 1..commit[g] :
                 log[g][i].kind = "effect" /\ log[g][i].request = r})
  IN  In("parent") + In("child")

AtMostOnce == \A r \in Requests : TimesDone(r) <= 1
AnsweredExactlyOnce == \A r \in answered : TimesDone(r) = 1
=============================================================================
