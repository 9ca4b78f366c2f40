------------------------------- MODULE Split --------------------------------
(***************************************************************************)
(* The hand-over of a range from a group to the two that it is split into, *)
(* on a few nodes that may crash at any step. R3, R4 are the safety rules  *)
(* on splits.                                                              *)
(*                                                                         *)
(* Raft and leases are taken as Lease.tla shows them: the parent has one   *)
(* log whose committed prefix stays, a new leader keeps any prefix that    *)
(* holds it, and a leader that may serve is the only one. What a node has *)
(* applied and has flushed is its own. The children's elections are        *)
(* spelled out as far as their votes; their log is the set of writes that  *)
(* are committed in it.                                                    *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Nodes, None,
  Children,      \* both, or one where what happens in the other half is left out
  MaxWrites, MaxElections, MaxChildTerm, MaxRestarts,
  Mutant         \* "none", or the fault that is planted

Keys == Children  \* one key in each half; a child is named after its key

VARIABLES
  \* The parent's group.
  parentLog,     \* entries: a write [key, id], the split, a leader's no-op
  commit,        \* through which it is committed, as its leader knows
  leader,        \* the node that leads it with a valid lease, or None
  termStart,     \* the leader's no-op
  elections,
  \* Of each node.
  applied,       \* in its engine's memory; the parent's state and the children's base with it
  flushed,       \* in its engine on disk
  created,       \* [node][child]: the child's first log record is durable, it takes part
  voted,         \* [node][child]: the highest term of the child in which it has voted, durable
  restarts,
  \* Of each child's group.
  childLeader, childLedBy,
  childWrites,   \* committed in the child's own log
  \* For the invariants.
  written, acked

parentVars == <<parentLog, commit, leader, termStart, elections>>
nodeVars == <<applied, flushed>>
voteVars == <<created, voted>>
childVars == <<childLeader, childLedBy, childWrites>>
historyVars == <<written, acked>>
vars == <<parentVars, nodeVars, voteVars, restarts, childVars, historyVars>>

NoOp == [kind |-> "no-op"]
SplitEntry == [kind |-> "split"]
Write(key, id) == [kind |-> "write", key |-> key, id |-> id]
Quorum(set) == 2 * Cardinality(set) > Cardinality(Nodes)

Init ==
  /\ parentLog = <<NoOp>> /\ commit = 1 /\ termStart = 1 /\ elections = 0
  /\ leader \in Nodes
  /\ applied = [n \in Nodes |-> 1]
  /\ flushed = [n \in Nodes |-> 1]
  /\ created = [n \in Nodes |-> [c \in Children |-> FALSE]]
  /\ voted = [n \in Nodes |-> [c \in Children |-> 0]]
  /\ restarts = 0
  /\ childLeader = [c \in Children |-> None]
  /\ childLedBy = [c \in Children |-> {}]
  /\ childWrites = [c \in Children |-> {}]
  /\ written = 0
  /\ acked = {}

-----------------------------------------------------------------------------
\* Where the split stands in the parent's log; past its end if it is not there.
SplitIndex ==
  LET at == {i \in 1..Len(parentLog) : parentLog[i] = SplitEntry}
  IN  IF at = {} THEN Len(parentLog) + 1 ELSE CHOOSE i \in at : TRUE
Sealed == SplitIndex <= Len(parentLog)
HasSplit(n) == applied[n] >= SplitIndex

\* R4: a command behind the split applies as nothing.
TakesEffect(i) ==
  parentLog[i].kind = "write" /\ (i < SplitIndex \/ Mutant = "AppliedBehindSplit")
Effects(from, to, key) ==
  {parentLog[i].id : i \in {j \in from..to : TakesEffect(j) /\ parentLog[j].key = key}}

\* What a read of `key` returns, from the parent's and from the child's replica on node n. The
\* child's base stands in the same engine batch as the parent's applied index.
ParentState(n, key) == Effects(1, applied[n], key)
ChildState(n, c) == (IF HasSplit(n) THEN Effects(1, SplitIndex - 1, c) ELSE {}) \cup childWrites[c]

\* R4: a leader evaluates nothing and reads nothing until its no-op has applied ...
Ready == leader # None /\ (applied[leader] >= termStart \/ Mutant = "ServesBeforeNoOp")
\* ... evaluates nothing from the split's append on ...
ParentWrites == Ready /\ ~Sealed
\* ... and serves no strong read once it knows the split to be committed: from then on that may
\* leave the node.
KnownCommitted == IF commit >= termStart THEN commit ELSE applied[leader]
ParentReads ==
  /\ Ready
  /\ IF Mutant = "ServesUntilApplied" THEN ~HasSplit(leader) ELSE KnownCommitted < SplitIndex

-----------------------------------------------------------------------------
\* The parent.

Evaluate(key) ==
  /\ ParentWrites /\ written < MaxWrites
  /\ written' = written + 1
  /\ parentLog' = Append(parentLog, Write(key, written'))
  /\ UNCHANGED <<commit, leader, termStart, elections, nodeVars, voteVars, restarts, childVars, acked>>

