------------------------------- MODULE Lease --------------------------------
(***************************************************************************)
(* One Raft group with a voter on each of a few stores: elections, leader  *)
(* leases that stand on the support between stores, and strong reads under *)
(* the lease. The rules named R1, R2 are those of the safety rules (leases *)
(* and replies); "thesis" is Ongaro's dissertation.                        *)
(*                                                                         *)
(* Time is real time, in ticks. Clocks are not modelled: a lease of 0.9 D  *)
(* on a slow leader's clock lasts at most LeaseTime, a promise of D on a   *)
(* fast supporter's clock at least Promise, and a drift of 1 % gives       *)
(* LeaseTime <= Promise. Every timer stands as what is left of it. A lease *)
(* may be used, a support may be withdrawn: neither must, so shorter       *)
(* leases and later withdrawals are covered.                               *)
(*                                                                         *)
(* Messages: requests for votes stand in the candidate's own state (term,  *)
(* vote) while it is one; `sent` holds every AppendEntries of a term,      *)
(* since any prefix of it may arrive at any time, late and twice; `stored` *)
(* and `fortAcks` hold every acknowledgement, since a leader may take note *)
(* of it whenever it likes.                                                *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Stores,        \* one voter of the group on each
  None,
  MaxTerm, MaxWrites, MaxRestarts, MaxTransfers, MaxEpoch,
  WholeElections,  \* an election is one step, see Elect
  MaxDepth,      \* states that are more steps away are not seen
  StartLed,      \* begin with a leader of term 1, to save the steps to it
  Promise,       \* D: what a supporter promises, from its receipt of a heartbeat
  LeaseTime,     \* what a leader counts of that, from its sending; 0: Raft alone, without leases
  Mutant         \* "none", or the fault that is planted

VARIABLES
  \* Durable, per store.
  term, vote, log,
  durable,       \* length of the log that is synced; less than Len only at a leader
  epoch,         \* the store's own, raised at every start
  supportEpoch,  \* [supporter][store]: supports that epoch, or none yet if it is below
  fortified,     \* [term, leader, epoch] of R1, or None
  \* Lost at a restart, per store.
  role, votes, forced, applied, gaveUp, stale,
  supportLeft,   \* [supporter][store]: ticks for which the support is promised
  lease,         \* [leader][voter]: ticks for which the leader counts on it
  reply,         \* <<leader, voter>>: answers to heartbeats on their way (CountFromReceipt)
  quiet,         \* ticks for which a supporter that was restarted neither votes nor withdraws
  \* Messages, and what is kept for the invariants.
  sent, stored, fortAcks, timeoutNow, ledBy, acked, writes, restarts, transfers

durableVars == <<term, vote, log, durable, epoch, supportEpoch, fortified>>
leaderVars == <<role, votes, forced, applied, gaveUp, stale>>
timeVars == <<supportLeft, lease, reply, quiet>>
messageVars == <<sent, stored, fortAcks, timeoutNow>>
historyVars == <<ledBy, acked, writes, restarts, transfers>>
vars == <<durableVars, leaderVars, timeVars, messageVars, historyVars>>

Terms == 1..MaxTerm
Writes == 1..MaxWrites
Quorum(set) == 2 * Cardinality(set) > Cardinality(Stores)
Max(a, b) == IF a > b THEN a ELSE b
Less(n) == IF n > 0 THEN n - 1 ELSE 0
Prefix(p, s) == Len(p) <= Len(s) /\ p = SubSeq(s, 1, Len(p))

\* An entry is its term and the write that it holds, 0 for a no-op.
NoOp(t) == [term |-> t, write |-> 0]
LastTerm(s) == IF s = <<>> THEN 0 ELSE s[Len(s)].term
WritesOf(s) == {s[i].write : i \in 1..Len(s)} \ {0}
AckedWrites == {w \in Writes : acked[w] > 0}

\* All stores empty; or l leads term 1 by the votes of `voters`, who have stored its no-op, which is
\* applied.
InitWith(l, voters) ==
  LET Has(s, has, hasNot) == IF s \in voters THEN has ELSE hasNot
      Leads(s, does, doesNot) == IF voters # {} /\ s = l THEN does ELSE doesNot
  IN
  /\ term = [s \in Stores |-> Has(s, 1, 0)]
  /\ vote = [s \in Stores |-> Has(s, l, None)]
  /\ log = [s \in Stores |-> Has(s, <<NoOp(1)>>, <<>>)]
  /\ durable = [s \in Stores |-> Has(s, 1, 0)]
  /\ role = [s \in Stores |-> Leads(s, "leader", "follower")]
  /\ sent = [t \in Terms |-> IF t = 1 THEN log[l] ELSE <<>>]
  /\ stored = [t \in Terms |-> [s \in Stores |-> IF t = 1 THEN durable[s] ELSE 0]]
  /\ ledBy = IF voters = {} THEN {} ELSE {<<1, l>>}
  /\ epoch = [s \in Stores |-> 1]
  /\ supportEpoch = [v \in Stores |-> [s \in Stores |-> 0]]
  /\ fortified = [s \in Stores |-> None]
  /\ votes = [s \in Stores |-> {}]
  /\ forced = [s \in Stores |-> 0]
  /\ applied = [s \in Stores |-> Leads(s, 1, 0)]
  /\ gaveUp = [s \in Stores |-> FALSE]
  /\ stale = [s \in Stores |-> None]
  /\ supportLeft = [v \in Stores |-> [s \in Stores |-> 0]]
  /\ lease = [s \in Stores |-> [v \in Stores |-> 0]]
  /\ reply = {}
  /\ quiet = [s \in Stores |-> 0]
  /\ fortAcks = {}
  /\ timeoutNow = {}
  /\ acked = [w \in Writes |-> 0]
  /\ writes = 0
  /\ restarts = 0
  /\ transfers = 0

Init ==
  \E l \in Stores :
    IF StartLed THEN \E v \in Stores \ {l} : InitWith(l, {l, v}) ELSE InitWith(l, {})

-----------------------------------------------------------------------------
\* What a leader knows.

\* Thesis 3.6.2: an entry of the leader's own term that a majority has stored. (Not a variable: a
\* leader may note acknowledgements as late as it likes by applying late.)
CommitIndex(l) ==
  LET t == term[l]
      has(v) == IF v = l /\ Mutant = "CountedBeforeSync" THEN Len(log[l]) ELSE stored[t][v]
      committed == {n \in 1..Len(sent[t]) :
                      sent[t][n].term = t /\ Quorum({v \in Stores : has(v) >= n})}
  IN  IF committed = {} THEN 0 ELSE CHOOSE n \in committed : \A m \in committed : m <= n

\* R1: a quorum of voters that have recorded (T, S, e) and support (S, e), the leader counting
\* itself as long as it leads.
LeaseValid(l) ==
  /\ role[l] = "leader"
  /\ ~gaveUp[l]
  /\ Quorum({l} \cup {v \in Stores \ {l} :
                        /\ lease[l][v] > 0
                        /\ \/ Mutant = "NoFortify"
                           \/ <<term[l], v, epoch[l]>> \in fortAcks
                           \/ /\ Mutant = "AnyEpoch"
                              /\ \E e \in 1..epoch[l] : <<term[l], v, e>> \in fortAcks})

\* R2: an entry of this term is applied (raft::Raft::LeaderReady).
LeaderReady(l) ==
  /\ role[l] = "leader"
  /\ LET upTo == IF Mutant = "GateOnCommit" THEN CommitIndex(l) ELSE applied[l]
     IN  \/ Mutant = "NoNoOpGate"
         \/ upTo > 0 /\ log[l][upTo].term = term[l]

\* R1: a fortified voter is bound until its support is withdrawn, which is explicit.
Bound(v) ==
  /\ fortified[v] # None
  /\ LET s == fortified[v].leader
     IN  /\ supportEpoch[v][s] <= fortified[v].epoch
         /\ Mutant = "NoWithdrawRecord" => supportLeft[v][s] > 0

-----------------------------------------------------------------------------
\* Raft.

\* What a store drops when it follows in term t (which may be its term already).
Follow(v, t) ==
  /\ term' = [term EXCEPT ![v] = t]
  /\ role' = [role EXCEPT ![v] = "follower"]
  /\ forced' = [forced EXCEPT ![v] = IF t > term[v] THEN 0 ELSE @]
  /\ applied' = [applied EXCEPT ![v] = 0]
  /\ gaveUp' = [gaveUp EXCEPT ![v] = FALSE]
  /\ stale' = [stale EXCEPT ![v] = None]
  /\ lease' = [lease EXCEPT ![v] = [s \in Stores |-> 0]]
  /\ reply' = {r \in reply : r[1] # v}

\* An election timeout; term and own vote are durable before a request leaves (thesis 3.4).
\* `transfer` is the term whose leader sent TimeoutNow, 0 without one: the request says so, and
\* fortifications of that term and before do not stand against it.
StartCampaign(c, transfer) ==
  /\ role[c] = "follower" /\ term[c] < MaxTerm /\ quiet[c] = 0
  /\ term' = [term EXCEPT ![c] = @ + 1]
  /\ vote' = [vote EXCEPT ![c] = c]
  /\ votes' = [votes EXCEPT ![c] = {c}]
  /\ forced' = [forced EXCEPT ![c] = transfer]
  /\ UNCHANGED <<log, durable, epoch, supportEpoch, fortified, role, applied, gaveUp, stale,
                 timeVars, messageVars, historyVars>>

Campaign(c) == ~Bound(c) /\ StartCampaign(c, 0)
TransferCampaign(c) == <<term[c], c>> \in timeoutNow /\ StartCampaign(c, term[c])

\* Voter v takes candidate c's request and grants it; the vote is durable before the answer leaves.
GrantVote(v, c) ==
  LET t == term[c] IN
  /\ v # c /\ role[c] = "follower" /\ vote[c] = c /\ votes[c] # {} /\ v \notin votes[c]
  /\ term[v] < t \/ (term[v] = t /\ vote[v] = None)
  /\ quiet[v] = 0
  /\ Bound(v) => forced[c] >= fortified[v].term
  /\ \/ LastTerm(log[c]) > LastTerm(log[v])
     \/ LastTerm(log[c]) = LastTerm(log[v]) /\ Len(log[c]) >= Len(log[v])
  /\ Follow(v, t)
  /\ vote' = [vote EXCEPT ![v] = c]
  /\ votes' = [votes EXCEPT ![v] = {}, ![c] = @ \cup {v}]
  /\ UNCHANGED <<log, durable, epoch, supportEpoch, fortified, supportLeft, quiet, messageVars,
                 historyVars>>

\* The term's no-op is in the log before anything else happens (thesis 6.4).
BecomeLeader(c) ==
  LET t == term[c]
      longer == Append(log[c], NoOp(t))
  IN
  /\ role[c] = "follower" /\ vote[c] = c /\ Quorum(votes[c])
  /\ role' = [role EXCEPT ![c] = "leader"]
  /\ votes' = [votes EXCEPT ![c] = {}]
  /\ forced' = [forced EXCEPT ![c] = 0]
  /\ log' = [log EXCEPT ![c] = longer]
  /\ durable' = [durable EXCEPT ![c] = Len(longer)]
  /\ sent' = [sent EXCEPT ![t] = longer]
  /\ stored' = [stored EXCEPT ![t][c] = Len(longer)]
  /\ ledBy' = ledBy \cup {<<t, c>>}
  /\ UNCHANGED <<term, vote, epoch, supportEpoch, fortified, applied, gaveUp, stale, timeVars,
                 fortAcks, timeoutNow, acked, writes, restarts, transfers>>

Leading(t) == \E l \in Stores : role[l] = "leader" /\ term[l] = t

\* The steps to a new leader in one. Who campaigns or votes leaves its term for good, so it stays as
\* free to do so until the last vote is given as it was at its own step, and no lease gains by an
\* election that takes longer; a vote that is given and comes to nothing is not seen this way.
Elect(c, quorum) ==
  LET t == term[c] + 1
      longer == Append(log[c], NoOp(t))
      transfer == IF <<term[c], c>> \in timeoutNow THEN term[c] ELSE 0
      In(function, value) == [s \in Stores |-> IF s \in quorum THEN value ELSE function[s]]
  IN
  /\ role[c] = "follower" /\ t <= MaxTerm /\ c \in quorum /\ Quorum(quorum)
  /\ Cardinality(quorum) * 2 <= Cardinality(Stores) + 2
  /\ \A v \in quorum :
       /\ term[v] < t /\ quiet[v] = 0
       /\ Bound(v) => transfer >= fortified[v].term
       /\ \/ LastTerm(log[c]) > LastTerm(log[v])
          \/ LastTerm(log[c]) = LastTerm(log[v]) /\ Len(log[c]) >= Len(log[v])
  /\ term' = In(term, t)
  /\ vote' = In(vote, c)
  /\ role' = [In(role, "follower") EXCEPT ![c] = "leader"]
  /\ applied' = In(applied, 0)
  /\ gaveUp' = In(gaveUp, FALSE)
  /\ stale' = In(stale, None)
  /\ lease' = In(lease, [s \in Stores |-> 0])
  /\ reply' = {r \in reply : r[1] \notin quorum}
  /\ log' = [log EXCEPT ![c] = longer]
  /\ durable' = [durable EXCEPT ![c] = Len(longer)]
  /\ sent' = [sent EXCEPT ![t] = longer]
  /\ stored' = [stored EXCEPT ![t][c] = Len(longer)]
  /\ ledBy' = ledBy \cup {<<t, c>>}
  /\ UNCHANGED <<epoch, supportEpoch, fortified, votes, forced, supportLeft, quiet, fortAcks,
                 timeoutNow, acked, writes, restarts, transfers>>

\* An AppendEntries of term t reaches v, which syncs and acknowledges. What stands there already is
\* not cut off (thesis figure 3.1). Entries come one at a time: several at once reach no other state.
AppendEntries(v, t) ==
  LET Kept(n) == Prefix(SubSeq(sent[t], 1, n), log[v])
      common == CHOOSE n \in 0..Len(sent[t]) :
                  Kept(n) /\ (n < Len(sent[t]) => ~Kept(n + 1))
      known == term[v] = t /\ (Leading(t) => stored[t][v] = common)
  IN
  /\ sent[t] # <<>> /\ term[v] <= t /\ <<t, v>> \notin ledBy
  /\ known => common < Len(sent[t])
  /\ LET n == IF known THEN common + 1 ELSE common IN
     /\ log' = [log EXCEPT ![v] = IF known THEN SubSeq(sent[t], 1, n) ELSE @]
     /\ durable' = [durable EXCEPT ![v] = Len(log'[v])]
     /\ stored' = [stored EXCEPT ![t][v] = Max(@, n)]
  /\ Follow(v, t)
  /\ vote' = [vote EXCEPT ![v] = IF term[v] < t THEN None ELSE @]
  /\ votes' = [votes EXCEPT ![v] = {}]
  /\ UNCHANGED <<epoch, supportEpoch, fortified, supportLeft, quiet, sent, fortAcks, timeoutNow,
                 historyVars>>

\* A client's write is evaluated and appended; it is sent before it is synced here (thesis 10.2.1).
\* Where nothing restarts that makes no difference, and it is synced at once.
Propose(l) ==
  /\ LeaderReady(l) /\ writes < MaxWrites
  /\ writes' = writes + 1
  /\ log' = [log EXCEPT ![l] = Append(@, [term |-> term[l], write |-> writes'])]
  /\ sent' = [sent EXCEPT ![term[l]] = log'[l]]
  /\ IF MaxRestarts = 0
     THEN /\ durable' = [durable EXCEPT ![l] = Len(log'[l])]
          /\ stored' = [stored EXCEPT ![term[l]][l] = Len(log'[l])]
     ELSE UNCHANGED <<durable, stored>>
  /\ UNCHANGED <<term, vote, epoch, supportEpoch, fortified, leaderVars, timeVars,
                 fortAcks, timeoutNow, ledBy, acked, restarts, transfers>>

Sync(l) ==
  /\ role[l] = "leader" /\ durable[l] < Len(log[l])
  /\ durable' = [durable EXCEPT ![l] = Len(log[l])]
  /\ stored' = [stored EXCEPT ![term[l]][l] = Len(log[l])]
  /\ UNCHANGED <<term, vote, log, epoch, supportEpoch, fortified, leaderVars, timeVars, sent,
                 fortAcks, timeoutNow, historyVars>>

\* The leader applies what it knows to be committed and answers its own term's waiters.
Apply(l) ==
  LET n == CommitIndex(l) IN
  /\ role[l] = "leader" /\ n > applied[l]
  /\ applied' = [applied EXCEPT ![l] = n]
  /\ acked' = [w \in Writes |->
                 IF \E i \in applied[l] + 1..n : log[l][i] = [term |-> term[l], write |-> w]
                 THEN term[l] ELSE acked[w]]
  /\ UNCHANGED <<durableVars, role, votes, forced, gaveUp, stale, timeVars, messageVars, ledBy,
                 writes, restarts, transfers>>

-----------------------------------------------------------------------------
\* Support between stores, and leases on it.

\* Leader l's store sends a heartbeat with its epoch, v supports it durably from the receipt, and l
\* counts from its sending. All of it happens at once, since nothing but what a store may do depends
\* on a lease, and a message on its way for longer only shortens it; only a leader that counts from
\* its receipt of the answer gains by a late one. Stores that lead nothing send heartbeats too; that
\* adds support, no lease, and is left out.
Heartbeat(l, v) ==
  /\ v # l /\ role[l] = "leader" /\ LeaseTime > 0
  /\ epoch[l] >= supportEpoch[v][l] \/ Mutant = "SupportedAgain"
  /\ supportEpoch' = [supportEpoch EXCEPT ![v][l] = epoch[l]]
  /\ supportLeft' = [supportLeft EXCEPT ![v][l] = Promise]
  /\ IF Mutant = "CountFromReceipt"
     THEN reply' = reply \cup {<<l, v>>} /\ lease' = lease
     ELSE reply' = reply /\ lease' = [lease EXCEPT ![l][v] = LeaseTime]
  /\ UNCHANGED <<term, vote, log, durable, epoch, fortified, leaderVars, quiet, messageVars,
                 historyVars>>