\* A command that was evaluated before and comes into the log behind the split.
LateCommand(key) ==
  /\ Ready /\ Sealed /\ written < MaxWrites
  /\ \A i \in SplitIndex..Len(parentLog) : parentLog[i].kind # "write"
  /\ written' = written + 1
  /\ parentLog' = Append(parentLog, Write(key, written'))
  /\ UNCHANGED <<commit, leader, termStart, elections, nodeVars, voteVars, restarts, childVars, acked>>

ProposeSplit ==
  /\ ParentWrites
  /\ parentLog' = Append(parentLog, SplitEntry)
  /\ UNCHANGED <<commit, leader, termStart, elections, nodeVars, voteVars, restarts, childVars,
                 historyVars>>

Commit ==
  /\ leader # None
  /\ \E n \in commit + 1..Len(parentLog) :
       n >= termStart /\ commit' = n
  /\ UNCHANGED <<parentLog, leader, termStart, elections, nodeVars, voteVars, restarts, childVars,
                 historyVars>>

\* The last leader's lease is over. What it had not committed may stay or go.
ElectParent(n) ==
  /\ elections < MaxElections /\ n # leader
  /\ elections' = elections + 1
  /\ leader' = n
  /\ \E kept \in commit..Len(parentLog) :
       /\ parentLog' = Append(SubSeq(parentLog, 1, kept), NoOp)
       /\ termStart' = kept + 1
  /\ UNCHANGED <<commit, nodeVars, voteVars, restarts, childVars, historyVars>>

\* A node hears of the commit index at any time after it stands, or never. State and applied index
\* are one engine batch. The leader of the term answers; a command behind the split is answered by
\* "range moved".
Apply(n) ==
  LET i == applied[n] + 1 IN
  /\ i <= commit
  /\ applied' = [applied EXCEPT ![n] = i]
  /\ acked' = acked \cup (IF n = leader /\ i > termStart /\ TakesEffect(i) THEN {parentLog[i]} ELSE {})
  /\ UNCHANGED <<parentVars, flushed, voteVars, restarts, childVars, written>>

Flush(n) ==
  /\ flushed[n] < applied[n]
  /\ flushed' = [flushed EXCEPT ![n] = applied[n]]
  /\ UNCHANGED <<parentVars, applied, voteVars, restarts, childVars, historyVars>>

-----------------------------------------------------------------------------
\* The children.

\* R3: after the split's batch is flushed, the child's first log record is written, and then it may
\* vote. A start repeats this for what it finds: creating a group never lowers its hard state.
CreateChild(n, c) ==
  /\ HasSplit(n)
  /\ flushed[n] >= SplitIndex \/ Mutant = "LogBeforeFlush"
  /\ created' = [created EXCEPT ![n][c] = TRUE]
  /\ voted' = IF Mutant = "CreationLowersTerm" THEN [voted EXCEPT ![n][c] = 0] ELSE voted
  /\ UNCHANGED <<parentVars, nodeVars, restarts, childVars, historyVars>>