AnswerArrivesLate(l, v) ==
  /\ <<l, v>> \in reply /\ role[l] = "leader"
  /\ lease' = [lease EXCEPT ![l][v] = LeaseTime]
  /\ reply' = reply \ {<<l, v>>}
  /\ UNCHANGED <<durableVars, leaderVars, supportLeft, quiet, messageVars, historyVars>>

\* R1: v, which supports (l, e), records durably for this group that it is fortified.
Fortify(l, v) ==
  LET record == [term |-> term[l], leader |-> l, epoch |-> epoch[l]] IN
  /\ v # l /\ role[l] = "leader" /\ term[v] <= term[l]
  /\ supportEpoch[v][l] = epoch[l]
  /\ fortified[v] # record
  /\ fortified' = [fortified EXCEPT ![v] = record]
  /\ fortAcks' = fortAcks \cup {<<term[l], v, epoch[l]>>}
  /\ Follow(v, term[l])
  /\ vote' = [vote EXCEPT ![v] = IF term[v] < term[l] THEN None ELSE @]
  /\ votes' = [votes EXCEPT ![v] = {}]
  /\ UNCHANGED <<log, durable, epoch, supportEpoch, supportLeft, quiet, sent, stored, timeoutNow,
                 historyVars>>

\* R1: v withdraws: durable, raising the epoch, never before its promise has run out.
Withdraw(v, s) ==
  /\ fortified[v] # None /\ fortified[v].leader = s
  /\ supportEpoch[v][s] = fortified[v].epoch
  /\ supportLeft[v][s] = 0 /\ quiet[v] = 0
  /\ supportEpoch' = [supportEpoch EXCEPT ![v][s] = @ + 1]
  /\ UNCHANGED <<term, vote, log, durable, epoch, fortified, leaderVars, timeVars, messageVars,
                 historyVars>>

\* A leader that hears of it raises its epoch, durably, and starts anew.
RaiseEpoch(l) ==
  /\ role[l] = "leader" /\ epoch[l] < MaxEpoch
  /\ \E v \in Stores : supportEpoch[v][l] > epoch[l]
  /\ epoch' = [epoch EXCEPT ![l] = @ + 1]
  /\ lease' = [lease EXCEPT ![l] = [v \in Stores |-> 0]]
  /\ reply' = {r \in reply : r[1] # l}
  /\ UNCHANGED <<term, vote, log, durable, supportEpoch, fortified, leaderVars, supportLeft, quiet,
                 messageVars, historyVars>>

\* R1: before TimeoutNow the leader gives up its lease for the rest of the term.
Transfer(l, c) ==
  /\ c # l /\ role[l] = "leader" /\ transfers < MaxTransfers /\ term[l] < MaxTerm
  /\ transfers' = transfers + 1
  /\ timeoutNow' = timeoutNow \cup {<<term[l], c>>}
  /\ gaveUp' = [gaveUp EXCEPT ![l] = Mutant # "LeaseKeptOverTransfer"]
  /\ UNCHANGED <<durableVars, role, votes, forced, applied, stale, timeVars, sent, stored, fortAcks,
                 ledBy, acked, writes, restarts>>