\* R3: a message for an unknown group is dropped; this fault makes a replica of it.
AcceptUnknown(n, c) ==
  /\ Mutant = "AcceptsUnknown" /\ ~created[n][c]
  /\ \E o \in Nodes : created[o][c]
  /\ created' = [created EXCEPT ![n][c] = TRUE]
  /\ UNCHANGED <<parentVars, nodeVars, voted, restarts, childVars, historyVars>>

\* An election of the child in a term in which none of `quorum` has voted (one vote more than it
\* needs would only stand in the way of others). The leader has what is
\* committed in the child's log, and its lease is the only one.
ElectChild(c, n, quorum, t) ==
  /\ n \in quorum /\ Quorum(quorum) /\ ~Quorum(quorum \ {n})
  /\ \A q \in quorum : created[q][c] /\ voted[q][c] < t
  /\ voted' = [q \in Nodes |-> IF q \in quorum THEN [voted[q] EXCEPT ![c] = t] ELSE voted[q]]
  /\ childLeader' = [childLeader EXCEPT ![c] = n]
  /\ childLedBy' = [childLedBy EXCEPT ![c] = @ \cup {<<t, n>>}]
  /\ UNCHANGED <<parentVars, nodeVars, created, restarts, childWrites, historyVars>>

\* Evaluated, committed and acknowledged in one step.
WriteChild(c) ==
  /\ childLeader[c] # None /\ written < MaxWrites
  /\ written' = written + 1
  /\ childWrites' = [childWrites EXCEPT ![c] = @ \cup {written'}]
  /\ acked' = acked \cup {Write(c, written')}
  /\ UNCHANGED <<parentVars, nodeVars, voteVars, restarts, childLeader, childLedBy>>

-----------------------------------------------------------------------------
\* Death and start of a node: its engine comes back as it was flushed, its log whole.
Restart(n) ==
  /\ restarts < MaxRestarts
  /\ restarts' = restarts + 1
  /\ applied' = [applied EXCEPT ![n] = flushed[n]]
  /\ leader' = IF leader = n THEN None ELSE leader
  /\ childLeader' = [c \in Children |-> IF childLeader[c] = n THEN None ELSE childLeader[c]]
  /\ UNCHANGED <<parentLog, commit, termStart, elections, flushed, voteVars, childLedBy, childWrites,
                 historyVars>>

Next ==
  \/ ProposeSplit \/ Commit
  \/ \E key \in Keys : Evaluate(key) \/ LateCommand(key)
  \/ \E n \in Nodes :
       \/ ElectParent(n) \/ Apply(n) \/ Flush(n) \/ Restart(n)
       \/ \E c \in Children : CreateChild(n, c) \/ AcceptUnknown(n, c)
  \/ \E c \in Children :
       \/ WriteChild(c)
       \/ \E n \in Nodes, quorum \in SUBSET Nodes, t \in 1..MaxChildTerm :
            ElectChild(c, n, quorum, t)

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Nodes)

-----------------------------------------------------------------------------
AckedOf(key) == {w.id : w \in {a \in acked : a.key = key}}

NeverBothServe == ParentReads => \A c \in Children : childLeader[c] = None
ReadsMissNothing ==
  /\ ParentReads => \A key \in Keys : AckedOf(key) \subseteq ParentState(leader, key)
  /\ \A c \in Children :
       childLeader[c] # None => AckedOf(c) \subseteq ChildState(childLeader[c], c)
\* Whoever serves: an acknowledged write is in the parent's committed log before the split, or in
\* that of the child that owns its key.
NothingLost ==
  \A key \in Keys :
    AckedOf(key) \subseteq
      {parentLog[i].id : i \in {j \in 1..commit : j < SplitIndex /\ parentLog[j].kind = "write"}}
        \cup childWrites[key]
\* On each node every key belongs to one group: the parent, or the child of its half.
OneOwner ==
  \A n \in Nodes, c \in Children : (HasSplit(n) \/ created[n][c]) # (~HasSplit(n))
OneLeaderPerTerm ==
  \A c \in Children : \A a, b \in childLedBy[c] : a[1] = b[1] => a[2] = b[2]
=============================================================================