Tick ==
  /\ supportLeft' = [v \in Stores |-> [s \in Stores |-> Less(supportLeft[v][s])]]
  /\ lease' = [l \in Stores |-> [v \in Stores |-> Less(lease[l][v])]]
  /\ quiet' = [s \in Stores |-> Less(quiet[s])]
  /\ UNCHANGED <<durableVars, leaderVars, reply, messageVars, historyVars>>

-----------------------------------------------------------------------------
\* Process death and start, in one step: what is not synced is gone.
Restart(s) ==
  /\ restarts < MaxRestarts /\ epoch[s] < MaxEpoch
  /\ restarts' = restarts + 1
  /\ term' = term
  /\ vote' = IF Mutant = "VoteNotPersisted" THEN [vote EXCEPT ![s] = None] ELSE vote
  /\ log' = [log EXCEPT ![s] = SubSeq(@, 1, durable[s])]
  /\ epoch' = [epoch EXCEPT ![s] = @ + 1]
  /\ fortified' = IF Mutant = "FortifiedForgotten" THEN [fortified EXCEPT ![s] = None] ELSE fortified
  /\ role' = [role EXCEPT ![s] = "follower"]
  /\ votes' = [votes EXCEPT ![s] = {}]
  /\ forced' = [forced EXCEPT ![s] = 0]
  /\ applied' = [applied EXCEPT ![s] = 0]
  /\ gaveUp' = [gaveUp EXCEPT ![s] = FALSE]
  /\ stale' = [stale EXCEPT ![s] = None]
  /\ supportLeft' = [supportLeft EXCEPT ![s] = [x \in Stores |-> 0]]
  /\ lease' = [lease EXCEPT ![s] = [x \in Stores |-> 0]]
  /\ reply' = {r \in reply : r[1] # s}
  /\ quiet' = [quiet EXCEPT ![s] = IF Mutant = "NoWaitAfterRestart" THEN 0 ELSE Promise]
  /\ UNCHANGED <<durable, supportEpoch, messageVars, ledBy, acked, writes, transfers>>

-----------------------------------------------------------------------------
\* R2: a leader makes an answer that has no entry of its own (a read, a failed condition) out of its
\* log through index n, the overlay or what is applied, and misses a write that was acknowledged
\* before. That may happen; it must not be sent. Answers that miss nothing need no watching.
EvaluateStale(l) ==
  /\ LeaderReady(l) /\ stale[l] = None
  /\ \E n \in {applied[l], Len(log[l])} :
       /\ ~(AckedWrites \subseteq WritesOf(SubSeq(log[l], 1, n)))
       /\ Mutant = "AnswerOnCommit" => n > applied[l]
       /\ stale' = [stale EXCEPT ![l] = n]
  /\ UNCHANGED <<durableVars, role, votes, forced, applied, gaveUp, timeVars, messageVars,
                 historyVars>>

\* It may be sent in the same term, once all that it depends on is applied, under a valid lease.
MaySend(l) ==
  /\ stale[l] # None /\ applied[l] >= stale[l]
  /\ LeaseValid(l) \/ Mutant = "AnswerOnCommit"

-----------------------------------------------------------------------------
Next ==
  \/ Tick
  \/ \E s \in Stores :
       \/ IF WholeElections
          THEN \E quorum \in SUBSET Stores : Elect(s, quorum)
          ELSE \/ Campaign(s) \/ TransferCampaign(s) \/ BecomeLeader(s)
               \/ \E o \in Stores : GrantVote(s, o)
       \/ Propose(s) \/ Sync(s) \/ Apply(s) \/ EvaluateStale(s)
       \/ RaiseEpoch(s) \/ Restart(s)
       \/ \E o \in Stores :
            \/ Heartbeat(s, o) \/ AnswerArrivesLate(s, o) \/ Fortify(s, o)
            \/ Withdraw(s, o) \/ Transfer(s, o)
       \/ \E t \in Terms : AppendEntries(s, t)

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Stores)
Near == TLCGet("level") < MaxDepth

\* Acknowledgements to a leader that is no more: nothing depends on them.
View ==
  <<durableVars, leaderVars, timeVars, sent, timeoutNow, historyVars,
    [t \in Terms |-> IF Leading(t) THEN stored[t] ELSE <<>>],
    {a \in fortAcks : Leading(a[1])}>>

-----------------------------------------------------------------------------
OneLease == \A a, b \in Stores : LeaseValid(a) /\ LeaseValid(b) => a = b

\* A read under the lease never misses an acknowledged write.
LeaseReadFresh ==
  \A l \in Stores :
    LeaseValid(l) /\ LeaderReady(l) =>
      AckedWrites \subseteq WritesOf(SubSeq(log[l], 1, applied[l]))
NoStaleAnswer == \A l \in Stores : ~MaySend(l)

ElectionSafety == \A a, b \in ledBy : a[1] = b[1] => a[2] = b[2]
LeaderCompleteness ==
  \A l \in Stores, w \in AckedWrites :
    role[l] = "leader" /\ term[l] > acked[w] => w \in WritesOf(log[l])
LogMatching ==
  \A a, b \in Stores : \A i \in 1..Len(log[a]) :
    i <= Len(log[b]) /\ log[a][i].term = log[b][i].term =>
      SubSeq(log[a], 1, i) = SubSeq(log[b], 1, i)
\* Also after a crash with loss of what was not synced.
AckedDurable ==
  \A w \in AckedWrites :
    Quorum({s \in Stores : w \in WritesOf(SubSeq(log[s], 1, durable[s]))})
=============================================================================
